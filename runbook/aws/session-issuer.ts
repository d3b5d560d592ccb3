/** What `session`, `assume` and `exec` ask of AWS. `connect-sessions.ts` makes the calls for real. */
import type { AssignedDevice, CallerIdentity } from './aws';

/** Credentials that end by themselves. */
export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** The second factor of one call: each code counts once. */
export interface MfaFactor {
  readonly deviceArn: string;
  readonly code: string;
}

/** The access key that calls are signed with, as this machine knows it. */
export interface SigningKey {
  readonly accessKeyId: string;
  /** It belongs to a session, of a user or of a role, and ends with it. */
  readonly isTemporary: boolean;
  /** `undefined` where none is set. */
  readonly region: string | undefined;
}

/** A role to assume. */
export interface RoleRequest {
  /** Absent where the credentials in use carry MFA themselves, or need none. */
  readonly mfa: MfaFactor | undefined;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
}

/** AWS, for a person's own sessions. Every method throws AwsFault. A call with a code is sent once, never retried. */
export interface SessionIssuer {
  /** Looks the credentials up without asking AWS anything about them. */
  signingKey(): Promise<SigningKey>;
  /** sts:GetCallerIdentity */
  identity(): Promise<CallerIdentity>;
  /** iam:ListMFADevices of the caller's own user. */
  ownDevices(): Promise<readonly AssignedDevice[]>;
  /** sts:GetSessionToken */
  sessionToken(request: {
    readonly mfa: MfaFactor;
    readonly durationSeconds: number;
  }): Promise<TemporaryCredentials>;
  /** sts:AssumeRole */
  assumeRole(request: RoleRequest): Promise<TemporaryCredentials>;
}
