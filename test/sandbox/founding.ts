/**
 * Creates the initial state of an account: AWS's managed policies, and an administrator with a key.
 */

import { randomBytes } from 'node:crypto';
import type { Credentials } from './caller';
import { userNamed } from './iam-entities';
import type { AccessKey, ManagedPolicy } from './records';
import type { State } from './state';

const administratorName = 'platform-admin';

/**
 * AWS's managed policies in the sandbox, with AWS's own content. Others have thousands of actions; attaching one of
 * them is NoSuchEntity, which is better than a policy that allows less than its name says.
 */
const awsManagedPolicies = {
  AdministratorAccess: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  IAMUserChangePassword: [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable, not a template
    { Effect: 'Allow', Action: ['iam:ChangePassword'], Resource: ['arn:aws:iam::*:user/${aws:username}'] },
    { Effect: 'Allow', Action: ['iam:GetAccountPasswordPolicy'], Resource: '*' },
  ],
};

export function addAdministrator(state: State): Credentials {
  for (const [name, statement] of Object.entries(awsManagedPolicies)) {
    addAwsPolicy(state, name, statement);
  }
  state.users.set(administratorName, {
    arn: state.iamArn('user', '/', administratorName),
    path: '/',
    name: administratorName,
    id: state.newId('AIDA'),
    createdAt: state.settings.clock.now(),
    inlinePolicies: new Map(),
    attachedPolicies: new Set([awsPolicyArn(state, 'AdministratorAccess')]),
    tags: new Map(),
    groups: new Set(),
    boundary: undefined,
    loginProfile: undefined,
  });
  const key = newAccessKey(state, administratorName, state.settings.administratorKey);
  return { accessKeyId: key.id, secretAccessKey: key.secret };
}

/** @throws AwsError NoSuchEntity */
export function newAccessKey(
  state: State,
  userName: string,
  given?: { readonly accessKeyId: string; readonly secretAccessKey: string },
): AccessKey {
  const key: AccessKey = {
    id: given?.accessKeyId ?? state.newId('AKIA').slice(0, 20),
    secret: given?.secretAccessKey ?? randomBytes(30).toString('base64'),
    userName: userNamed(state, userName).name,
    active: true,
    createdAt: state.settings.clock.now(),
  };
  state.accessKeys.set(key.id, key);
  return key;
}

function awsPolicyArn(state: State, name: string): string {
  return `arn:${state.settings.partition}:iam::aws:policy/${name}`;
}

function addAwsPolicy(state: State, name: string, statement: readonly object[]): void {
  const createdAt = Date.UTC(2015, 1, 6);
  const policy: ManagedPolicy = {
    arn: awsPolicyArn(state, name),
    path: '/',
    name,
    id: state.newId('ANPA'),
    createdAt,
    updatedAt: createdAt,
    description: undefined,
    tags: new Map(),
    versions: [
      { id: 'v1', document: JSON.stringify({ Version: '2012-10-17', Statement: statement }), createdAt },
    ],
    defaultVersionId: 'v1',
    nextVersion: 2,
  };
  state.policies.set(policy.arn, policy);
}
