/** Finds the principal that presented credentials belong to. */

import type { Caller } from './caller';
import { AwsError } from './operation';
import type { Session } from './records';
import type { State } from './state';

/** The credentials of a request: its key, its token, and a proof that its sender has the secret. */
export interface PresentedCredentials {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** Compares secrets in-process; checks the signature over HTTP. */
  proves(secretAccessKey: string): boolean;
}

/**
 * @throws AwsError MissingAuthenticationToken, InvalidClientTokenId (the key or its principal
 *   does not exist, or the key is inactive), SignatureDoesNotMatch, ExpiredToken
 */
export function authenticate(state: State, presented: PresentedCredentials | undefined): Caller {
  if (!presented) {
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
  }
  const session = state.sessions.get(presented.accessKeyId);
  return session ? sessionCaller(state, session, presented) : keyCaller(state, presented);
}

function keyCaller(state: State, presented: PresentedCredentials): Caller {
  const key = state.accessKeys.get(presented.accessKeyId);
  const user = key && state.users.get(key.userName);
  if (!key?.active || !user || presented.sessionToken !== undefined) {
    throw invalidToken();
  }
  if (!presented.proves(key.secret)) {
    throw wrongSignature();
  }
  return { kind: 'user-key', arn: user.arn, userId: user.id, principalArn: user.arn, name: user.name };
}

function sessionCaller(state: State, session: Session, presented: PresentedCredentials): Caller {
  if (presented.sessionToken !== session.token) {
    throw invalidToken();
  }
  if (!presented.proves(session.secret)) {
    throw wrongSignature();
  }
  if (state.settings.clock.now() >= session.expiresAt) {
    throw new AwsError('ExpiredToken', 403, 'The security token included in the request is expired');
  }
  if (session.kind === 'root-session') {
    return rootSession(state);
  }
  return session.kind === 'user-session' ? userSession(state, session) : roleSession(state, session);
}

function rootSession({ rootArn, settings }: State): Caller {
  return {
    kind: 'root-session',
    arn: rootArn,
    userId: settings.account,
    principalArn: rootArn,
    name: 'root',
  };
}

function userSession(state: State, session: Session): Caller {
  const user = state.users.get(session.principalName);
  if (user?.id !== session.principalId) {
    throw invalidToken();
  }
  return {
    kind: 'user-session',
    arn: user.arn,
    userId: user.id,
    principalArn: user.arn,
    name: user.name,
    ...(session.mfaAt === undefined ? {} : { mfaAt: session.mfaAt }),
    issuedAt: session.issuedAt,
  };
}

function roleSession(state: State, session: Session): Caller {
  const role = state.roles.get(session.principalName);
  if (role?.id !== session.principalId) {
    throw invalidToken();
  }
  const { partition, account } = state.settings;
  return {
    kind: 'role-session',
    arn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${session.sessionName}`,
    userId: `${role.id}:${session.sessionName}`,
    principalArn: role.arn,
    name: role.name,
    sessionTags: session.tags,
    issuedAt: session.issuedAt,
  };
}

function invalidToken(): AwsError {
  return new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.');
}

function wrongSignature(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  );
}
