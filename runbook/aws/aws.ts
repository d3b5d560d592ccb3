/** The calls that the ceremonies make to AWS, behind a port that `connect.ts` implements with the SDK. */
import type { RecordParameter } from '../../lib/record/pages';
import type { Seed } from '../seed';

/** The caller, and the difference between this machine's clock and AWS's. */
export interface CallerIdentity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
  /**
   * This machine's clock minus AWS's in milliseconds: the smallest difference that explains the answer's `Date` header.
   * `undefined` if the answer has no time.
   */
  readonly clockOffsetMs: number | undefined;
}

/** An MFA device of one user, of any type. */
export interface AssignedDevice {
  /** The device ARN, or the printed serial of AWS's own hardware tokens; IAM calls both serial number. */
  readonly arn: string;
  readonly enabledAt: Date | undefined;
}

/** A virtual MFA device of the account. */
export interface VirtualDevice {
  readonly arn: string;
  /** Name of the user that it is assigned to; absent while it is unassigned. */
  readonly user?: string;
  /** It is the root user's, who has no name. */
  readonly isRoot?: true;
  /** Absent while it is unassigned. */
  readonly enabledAt?: Date;
}

/** An IAM user of the account. */
export interface IamUser {
  readonly name: string;
  /** With both slashes. */
  readonly path: string;
  readonly createdAt: Date | undefined;
}

/** The counts of an account, as far as AWS tells them. */
export interface AccountSummary {
  /** MFA devices of every type that are assigned, those of the root user among them. */
  readonly devicesInUse: number | undefined;
  /** The root user has an MFA device, of any type. */
  readonly rootHasDevice: boolean | undefined;
  /** The root user is known to have a password, an access key or a certificate; that it has none is not told. */
  readonly rootHasCredentials: boolean;
}

/** The expiry of an account's passwords. */
export interface PasswordExpiry {
  readonly maxAgeDays: number;
  /** Nobody but an administrator can set a password after the old one has expired. */
  readonly isHard: boolean;
  /** Every user may change their own password. */
  readonly usersMayChange: boolean;
}

/** A FIDO2 security key of a user, as IAM describes it. */
export interface SecurityKey {
  readonly arn: string;
  readonly enabledAt: Date | undefined;
  /** From the FIDO metadata service, such as `FIDO: L1`; a synchronized passkey has none. */
  readonly certifications: Readonly<Record<string, string>>;
}

/** A console sign-in, as CloudTrail keeps it for 90 days. */
export interface ConsoleSignIn {
  readonly eventId: string;
  /** The Region whose history has the event. */
  readonly region: string;
  readonly at: Date;
  readonly succeeded: boolean;
  readonly usedMfa: boolean;
  /** The device ARN or printed serial; absent if the event names none, and then it proves nothing. */
  readonly device?: string;
}

/** The console sign-ins of one user that CloudTrail lists so far, oldest first. */
export interface ConsoleHistory {
  readonly signIns: readonly ConsoleSignIn[];
  /** Regions that a policy closes to the caller: a sign-in recorded there is not seen. */
  readonly deniedRegions: readonly string[];
}

/** The way into another account: a role there, or a session of its root user that may only look (sts:AssumeRoot). */
export type WayIn = { readonly roleArn: string } | { readonly assumeRoot: true };

/** An account, seen through a session that is used for lists only. Every method throws AwsFault. */
export interface AccountView {
  /** iam:ListVirtualMFADevices, all pages; AssumeRoot's session may not. */
  virtualDevices(): Promise<readonly VirtualDevice[]>;
  /** iam:ListMFADevices without a user: those of the root user, of any type; only with AssumeRoot. */
  rootDevices(): Promise<readonly AssignedDevice[]>;
  /**
   * Tells whether the root user has a password, an access key or a signing certificate, by iam:GetLoginProfile,
   * iam:ListAccessKeys and iam:ListSigningCertificates without a user; only with AssumeRoot.
   */
  rootHasCredentials(): Promise<boolean>;
  /** iam:GetAccountSummary */
  summary(): Promise<AccountSummary>;
  /** iam:ListAccountAliases; AssumeRoot's session may not. */
  accountAliases(): Promise<readonly string[]>;
  /** As of the caller's own account; AssumeRoot's session may not. */
  consoleSignIns: Aws['consoleSignIns'];
}

/** A device that was just created, and its seed, which AWS returns only once. The caller must wipe it. */
export interface CreatedDevice {
  readonly arn: string;
  readonly seed: Seed;
}

export interface DeviceSpecification {
  /** With both slashes. */
  readonly path: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An access key, with a session token if it is a temporary one. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The credentials, Region and endpoints of a connection. */
export interface AwsSession extends AccessKey {
  readonly region: string;
  /** Replaces AWS's own endpoint. */
  readonly endpoint?: string;
  /** Use AWS's endpoint for FIPS 140. @default false */
  readonly useFipsEndpoint?: boolean;
  /** Use AWS's endpoint for IPv4 and IPv6. @default false */
  readonly useDualstackEndpoint?: boolean;
  /** Path of the certificates in place of those that Node trusts. */
  readonly caBundle?: string;
}

/** AWS, as the runbook uses it. Every method throws AwsFault. */
export interface Aws {
  /** Returns the credentials of this connection, for a process that continues in its place. */
  session(): Promise<AwsSession>;
  /** Renews the credentials if they would end during a ceremony, which may ask the operator for a code. */
  renewSession(): Promise<void>;
  /** sts:GetCallerIdentity */
  identity(): Promise<CallerIdentity>;
  /** ssm:GetParametersByPath, all pages; `[]` if there is nothing. */
  parametersBelow(path: string): Promise<readonly RecordParameter[]>;
  /** ssm:GetParameter; `undefined` if the parameter does not exist. */
  parameter(name: string): Promise<string | undefined>;
  /** ssm:PutParameter, overwriting. */
  putParameter(name: string, value: string): Promise<void>;
  /** iam:ListMFADevices, all pages. */
  devicesOf(user: string): Promise<readonly AssignedDevice[]>;
  /** iam:ListVirtualMFADevices, assigned or not, all pages. */
  virtualDevices(): Promise<readonly VirtualDevice[]>;
  /** iam:ListUsers, all pages. */
  users(): Promise<readonly IamUser[]>;
  /** iam:GetAccountSummary */
  summary(): Promise<AccountSummary>;
  /** iam:GetAccountPasswordPolicy; `undefined` if passwords do not expire. */
  passwordExpiry(): Promise<PasswordExpiry | undefined>;
  /** iam:GetMFADevice, which knows security keys only; `undefined` if the user has no such key. */
  getDevice(user: string, arn: string): Promise<SecurityKey | undefined>;
  /** iam:ListAccountAliases of the caller's account: one or none. */
  accountAliases(): Promise<readonly string[]>;
  /**
   * cloudtrail:LookupEvents in every Region where a sign-in may be recorded; an event is listed some minutes late.
   *
   * @param user the IAM user name, or `root`
   */
  consoleSignIns(user: string, since: Date): Promise<ConsoleHistory>;
  /** Opens a session in another account, by sts:AssumeRole or sts:AssumeRoot. */
  inAccount(account: string, way: WayIn): Promise<AccountView>;
  /** iam:ListMFADeviceTags */
  deviceTags(arn: string): Promise<Readonly<Record<string, string>>>;
  /** iam:CreateVirtualMFADevice */
  createDevice(device: DeviceSpecification): Promise<CreatedDevice>;
  /** iam:DeleteVirtualMFADevice */
  deleteDevice(arn: string): Promise<void>;
  /** iam:EnableMFADevice with two consecutive codes. */
  enableDevice(user: string, arn: string, codes: readonly [string, string]): Promise<void>;
  /** iam:ResyncMFADevice with two consecutive codes. */
  resyncDevice(user: string, arn: string, codes: readonly [string, string]): Promise<void>;
  /** iam:DeactivateMFADevice: the device remains, unassigned. */
  deactivateDevice(user: string, arn: string): Promise<void>;
}

/**
 * A call that failed. `code` is AWS's own error code without `Exception`, or a code of our own for a call that AWS did not
 * answer: `no-credentials`, `no-region`, `no-profile`, `no-answer` or `cancelled`.
 */
export class AwsFault extends Error {
  public override readonly name = 'AwsFault';
  /** AWS refused the only attempt, or never got it, so nothing was done. */
  public readonly wasRefused: boolean;

  public constructor(
    /** IAM's name of the action that a policy would have to allow, such as `iam:EnableMFADevice`. */
    public readonly action: string,
    public readonly code: string,
    /** AWS's own message, for people to read and never to match. */
    message: string,
    options?: ErrorOptions & { readonly wasRefused?: boolean },
  ) {
    super(message, options);
    this.wasRefused = options?.wasRefused ?? false;
  }
}

/** One finished call, for `--verbose` and for tests that count calls. */
export interface CallReport {
  readonly action: string;
  readonly durationMs: number;
  /** `ok` or the error code. */
  readonly outcome: string;
}
