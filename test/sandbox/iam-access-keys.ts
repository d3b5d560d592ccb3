/** Long-term access keys of IAM users. The secret is shown once, in the answer of CreateAccessKey. */

import { type Operations, operation } from './declared-operation';
import { newAccessKey } from './founding';
import {
  accountFoundedAt,
  entityName,
  isoDate,
  limitExceeded,
  noSuchEntity,
  userArn,
  userNamed,
  userNameOrOwn,
} from './iam-entities';
import type { JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { oneOf, optional, text } from './parameters';
import type { AccessKey } from './records';
import { isOwnOfRoot } from './root-access';
import type { State } from './state';

const keysPerUser = 2;
const keyId = text({ min: 16, max: 128, pattern: /^\w+$/ });

export const accessKeyOperations: Operations = {
  CreateAccessKey: operation({
    parameters: { UserName: optional(entityName) },
    permissions: ({ UserName }, context) => [
      { action: 'iam:CreateAccessKey', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: ({ UserName }, context) => {
      const user = userNamed(context.state, userNameOrOwn(UserName, context));
      if (keysOf(context.state, user.name).length >= keysPerUser) {
        throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${keysPerUser}`);
      }
      const key = newAccessKey(context.state, user.name);
      return { AccessKey: { ...shownKey(key), SecretAccessKey: key.secret } };
    },
  }),

  ListAccessKeys: operation({
    parameters: { UserName: optional(entityName), ...pageParameters },
    permissions: ({ UserName }, context) => [
      {
        action: 'iam:ListAccessKeys',
        resource: isOwnOfRoot(UserName, context)
          ? context.state.rootArn
          : userArn(context.state, userNameOrOwn(UserName, context)),
      },
    ],
    run: (input, context) => {
      if (isOwnOfRoot(input.UserName, context)) {
        return { AccessKeyMetadata: keysOfRoot(context.state), IsTruncated: false };
      }
      const user = userNamed(context.state, userNameOrOwn(input.UserName, context));
      const page = pageOf(
        keysOf(context.state, user.name),
        (key) => key.id,
        input,
        context.state.settings.pageSize,
      );
      return { AccessKeyMetadata: page.items.map(shownKey), ...page.rest };
    },
  }),

  UpdateAccessKey: operation({
    parameters: { UserName: optional(entityName), AccessKeyId: keyId, Status: oneOf('Active', 'Inactive') },
    permissions: ({ UserName }, context) => [
      { action: 'iam:UpdateAccessKey', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: ({ UserName, AccessKeyId, Status }, context) => {
      const key = keyNamed(context.state, userNameOrOwn(UserName, context), AccessKeyId);
      context.state.accessKeys.set(key.id, { ...key, active: Status === 'Active' });
      return {};
    },
  }),

  DeleteAccessKey: operation({
    parameters: { UserName: optional(entityName), AccessKeyId: keyId },
    permissions: ({ UserName }, context) => [
      { action: 'iam:DeleteAccessKey', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: ({ UserName, AccessKeyId }, context) => {
      context.state.accessKeys.delete(
        keyNamed(context.state, userNameOrOwn(UserName, context), AccessKeyId).id,
      );
      return {};
    },
  }),
};

function keysOfRoot({ rootCredentials }: State): JsonObject[] {
  return rootCredentials.has('access-key')
    ? [{ AccessKeyId: 'AKIAROOTEXAMPLE00000', Status: 'Active', CreateDate: isoDate(accountFoundedAt) }]
    : [];
}

function keysOf(state: State, userName: string): AccessKey[] {
  return [...state.accessKeys.values()].filter((key) => key.userName === userName);
}

function keyNamed(state: State, userName: string, id: string): AccessKey {
  const user = userNamed(state, userName);
  const key = state.accessKeys.get(id);
  if (key?.userName !== user.name) {
    throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  }
  return key;
}

function shownKey(key: AccessKey): JsonObject {
  return {
    UserName: key.userName,
    AccessKeyId: key.id,
    Status: key.active ? 'Active' : 'Inactive',
    CreateDate: isoDate(key.createdAt),
  };
}
