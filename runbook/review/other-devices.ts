/** Lists the devices of holders that are not virtual: IAM lists them for one user at a time only. */
import { evidenceName } from '../../lib/record/names';
import type { FleetRecord, TokenType } from '../../lib/record/record';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import type { AccountFacts } from './account-facts';
import { inParallel } from './in-parallel';
import type { Proofs } from './proof';

/** The types whose devices IAM lists for one user at a time only. */
const NOT_VIRTUAL: ReadonlySet<TokenType> = new Set(['hardware-totp', 'fido2']);

/** In a fleet of up to this many holders, each is asked for if the account has devices that nothing else explains. */
export const ASKED_FOR_HOLDERS = 50;

interface Known {
  readonly record: FleetRecord;
  readonly proofs: Proofs;
  /** Every virtual device of the account. */
  readonly devices: readonly VirtualDevice[];
  readonly facts: AccountFacts;
}

/**
 * Lists the devices that are not virtual, of the holders who have some by the record or by the evidence of a
 * replacement. The account's summary counts the devices in use: where it counts more, the other holders are asked for too.
 *
 * @param isThorough ask for every holder, however many there are
 * @returns the devices, and how many the summary counts that were not found: users who are no holders have some as well;
 *   `undefined` if it does not count them
 */
export async function readOthers(
  ports: Pick<Ports, 'aws' | 'terminal' | 'signal'>,
  { record, proofs, devices, facts }: Known,
  isThorough: boolean,
): Promise<{ readonly listed: readonly VirtualDevice[]; readonly unlisted: number | undefined }> {
  const names = record.holders.map(({ name }) => name);
  const expected = new Set(holdersOfOthers(record, proofs));
  const listed = await list(ports, isThorough ? names : [...expected]);
  const assigned = devices.filter(({ user, isRoot }) => user !== undefined || isRoot === true);
  const rest = names.filter((name) => !expected.has(name));
  if (isThorough || rest.length === 0) {
    return { listed, unlisted: 0 };
  }
  const inUse = facts.summary?.devicesInUse;
  if (inUse === undefined) {
    return { listed, unlisted: undefined };
  }
  const unexplained = inUse - assigned.length - listed.length;
  if (unexplained <= 0) {
    return { listed, unlisted: 0 };
  }
  if (names.length > ASKED_FOR_HOLDERS) {
    return { listed, unlisted: unexplained };
  }
  return { listed: [...listed, ...(await list(ports, rest))], unlisted: 0 };
}

function holdersOfOthers({ fleet, holders }: FleetRecord, proofs: Proofs): readonly string[] {
  return holders
    .filter(({ name, tokens }) =>
      tokens.some(({ type, slot }) => {
        const enabled = proofs.get(evidenceName(fleet, name, slot))?.evidence?.deviceArn;
        return NOT_VIRTUAL.has(type) || (enabled !== undefined && !enabled.includes(':mfa/'));
      }),
    )
    .map(({ name }) => name);
}

async function list(
  { aws, terminal, signal }: Pick<Ports, 'aws' | 'terminal' | 'signal'>,
  holders: readonly string[],
): Promise<readonly VirtualDevice[]> {
  async function listOne(user: string): Promise<readonly VirtualDevice[]> {
    const devices = await aws.devicesOf(user).catch(noneIfGone);
    return devices
      .filter(({ arn }) => !arn.includes(':mfa/'))
      .map(({ arn, enabledAt }) => ({ arn, user, ...(enabledAt === undefined ? {} : { enabledAt }) }));
  }
  if (holders.length === 0) {
    return [];
  }
  const listing = inParallel(holders, listOne, signal);
  const noun = countOf(holders.length, 'holder');
  return (await terminal.during(`listing the FIDO keys and hardware TOTP tokens of ${noun}`, listing)).flat();
}

/** Returns no devices for a user who does not exist; throws any other error again. */
function noneIfGone(error: unknown): readonly AssignedDevice[] {
  if (isGone(error)) {
    return [];
  }
  throw error;
}
