/**
 * The settings of a sandbox. All of them are data, so a test can describe its sandbox in one object.
 */

import { MovableClock } from '../support/clock';

export interface SandboxSettings {
  /** @default 123456789012 */
  readonly account?: string;
  /** The account's alias, which stands in the label of a QR code. @default none */
  readonly alias?: string;
  /** More accounts behind the same endpoint, with IAM, STS and CloudTrail only. @default none */
  readonly otherAccounts?: readonly OtherAccount[];
  /** @default eu-central-1 */
  readonly region?: string;
  /**
   * More Regions in which CloudFormation can be called, for stacks without SSM parameters: those are in the
   * first Region only.
   *
   * @default none
   */
  readonly otherRegions?: readonly string[];
  /**
   * The account has what `cdk bootstrap` creates: the bucket, the roles and the version that both of CDK's
   * synthesizers look for.
   *
   * @default false
   */
  readonly bootstrapped?: boolean;
  /**
   * The root and organizational units above the account, outermost first. Policies attached to one of them
   * apply to this account.
   *
   * @default none: policies can be attached to the account itself only
   */
  readonly memberOf?: readonly string[];
  /** @default aws */
  readonly partition?: string;
  /** Used for codes, dates and propagation, and for the HTTP header `Date`. @default the machine's clock, movable */
  readonly clock?: MovableClock;
  /** Delay of every call of a client. @default 0 */
  readonly latencyMs?: number;
  /** Calls beyond this rate (by the sandbox's clock) are throttled. @default no limit */
  readonly throttling?: { readonly callsPerSecond: number; readonly burst: number };
  /** The longest page of a list, whatever the client asks for. @default the API's own limit */
  readonly pageSize?: number;
  /** SSM's GetParametersByPath returns an empty page with a NextToken before each page. @default false */
  readonly emptyPages?: boolean;
  /** The time until a change is visible in IAM's lists. @default 0 */
  readonly visibilityLagMs?: number;
  /** The time until STS learns of an enabled, resynced or removed device. @default 7,000, which fits the captures best */
  readonly propagationMs?: number;
  /** The quota of IAM users, and of virtual devices, assigned or not. @default 5,000 */
  readonly usersQuota?: number;
  /**
   * Creates the seed of a device, for a test that must know it; the sandbox wipes the array.
   *
   * @default 40 random bytes
   */
  readonly newSeed?: () => Uint8Array;
  /**
   * The code of EnableMFADevice's refusal of a printed serial that AWS does not know. Public sources do not name it.
   *
   * @default InvalidAuthenticationCode
   */
  readonly unknownSerialCode?: 'InvalidAuthenticationCode' | 'NoSuchEntity';
  /** The time until CloudTrail's LookupEvents shows an event. @default 120,000; AWS names no limit */
  readonly trailDelayMs?: number;
  /** The key of the administrator, for a fixed one that can be printed. @default random */
  readonly administratorKey?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Another account of a sandbox. */
interface OtherAccount {
  readonly account: string;
  /** @default none */
  readonly alias?: string;
  /**
   * A member of the organization whose root access the sandbox's own account manages (sts:AssumeRoot).
   *
   * @default false
   */
  readonly isMember?: boolean;
}

type Optional = 'throttling' | 'administratorKey' | 'newSeed' | 'alias';
export type ResolvedSettings = Required<Omit<SandboxSettings, Optional>> & Pick<SandboxSettings, Optional>;

export function resolveSettings(settings: SandboxSettings): ResolvedSettings {
  return {
    account: '123456789012',
    otherAccounts: [],
    region: 'eu-central-1',
    otherRegions: [],
    bootstrapped: false,
    memberOf: [],
    partition: 'aws',
    clock: settings.clock ?? new MovableClock(),
    latencyMs: 0,
    pageSize: Number.POSITIVE_INFINITY,
    emptyPages: false,
    visibilityLagMs: 0,
    propagationMs: 7_000,
    usersQuota: 5_000,
    unknownSerialCode: 'InvalidAuthenticationCode',
    trailDelayMs: 120_000,
    ...settings,
  };
}
