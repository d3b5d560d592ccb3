/** Looks at the MFA devices of the root users that a record declares, in this account and in others. Changes nothing. */
import { parseRootHolder, rootHolder } from '../../lib/record/names';
import { type FleetRecord, OWN_ACCOUNT } from '../../lib/record/record';
import { countOf } from '../../lib/record/text';
import {
  type AccountSummary,
  type Aws,
  AwsFault,
  type CallerIdentity,
  type VirtualDevice,
  type WayIn,
} from '../aws/aws';
import { unlessDenied } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import { inParallel } from './in-parallel';

/** The devices of one root user, as far as they can be listed. */
export type RootView =
  | {
      readonly devices: readonly VirtualDevice[];
      /** Devices of every kind were listed, or there are none; otherwise virtual ones only. */
      readonly hasAll: boolean;
      /** It has a password, an access key or a certificate; `undefined` if that is not known. */
      readonly hasCredentials: boolean | undefined;
    }
  /** @property unseen one clause that says why nothing is known */
  | { readonly unseen: string };

/** The ways into the accounts of root users: a role of one name in each, or sts:AssumeRoot. */
export interface RootAccess {
  readonly viewRoleName?: string | undefined;
  readonly assumeRoot?: boolean | undefined;
}

const GOV_CLOUD = 'aws-us-gov';

/**
 * Looks at every root user that the record declares.
 *
 * @param devices the virtual devices of the caller's account
 * @returns the views by account; of an account that cannot be looked into, the reason
 */
export async function readRoots(
  { aws, terminal, signal }: { readonly aws: Pick<Aws, 'inAccount'> } & Pick<Ports, 'terminal' | 'signal'>,
  { record, identity, devices, summary }: RootSubject,
  access: RootAccess,
): Promise<ReadonlyMap<string, RootView>> {
  const accounts = record.roots.map(({ account }) => (account === OWN_ACCOUNT ? identity.account : account));
  if (accounts.length === 0) {
    return new Map();
  }
  async function look(account: string): Promise<readonly [string, RootView]> {
    return [account, await viewRoot(aws, { account, identity, devices, summary }, access)];
  }
  const looking = inParallel(accounts, look, signal);
  const noun = countOf(accounts.length, 'account');
  return new Map(await terminal.during(`looking at the root user of ${noun}`, looking));
}

interface RootSubject {
  readonly record: FleetRecord;
  readonly identity: CallerIdentity;
  readonly devices: readonly VirtualDevice[];
  /** Of the caller's account. */
  readonly summary: AccountSummary | undefined;
}

async function viewRoot(
  aws: Pick<Aws, 'inAccount'>,
  { account, identity, devices, summary }: Omit<RootSubject, 'record'> & { readonly account: string },
  access: RootAccess,
): Promise<RootView> {
  const { partition } = identity;
  if (partition === GOV_CLOUD) {
    return { unseen: 'an account of AWS GovCloud has no MFA device of its root user' };
  }
  const isOwn = account === identity.account;
  const own = viewOf(devices, summary);
  const way = wayInto(account, partition, access);
  if (way === undefined || (isOwn && 'roleArn' in way)) {
    return isOwn
      ? own
      : { unseen: 'another account, which is looked into with --assume-root or --view-role-name' };
  }
  try {
    const view = await aws.inAccount(account, way);
    if ('roleArn' in way) {
      const [listed, there] = await Promise.all([view.virtualDevices(), unlessDenied(view.summary())]);
      return viewOf(listed, there);
    }
    const listed = await view.rootDevices();
    const hasCredentials = listed.length > 0 || (await unlessDenied(view.rootHasCredentials()));
    return { devices: listed.map(asRootDevice), hasAll: true, hasCredentials };
  } catch (error) {
    if (!(error instanceof AwsFault)) {
      throw error;
    }
    // AssumeRoot is for the members of an organization: its own account need not be one.
    return isOwn ? own : { unseen: `cannot look into the account: ${error.message}` };
  }
}

/** Views a root user through a listing of virtual devices and the account's summary, which tells no details. */
function viewOf(listed: readonly VirtualDevice[], summary: AccountSummary | undefined): RootView {
  const devices = listed.filter(({ isRoot }) => isRoot === true);
  const hasCredentials = devices.length > 0 || summary?.rootHasCredentials === true ? true : undefined;
  return { devices, hasAll: summary?.rootHasDevice === false, hasCredentials };
}

function asRootDevice({
  arn,
  enabledAt,
}: {
  readonly arn: string;
  readonly enabledAt: Date | undefined;
}): VirtualDevice {
  return { arn, isRoot: true, ...(enabledAt === undefined ? {} : { enabledAt }) };
}

function wayInto(
  account: string,
  partition: string,
  { assumeRoot, viewRoleName }: RootAccess,
): WayIn | undefined {
  if (assumeRoot === true) {
    return { assumeRoot: true };
  }
  return viewRoleName === undefined
    ? undefined
    : { roleArn: `arn:${partition}:iam::${account}:role/${viewRoleName}` };
}

/** Returns the options by which the commands of a root user see what this plan saw; none for the caller's own account. */
export function wayOptions(
  holder: string,
  { account: own, partition }: Pick<CallerIdentity, 'account' | 'partition'>,
  access: RootAccess,
): readonly string[] {
  const account = parseRootHolder(holder);
  const way = account === undefined || account === own ? undefined : wayInto(account, partition, access);
  if (way === undefined) {
    return [];
  }
  return 'roleArn' in way ? ['--view-role', way.roleArn] : ['--assume-root'];
}

/** Lists the root users of a record as holders, with the caller's account in place of `self`. */
export function rootsOf({ roots }: FleetRecord, ownAccount: string) {
  return roots.map(({ account: declared, tokens }) => {
    const account = declared === OWN_ACCOUNT ? ownAccount : declared;
    return { account, name: rootHolder(account), tokens };
  });
}
