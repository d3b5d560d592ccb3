/** Tags of users, roles, managed policies and virtual MFA devices: three operations for each. */

import { requestTagKeys } from './context-keys';
import type { DeclaredOperation, Operations, PreparedCall } from './declared-operation';
import {
  arn,
  entityName,
  limitExceeded,
  policyAt,
  roleArn,
  roleNamed,
  tagList,
  userArn,
  userNamed,
} from './iam-entities';
import { deviceArn, deviceAt, policyArnOf } from './iam-mfa-devices';
import type { JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { list, type Parameter, readInput, type Tag, tagKey, tags } from './parameters';
import type { Tags } from './records';
import type { State } from './state';

const tagsPerResource = 50;

interface TaggedKind {
  readonly noun: 'User' | 'Role' | 'Policy' | 'MFADevice';
  readonly parameter: string;
  readonly key: Parameter<string>;
  arnOf(state: State, key: string): string;
  /** @throws AwsError NoSuchEntity */
  tagsOf(state: State, key: string): Tags;
  store(state: State, key: string, tags: Tags): void;
}

const taggedKinds: readonly TaggedKind[] = [
  {
    noun: 'User',
    parameter: 'UserName',
    key: entityName,
    arnOf: (state, name) => userArn(state, name),
    tagsOf: (state, name) => userNamed(state, name).tags,
    store: (state, name, changed) => state.users.set(name, { ...userNamed(state, name), tags: changed }),
  },
  {
    noun: 'Role',
    parameter: 'RoleName',
    key: entityName,
    arnOf: (state, name) => roleArn(state, name),
    tagsOf: (state, name) => roleNamed(state, name).tags,
    store: (state, name, changed) => state.roles.set(name, { ...roleNamed(state, name), tags: changed }),
  },
  {
    noun: 'Policy',
    parameter: 'PolicyArn',
    key: arn,
    arnOf: (_, policyArn) => policyArn,
    tagsOf: (state, policyArn) => policyAt(state, policyArn).tags,
    store: (state, policyArn, changed) =>
      state.policies.set(policyArn, { ...policyAt(state, policyArn), tags: changed }),
  },
  {
    noun: 'MFADevice',
    parameter: 'SerialNumber',
    key: deviceArn,
    arnOf: (state, serialNumber) => policyArnOf(state, serialNumber),
    tagsOf: (state, serialNumber) => deviceAt(state, serialNumber).tags,
    store: (state, serialNumber, changed) =>
      state.devices.set(serialNumber, { ...deviceAt(state, serialNumber), tags: changed }),
  },
];

function operationsOf(kind: TaggedKind): Operations {
  const { noun } = kind;
  return {
    [`Tag${noun}`]: taggedOperation(kind, (state, key, others) => {
      const { Tags } = readInput({ Tags: tags }, others);
      const permission = {
        action: `iam:Tag${noun}`,
        resource: kind.arnOf(state, key),
        contextKeys: requestTagKeys(Tags),
      };
      return {
        permissions: [permission],
        run: () => {
          const changed = merged(kind.tagsOf(state, key), Tags);
          if (changed.size > tagsPerResource) {
            throw limitExceeded(`Cannot exceed quota for TagsPer${noun}: ${tagsPerResource}`);
          }
          kind.store(state, key, changed);
          return {};
        },
      };
    }),

    [`Untag${noun}`]: taggedOperation(kind, (state, key, others) => {
      const { TagKeys } = readInput({ TagKeys: list(tagKey, tagsPerResource) }, others);
      const contextKeys = { 'aws:TagKeys': TagKeys };
      return {
        permissions: [{ action: `iam:Untag${noun}`, resource: kind.arnOf(state, key), contextKeys }],
        run: () => {
          kind.store(
            state,
            key,
            new Map([...kind.tagsOf(state, key)].filter(([name]) => !TagKeys.includes(name))),
          );
          return {};
        },
      };
    }),

    [`List${noun}Tags`]: taggedOperation(kind, (state, key, others) => {
      const input = readInput(pageParameters, others);
      return {
        permissions: [{ action: `iam:List${noun}Tags`, resource: kind.arnOf(state, key) }],
        run: (): JsonObject => {
          const page = pageOf([...kind.tagsOf(state, key)], ([name]) => name, input, state.settings.pageSize);
          return { Tags: tagList(new Map(page.items)), ...page.rest };
        },
      };
    }),
  };
}

/** Declares an operation whose one parameter names the tagged resource. */
function taggedOperation(
  kind: TaggedKind,
  prepare: (state: State, key: string, others: JsonObject) => PreparedCall,
): DeclaredOperation {
  return {
    prepare(input, { state }) {
      const { [kind.parameter]: given, ...others } = input;
      return prepare(state, kind.key.read(given, kind.parameter), others);
    },
  };
}

/** Keys are compared without case, and the newer spelling stays. */
function merged(before: Tags, added: readonly Tag[]): Tags {
  const replaced = new Set(added.map((tag) => tag.Key.toLowerCase()));
  const kept = [...before].filter(([key]) => !replaced.has(key.toLowerCase()));
  return new Map([...kept, ...added.map((tag): [string, string] => [tag.Key, tag.Value])]);
}

export const tagOperations: Operations = Object.fromEntries(
  taggedKinds.flatMap((kind) => Object.entries(operationsOf(kind))),
);
