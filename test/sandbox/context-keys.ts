/**
 * The condition keys of a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 *
 * The MFA keys are as AWS documents them: absent for a long-term key and for a role session, false for a
 * GetSessionToken session without a code, true and an age for one with a code.
 */

import type { Caller, Permission } from './caller';
import type { ServiceName } from './operation';
import type { Tags } from './records';
import type { State } from './state';

export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

export function contextKeysOf(
  state: State,
  caller: Caller,
  { action, resource, account: resourceAccount }: Permission,
  region: string,
): ContextKeys {
  const { clock, account } = state.settings;
  const now = clock.now();
  const isUser = caller.kind !== 'role-session';
  const resourceTags = resourceAccount === undefined ? tagsOf(state, resource) : undefined;
  const principal = isUser ? state.users.get(caller.name) : state.roles.get(caller.name);
  return {
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': isUser ? 'User' : 'AssumedRole',
    'aws:userid': caller.userId,
    ...(isUser ? { 'aws:username': caller.name } : {}),
    ...prefixed('aws:PrincipalTag/', principal?.tags),
    ...prefixed('aws:PrincipalTag/', caller.sessionTags),
    ...mfaKeys(caller, now),
    ...(caller.issuedAt === undefined
      ? {}
      : { 'aws:TokenIssueTime': new Date(caller.issuedAt).toISOString() }),
    ...prefixed('aws:ResourceTag/', resourceTags),
    ...prefixed('iam:ResourceTag/', resourceTags),
    ...prefixed('ssm:resourceTag/', resourceTags),
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    // The loopback connection is plain HTTP, but policies are written for AWS, which uses HTTPS.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:RequestedRegion': action.startsWith('iam:') ? 'us-east-1' : region,
  };
}

/** Gives `aws:RequestTag/KEY` and `aws:TagKeys` of a request with tags. */
export function requestTagKeys(
  tags: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): ContextKeys {
  if (!tags || tags.length === 0) {
    return {};
  }
  return {
    ...prefixed('aws:RequestTag/', new Map(tags.map((tag) => [tag.Key, tag.Value]))),
    'aws:TagKeys': tags.map((tag) => tag.Key),
  };
}

/** Gives the keys of a call that a service makes on behalf of its caller. */
export function forwardedKeys(via: ServiceName | undefined): ContextKeys {
  return via === undefined
    ? { 'aws:ViaAWSService': 'false' }
    : { 'aws:ViaAWSService': 'true', 'aws:CalledVia': [`${via}.amazonaws.com`] };
}

function mfaKeys(caller: Caller, now: number): ContextKeys {
  if (caller.kind !== 'user-session') {
    return {};
  }
  if (caller.mfaAt === undefined) {
    return { 'aws:MultiFactorAuthPresent': 'false' };
  }
  return {
    'aws:MultiFactorAuthPresent': 'true',
    'aws:MultiFactorAuthAge': String(Math.max(0, Math.floor((now - caller.mfaAt) / 1000))),
  };
}

function tagsOf(state: State, arn: string): Tags | undefined {
  const [, , service, , , resource = ''] = arn.split(':');
  const [kind] = resource.split('/');
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (service === 'ssm') {
    const path = resource.slice('parameter'.length);
    return (state.parameters.get(path) ?? state.parameters.get(path.slice(1)))?.tags;
  }
  if (service !== 'iam') {
    return undefined;
  }
  if (kind === 'user') {
    return state.users.get(name)?.tags;
  }
  if (kind === 'role') {
    return state.roles.get(name)?.tags;
  }
  if (kind === 'mfa') {
    const device = state.devices.get(arn);
    return device?.kind === 'virtual' ? device.tags : undefined;
  }
  return state.policies.get(arn)?.tags;
}

function prefixed(prefix: string, tags: Tags | undefined): ContextKeys {
  return Object.fromEntries([...(tags ?? [])].map(([key, value]) => [prefix + key, value]));
}
