/** The records of the sandbox. They are immutable; a change replaces one with another. */

import type { Synchronization } from './code-judgment';
import type { DeviceCodes } from './device-codes';

export type Tags = ReadonlyMap<string, string>;

/** The policies of a user, group or role. */
export interface Identity {
  readonly arn: string;
  readonly path: string;
  readonly name: string;
  /** `AIDA…`, `AGPA…`, `AROA…`: never used again, unlike a name. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Inline policy documents by name. */
  readonly inlinePolicies: ReadonlyMap<string, string>;
  /** ARNs of attached managed policies. */
  readonly attachedPolicies: ReadonlySet<string>;
}

export interface User extends Identity {
  readonly tags: Tags;
  readonly groups: ReadonlySet<string>;
  readonly boundary: string | undefined;
  readonly loginProfile: LoginProfile | undefined;
}

/** A console password. The password itself is not stored, because nothing here signs in with it. */
export interface LoginProfile {
  readonly createdAt: number;
  readonly passwordResetRequired: boolean;
}

export type Group = Identity;

export interface Role extends Identity {
  readonly tags: Tags;
  readonly boundary: string | undefined;
  readonly trustPolicy: string;
  readonly description: string | undefined;
  readonly maxSessionSeconds: number;
}

export interface ManagedPolicy {
  readonly arn: string;
  readonly path: string;
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description: string | undefined;
  readonly tags: Tags;
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** The number of the next version; versions are never renumbered. */
  readonly nextVersion: number;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdAt: number;
}

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly userName: string;
  readonly active: boolean;
  readonly createdAt: number;
}

/** Temporary credentials. */
export interface Session {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly token: string;
  readonly kind: 'user-session' | 'role-session' | 'root-session';
  /** The user's or role's id, or the account of a root user: a session does not outlive its principal, even if a new one gets the same name. */
  readonly principalId: string;
  readonly principalName: string;
  readonly sessionName: string;
  readonly mfaAt: number | undefined;
  /** Unix milliseconds. */
  readonly issuedAt: number;
  /** Tags passed to AssumeRole, which are principal tags in addition to the role's own. */
  readonly tags: Tags;
  readonly expiresAt: number;
}

/** An MFA device of any kind. */
export type Device = CodeDevice | SecurityKey;

/** A device that codes are checked for. */
export interface CodeDevice {
  /** `printed`: a token of AWS's own suppliers; IAM has it only while it is assigned. */
  readonly kind: 'virtual' | 'printed';
  /** The ARN, or the printed serial. */
  readonly arn: string;
  readonly tags: Tags;
  readonly codes: DeviceCodes;
  /** Kept when the device is deactivated. */
  readonly synchronization: Synchronization;
  readonly assignment: Assignment | undefined;
}

/** A FIDO2 security key, registered in the console; it exists only while it is assigned. */
interface SecurityKey {
  readonly kind: 'security-key';
  readonly arn: string;
  /** From the FIDO metadata service, such as `{ FIDO: 'L1' }`. */
  readonly certifications: Readonly<Record<string, string>>;
  readonly assignment: Assignment;
}

export interface Assignment {
  /** Undefined for the root user. */
  readonly userName: string | undefined;
  /** The id of a user, or the account of the root user. */
  readonly userId: string;
  readonly enabledAt: number;
}

export interface StoredParameter {
  readonly name: string;
  readonly type: 'String' | 'StringList';
  readonly value: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly dataType: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
  readonly tags: Tags;
}

/** A credential of the root user. */
export type RootCredential = 'password' | 'access-key' | 'signing-certificate';

/** The password policy of an account, as far as passwords expire by it. */
export interface PasswordPolicy {
  /** @default never */
  readonly maxAgeDays?: number;
  /** Nobody can set a new password once theirs has expired. */
  readonly hardExpiry: boolean;
  readonly usersMayChange: boolean;
}
