/**
 * What can be set about a sandbox. All of it is data, so that a test can say in one object what world it
 * wants.
 */

import { MovableClock } from '../support/clock';

export interface SandboxSettings {
  /** @default 123456789012 */
  readonly account?: string;
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
   * Whether the account has what `cdk bootstrap` makes: the bucket, the roles and the version that both of
   * CDK's synthesizers look for.
   *
   * @default false
   */
  readonly bootstrapped?: boolean;
  /**
   * The root and organizational units above the account, outermost first: policies attached to one of them
   * count as attached above this account.
   *
   * @default none: policies can be attached to the account itself only
   */
  readonly memberOf?: readonly string[];
  /** @default aws */
  readonly partition?: string;
  /** Judges codes, dates and propagation, and is the HTTP `Date`. @default the machine's clock, movable */
  readonly clock?: MovableClock;
  /** Every call of a client takes this much longer. @default 0 */
  readonly latencyMs?: number;
  /** Calls beyond this rate (by the sandbox's clock) are throttled. @default no limit */
  readonly throttling?: { readonly callsPerSecond: number; readonly burst: number };
  /** No list answers with more items than this, whatever the client asks for. @default what the API allows */
  readonly pageSize?: number;
  /** SSM's GetParametersByPath answers an empty page with a NextToken before each page. @default false */
  readonly emptyPages?: boolean;
  /** How late a change shows in IAM's lists. @default 0 */
  readonly visibilityLagMs?: number;
  /** How late STS learns of an enabled, resynchronised or removed device. @default 10,000, as observed */
  readonly propagationMs?: number;
  /** IAM users, and virtual devices assigned or not, that the account may have. @default 5,000 */
  readonly usersQuota?: number;
  /**
   * Makes the seed of a device, for a test that must know it; the array is wiped.
   *
   * @default 40 random bytes
   */
  readonly newSeed?: () => Uint8Array;
  /** The key of the administrator, for a fixed one that can be printed. @default random */
  readonly administratorKey?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

type Optional = 'throttling' | 'administratorKey' | 'newSeed';
export type ResolvedSettings = Required<Omit<SandboxSettings, Optional>> & Pick<SandboxSettings, Optional>;

export function resolveSettings(settings: SandboxSettings): ResolvedSettings {
  return {
    account: '123456789012',
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
    propagationMs: 10_000,
    usersQuota: 5_000,
    ...settings,
  };
}
