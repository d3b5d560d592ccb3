/** AWS Security Token Service, API version 2011-06-15: caller identity, sessions with a code, roles. */

import { randomBytes } from 'node:crypto';
import type { CallContext, Caller, Permission } from './caller';
import { accessDenied } from './common-errors';
import { requestTagKeys } from './context-keys';
import { type DeclaredService, operation } from './declared-operation';
import { isoDate } from './iam-entities';
import { authenticationCode, deviceArn } from './iam-mfa-devices';
import { AwsError, type JsonObject } from './operation';
import { integer, optional, structure, tags, text, withDefault } from './parameters';
import type { Role, Session } from './records';
import { auditTask } from './root-access';
import type { State } from './state';

const chainedSeconds = 3600;
/** With this many sessions, expired ones are forgotten; until then, their callers learn that they expired. */
const keptSessions = 10_000;

const getSessionToken = operation({
  parameters: {
    DurationSeconds: withDefault(integer(900, 129_600), 43_200),
    SerialNumber: optional(deviceArn),
    TokenCode: optional(authenticationCode),
  },
  permissions: () => [{ action: 'sts:GetSessionToken', resource: '*', unlessDenied: true }],
  run: ({ DurationSeconds, SerialNumber, TokenCode }, { caller, state }) => {
    const mfaAt = proveMfa(state, caller, SerialNumber, TokenCode);
    const session = startSession(state, {
      kind: 'user-session',
      principalId: caller.userId,
      principalName: caller.name,
      sessionName: caller.name,
      mfaAt,
      tags: new Map(),
      seconds: DurationSeconds,
    });
    return { Credentials: shownCredentials(session) };
  },
});

const assumeRole = operation({
  parameters: {
    RoleArn: text({ min: 20, max: 2048 }),
    RoleSessionName: text({ min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ }),
    DurationSeconds: withDefault(integer(900, 43_200), chainedSeconds),
    ExternalId: optional(text({ min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ })),
    SerialNumber: optional(deviceArn),
    TokenCode: optional(authenticationCode),
    Tags: withDefault(tags, []),
  },
  // The trust policy may require the MFA of this call, so the code is judged before the policies.
  permissions: () => [],
  run: async (input, context) => {
    const mfaAt = proveMfa(context.state, context.caller, input.SerialNumber, input.TokenCode);
    const target = context.state.shared.accounts.get(accountOf(input.RoleArn)) ?? context.state;
    const role = [...target.roles.values()].find((candidate) => candidate.arn === input.RoleArn);
    const contextKeys = {
      'sts:RoleSessionName': input.RoleSessionName,
      ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
      ...(mfaAt === undefined ? {} : { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' }),
      ...requestTagKeys(input.Tags),
    };
    if (!role) {
      throw notAuthorized(context.caller, input.RoleArn);
    }
    const permission: Permission = {
      action: 'sts:AssumeRole',
      resource: role.arn,
      ...(target === context.state ? {} : { account: target.settings.account }),
      contextKeys,
      trustPolicy: role.trustPolicy,
    };
    await context.authorize(permission);
    if (input.Tags.length > 0) {
      await context.authorize({ ...permission, action: 'sts:TagSession' });
    }
    refuseLongSession(role, input.DurationSeconds, context);
    const session = startSession(target, {
      kind: 'role-session',
      principalId: role.id,
      principalName: role.name,
      sessionName: input.RoleSessionName,
      mfaAt: undefined,
      tags: new Map(input.Tags.map((tag) => [tag.Key, tag.Value])),
      seconds: input.DurationSeconds,
    });
    return {
      Credentials: shownCredentials(session),
      AssumedRoleUser: assumedRoleUser(target, session),
    };
  },
});

const assumeRoot = operation({
  parameters: {
    TargetPrincipal: text({ min: 12, max: 2048 }),
    TaskPolicyArn: structure({ arn: text({ min: 20, max: 2048 }) }),
    DurationSeconds: withDefault(integer(0, 900), 900),
  },
  permissions: ({ TargetPrincipal, TaskPolicyArn }, { partition }) => [
    {
      action: 'sts:AssumeRoot',
      resource: `arn:${partition}:iam::${accountOf(TargetPrincipal)}:root`,
      contextKeys: { 'sts:TaskPolicyArn': TaskPolicyArn.arn },
    },
  ],
  run: ({ TargetPrincipal, TaskPolicyArn, DurationSeconds }, { state, caller, partition }) => {
    const { account } = state.settings;
    const target = accountOf(TargetPrincipal);
    const member = state.settings.otherAccounts.find((other) => other.account === target && other.isMember);
    const memberState = member && state.shared.accounts.get(target);
    if (!memberState) {
      throw accessDenied(
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRoot on ${target}, which is no member of an organization that ${account} manages`,
      );
    }
    if (TaskPolicyArn.arn !== `arn:${partition}:iam::aws:policy/root-task/${auditTask}`) {
      throw new AwsError('ValidationError', 400, `the sandbox knows the task policy ${auditTask} only`);
    }
    const session = startSession(memberState, {
      kind: 'root-session',
      principalId: target,
      principalName: 'root',
      sessionName: 'root',
      mfaAt: undefined,
      tags: new Map(),
      seconds: DurationSeconds,
    });
    return { Credentials: shownCredentials(session) };
  },
});

/** Reads the account of an id or an ARN. */
function accountOf(principal: string): string {
  return principal.startsWith('arn:') ? (principal.split(':')[4] ?? '') : principal;
}

/**
 * Verifies the code of a call, if it has one.
 *
 * @returns when MFA was given, unix milliseconds. @throws AwsError AccessDenied
 */
function proveMfa(
  state: State,
  caller: Caller,
  serialNumber: string | undefined,
  code: string | undefined,
): number | undefined {
  if (serialNumber === undefined && code === undefined) {
    return undefined;
  }
  if (serialNumber === undefined || code === undefined) {
    throw accessDenied(
      'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    );
  }
  const now = state.settings.clock.now();
  const verification = state.stsView.verify(serialNumber, caller.userId, code, now);
  if (verification === 'accepted') {
    return now;
  }
  throw accessDenied(
    verification === 'wrong-code'
      ? 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
      : 'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
}

function refuseLongSession(role: Role, seconds: number, { caller }: CallContext): void {
  if (caller.kind === 'role-session' && seconds > chainedSeconds) {
    throw new AwsError(
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (seconds > role.maxSessionSeconds) {
    throw new AwsError(
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

/** Creates and stores credentials of a user or a role. */
export function startSession(
  state: State,
  {
    seconds,
    ...grant
  }: Omit<Session, 'accessKeyId' | 'secret' | 'token' | 'issuedAt' | 'expiresAt'> & {
    readonly seconds: number;
  },
): Session {
  const now = state.settings.clock.now();
  const session: Session = {
    ...grant,
    accessKeyId: state.newId('ASIA').slice(0, 20),
    secret: randomBytes(30).toString('base64'),
    token: randomBytes(96).toString('base64'),
    issuedAt: now,
    expiresAt: now + seconds * 1000,
  };
  if (state.sessions.size >= keptSessions) {
    forgetExpired(state);
  }
  state.sessions.set(session.accessKeyId, session);
  return session;
}

function forgetExpired(state: State): void {
  const now = state.settings.clock.now();
  for (const [key, { expiresAt }] of state.sessions) {
    if (expiresAt <= now) {
      state.sessions.delete(key);
    }
  }
}

function shownCredentials(session: Session): JsonObject {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secret,
    SessionToken: session.token,
    Expiration: isoDate(session.expiresAt),
  };
}

function assumedRoleUser(state: State, session: Session): JsonObject {
  const { partition, account } = state.settings;
  return {
    AssumedRoleId: `${session.principalId}:${session.sessionName}`,
    Arn: `arn:${partition}:sts::${account}:assumed-role/${session.principalName}/${session.sessionName}`,
  };
}

/** Creates the same error for a role that does not exist and for one that does not trust the caller. */
function notAuthorized(caller: Caller, roleArn: string): AwsError {
  return accessDenied(
    `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
}

export const sts: DeclaredService = {
  name: 'sts',
  protocol: 'awsQuery',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  declared: {
    GetCallerIdentity: operation({
      parameters: {},
      // Nobody can be denied it:
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
      permissions: () => [],
      run: (_, { caller, account }) => ({ UserId: caller.userId, Account: account, Arn: caller.arn }),
    }),
    GetSessionToken: getSessionToken,
    AssumeRole: assumeRole,
    AssumeRoot: assumeRoot,
  },
};
