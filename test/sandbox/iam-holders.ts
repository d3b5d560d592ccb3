/** Users, groups and roles as holders of policies: the common parts of the three families of operations. */

import type { CallContext, Permission } from './caller';
import type { DeclaredOperation } from './declared-operation';
import { entityName, groupArn, groupNamed, roleArn, roleNamed, userArn, userNamed } from './iam-entities';
import type { JsonObject } from './operation';
import { type Parameters, readInput } from './parameters';
import type { Identity } from './records';
import type { State } from './state';

export interface HolderKind {
  readonly noun: 'User' | 'Group' | 'Role';
  /** @throws AwsError NoSuchEntity */
  find(state: State, name: string): Identity;
  arnOf(state: State, name: string): string;
  /** The permissions boundary of a holder, which is also a condition key. */
  boundaryOf(state: State, name: string): string | undefined;
  store(
    state: State,
    name: string,
    change: Partial<Pick<Identity, 'inlinePolicies' | 'attachedPolicies'>>,
  ): void;
}

export const holderKinds: readonly HolderKind[] = [
  {
    noun: 'User',
    find: (state, name) => userNamed(state, name),
    arnOf: (state, name) => userArn(state, name),
    boundaryOf: (state, name) => state.users.get(name)?.boundary,
    store: (state, name, change) => state.users.set(name, { ...userNamed(state, name), ...change }),
  },
  {
    noun: 'Group',
    find: (state, name) => groupNamed(state, name),
    arnOf: (state, name) => groupArn(state, name),
    boundaryOf: () => undefined,
    store: (state, name, change) => state.groups.set(name, { ...groupNamed(state, name), ...change }),
  },
  {
    noun: 'Role',
    find: (state, name) => roleNamed(state, name),
    arnOf: (state, name) => roleArn(state, name),
    boundaryOf: (state, name) => state.roles.get(name)?.boundary,
    store: (state, name, change) => state.roles.set(name, { ...roleNamed(state, name), ...change }),
  },
];

interface HolderDeclaration<T> {
  readonly parameters: Parameters<T>;
  permission(input: Readonly<T>, name: string, context: CallContext): Permission;
  run(input: Readonly<T>, name: string, context: CallContext): JsonObject | Promise<JsonObject>;
}

/** Declares an operation whose parameter `UserName`, `GroupName` or `RoleName` names its holder. */
export function holderOperation<T>(kind: HolderKind, declaration: HolderDeclaration<T>): DeclaredOperation {
  const parameter = `${kind.noun}Name`;
  return {
    prepare(input, context) {
      const { [parameter]: given, ...others } = input;
      const name = entityName.read(given, parameter);
      const values = readInput(declaration.parameters, others);
      return {
        permissions: [declaration.permission(values, name, context)],
        run: () => declaration.run(values, name, context),
      };
    },
  };
}
