/** What the flow asks of AWS: the calls we make, in our own words. `connect.ts` makes them for real. */
import type { RecordParameter } from '../../lib/record/pages';
import type { Seed } from '../seed';

/** Who is calling, and how far this machine's clock is from AWS's. */
export interface CallerIdentity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
  /**
   * This machine's clock minus AWS's, milliseconds, from the answer's `Date` header: the least that explains it.
   * `undefined` where the answer told no time.
   */
  readonly clockOffsetMs: number | undefined;
}

/** An MFA device of one user, of whatever type. */
export interface AssignedDevice {
  /** The device ARN, which IAM calls its serial number (a printed serial for AWS's own hardware tokens). */
  readonly arn: string;
  readonly enabledAt: Date | undefined;
}

/** A virtual MFA device of the account. */
export interface VirtualDevice {
  readonly arn: string;
  /** Name of the user it is assigned to; without it the device is unassigned. */
  readonly user?: string;
  /** When it was enabled; absent while it is unassigned. */
  readonly enabledAt?: Date;
}

/** A device just created, and its seed, which AWS shows this once. */
export interface CreatedDevice {
  readonly arn: string;
  /** The caller wipes it. */
  readonly seed: Seed;
}

/** What a device is created with. */
export interface DeviceSpecification {
  /** With both slashes. */
  readonly path: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The credentials and the place in use. */
export interface AwsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  /** Instead of AWS's own. */
  readonly endpoint?: string;
  /** AWS's own endpoint for FIPS 140. @default false */
  readonly useFipsEndpoint?: boolean;
  /** AWS's own endpoint for IPv4 and IPv6. @default false */
  readonly useDualstackEndpoint?: boolean;
}

/** AWS, as the runbook uses it. Every method throws AwsFault. */
export interface Aws {
  /** What this connection signs with, for a process that goes on in its place. */
  session(): Promise<AwsSession>;
  /** sts:GetCallerIdentity */
  identity(): Promise<CallerIdentity>;
  /** ssm:GetParametersByPath, to the last page; `[]` where there is nothing. */
  parametersBelow(path: string): Promise<readonly RecordParameter[]>;
  /** ssm:GetParameter; `undefined` where there is none. */
  parameter(name: string): Promise<string | undefined>;
  /** ssm:PutParameter, overwriting. */
  putParameter(name: string, value: string): Promise<void>;
  /** iam:ListMFADevices, to the last page. */
  devicesOf(user: string): Promise<readonly AssignedDevice[]>;
  /** iam:ListVirtualMFADevices, assigned or not, to the last page. */
  virtualDevices(): Promise<readonly VirtualDevice[]>;
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
  /** iam:DeactivateMFADevice: the device stays, assigned to nobody. */
  deactivateDevice(user: string, arn: string): Promise<void>;
}

/** What went wrong before AWS could answer. */
export type LocalFault = 'no-credentials' | 'no-region' | 'no-profile' | 'no-answer' | 'cancelled';

/** A call that failed. `code` is AWS's own error code without `Exception`, or a LocalFault. */
export class AwsFault extends Error {
  public override readonly name = 'AwsFault';
  /** AWS refused the one and only attempt: nothing was done. */
  public readonly wasRefused: boolean;

  public constructor(
    /** IAM's name of the action, such as `iam:EnableMFADevice`: what a policy would have to allow. */
    public readonly action: string,
    public readonly code: string,
    /** AWS's own words. For people to read, never to match. */
    message: string,
    options?: ErrorOptions & { readonly wasRefused?: boolean },
  ) {
    super(message, options);
    this.wasRefused = options?.wasRefused ?? false;
  }
}

/** One finished call, for `--verbose` and for tests that count. */
export interface CallReport {
  readonly action: string;
  readonly durationMs: number;
  /** `ok` or the error code. */
  readonly outcome: string;
}
