/** The calls that `session`, `assume` and `exec` make to AWS, behind a port that `connect-sessions.ts` implements. */
import type { AccessKey, AssignedDevice, CallerIdentity } from './aws';

export interface TemporaryCredentials extends Required<AccessKey> {
  readonly expiresAt: Date;
}

/** The second factor of one call; a code can be used once. */
export interface MfaFactor {
  readonly deviceArn: string;
  readonly code: string;
}

/** The access key that calls are signed with. */
export interface SigningKey {
  readonly accessKeyId: string;
  /** It belongs to a session of a user or a role, and expires with it. */
  readonly isTemporary: boolean;
  /** `undefined` if none is set. */
  readonly region: string | undefined;
}

export interface RoleRequest {
  /** Absent if the credentials in use carry MFA themselves, or need none. */
  readonly mfa: MfaFactor | undefined;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
}

/** AWS, for a person's own sessions. Every method throws AwsFault. A call with a code is never retried. */
export interface SessionIssuer {
  /** Looks up the credentials without asking AWS about them. */
  signingKey(): Promise<SigningKey>;
  /** sts:GetCallerIdentity */
  identity(): Promise<CallerIdentity>;
  /**
   * iam:ListMFADevices of the caller's own user.
   *
   * @param user its name: without it, a policy with `${aws:username}` in its resource denies the call
   */
  ownDevices(user?: string): Promise<readonly AssignedDevice[]>;
  /** sts:GetSessionToken */
  sessionToken(request: {
    readonly mfa: MfaFactor;
    readonly durationSeconds: number;
  }): Promise<TemporaryCredentials>;
  /** sts:AssumeRole */
  assumeRole(request: RoleRequest): Promise<TemporaryCredentials>;
}
