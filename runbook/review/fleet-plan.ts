/**
 * Plans what needs doing in a fleet, from what was read and nothing else.
 *
 * Every token that the record declares gets one verdict, every device at the fleet's path that belongs to none of them
 * is a stray, and every unfinished ceremony of this machine is listed. A plan changes nothing.
 */
import { deviceKind, placeOfDevice } from '../../lib/record/devices';
import { evidenceName } from '../../lib/record/names';
import type { FleetRecord, SlotToken, Token } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import type { VirtualDevice } from '../aws/aws';
import type { ListedJournal } from '../ceremony/journal';
import type { CeremonyKind } from '../evidence/evidence';
import { type Order, planOrder } from './order';
import { formatDay, type Proofs, whyProve } from './proof';
import { endOfService } from './service-life';
import { findStrays, fleetDevices, type NamedDevice, type StrayDevice, slotKey } from './stray';

/** The state of a fleet, as it was read. */
interface FleetState {
  readonly record: FleetRecord;
  /** Every virtual device of the account. */
  readonly devices: readonly VirtualDevice[];
  /** Printed serials and security keys, which IAM lists for one user at a time: those of the holders that have some. */
  readonly printed: readonly VirtualDevice[];
  readonly proofs: Proofs;
  /** The unfinished ceremonies of this machine. */
  readonly journals: readonly ListedJournal[];
  /** The account that was read. */
  readonly account: string;
  readonly supply: Supply;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

interface HeldToken extends SlotToken {
  readonly holder: string;
}

/** The verdict on a declared token, and the reasons for it. */
interface Judgement {
  readonly verdict:
    | 'fine'
    /** No device in IAM. */
    | 'enroll'
    /** The slot's device belongs to a spare, as after a replacement: the record needs to be changed accordingly. */
    | 'deploy'
    /** The slot's device belongs to a token that is not a spare, or the token's service has ended. */
    | 'replace'
    /** There is no proof, or none that is recent enough. */
    | 'prove'
    /** Its device cannot be listed. */
    | 'not-checked';
  /** Serial of the spare in use, with the verdict `deploy`. */
  readonly spareInUse?: string;
  readonly cause?: 'other-token' | 'end-of-service';
  /** One clause; empty if the token is fine. */
  readonly why: string;
  /** The device that the verdict is about, if there is one. */
  readonly deviceArn?: string;
  /**
   * End of service of the token in use, which may be a spare, in Unix milliseconds. Absent if none is in use, or it has
   * no battery.
   */
  readonly endsAtMs?: number | undefined;
}

export type PlannedToken = HeldToken & Judgement;

/** A ceremony that this machine started and did not finish. */
interface Unfinished {
  readonly place: string;
  /** Absent if the journal cannot be read. */
  readonly ceremony?: CeremonyKind;
  readonly holder?: string;
  readonly slot?: string;
  readonly serial?: string;
  /** It belongs to the account that was read. */
  readonly isHere: boolean;
  readonly why: string;
}

export interface FleetPlan {
  /** Every declared token, in the record's order. */
  readonly tokens: readonly PlannedToken[];
  /** In the order of their ARNs. */
  readonly strays: readonly StrayDevice[];
  /** Oldest first. */
  readonly unfinished: readonly Unfinished[];
  readonly order: Order;
}

/** The state of a fleet, with the record's spares by serial. */
interface Known extends FleetState {
  readonly spares: ReadonlyMap<string, Token>;
}

export function planFleet(state: FleetState): FleetPlan {
  const { record, supply, nowMs } = state;
  const devices = fleetDevices(record.fleet, state.devices);
  const bySlot = groupBySlot(devices.named);
  const known = { ...state, spares: new Map(record.spares.map((spare) => [spare.serial, spare])) };
  const tokens = record.holders.flatMap(({ name, tokens: declared }) =>
    declared.map((token) => {
      const held = { ...token, holder: name };
      return { ...held, ...judgeToken(known, held, bySlot.get(slotKey(name, token.slot)) ?? []) };
    }),
  );
  const enrolled = devices.named.filter(({ user }) => user !== undefined);
  const inUse = new Set(enrolled.map(({ serial }) => serial));
  return {
    tokens,
    strays: findStrays(devices, tokens),
    unfinished: state.journals.map((listed) => tellUnfinished(listed, state.account)),
    order: planOrder({ record, tokens, inUse }, supply, nowMs),
  };
}

function groupBySlot(devices: readonly NamedDevice[]): ReadonlyMap<string, readonly NamedDevice[]> {
  const bySlot = new Map<string, readonly NamedDevice[]>();
  for (const device of devices) {
    const key = slotKey(device.holder, device.slot);
    bySlot.set(key, [...(bySlot.get(key) ?? []), device]);
  }
  return bySlot;
}

/** @param devices those whose name says that they are of this slot */
function judgeToken(known: Known, token: HeldToken, devices: readonly NamedDevice[]): Judgement {
  const printedSpare = findPrintedSpare(known, token);
  if (printedSpare !== undefined) {
    return judgeSpare(known, token, printedSpare);
  }
  if (token.type === 'hardware-totp') {
    return judgePrinted(known, token, [...keysInSlot(known, token), ...devices]);
  }
  const enabled = [...keysInSlot(known, token), ...devices].filter(({ user }) => user === token.holder);
  const own = enabled.find(({ serial }) => serial === token.serial);
  if (own !== undefined) {
    return judgeEnrolled(known, token, own);
  }
  const spare = enabled.find(({ serial }) => known.spares.has(serial));
  if (spare !== undefined) {
    return judgeSpare(known, token, spare);
  }
  const [other] = enabled;
  if (other === undefined) {
    return { verdict: 'enroll', why: 'no device in IAM' };
  }
  return {
    verdict: 'replace',
    cause: 'other-token',
    why: `the slot's device belongs to token ${other.serial}${since(other)}`,
    deviceArn: other.arn,
  };
}

/** Selects the security keys whose typed names say that they are of a slot. */
function keysInSlot({ printed }: Known, { holder, slot }: HeldToken): readonly NamedDevice[] {
  return printed.flatMap((device) => {
    const { arn, user } = device;
    const place =
      user === holder && deviceKind(arn) === 'fido' ? placeOfDevice({ arn, holder }, []) : undefined;
    return place?.slot === slot ? [{ ...device, holder, slot, serial: place.serial }] : [];
  });
}

/** IAM does not say in which slot a printed spare is: the evidence of its replacement does. */
function findPrintedSpare(
  { record, proofs, printed, spares }: Known,
  { holder, slot }: HeldToken,
): NamedDevice | undefined {
  const serial = proofs.get(evidenceName(record.fleet, holder, slot))?.evidence?.deviceArn ?? '';
  const device = printed.find(({ arn, user }) => arn === serial && user === holder);
  return device !== undefined && spares.has(serial) ? { ...device, holder, slot, serial } : undefined;
}

/** @param devices those whose name says that they are of this slot, from before it was a printed token's */
function judgePrinted(known: Known, token: HeldToken, devices: readonly NamedDevice[]): Judgement {
  const { holder, slot, serial } = token;
  const own = known.printed.find(({ arn, user }) => arn === serial && user === holder);
  if (own !== undefined) {
    return judgeEnrolled(known, token, { ...own, holder, slot, serial });
  }
  const other = devices.find(({ user }) => user === holder);
  return other === undefined
    ? { verdict: 'enroll', why: 'no device in IAM' }
    : {
        verdict: 'replace',
        cause: 'other-token',
        why: `the slot's device belongs to token ${other.serial}${since(other)}`,
        deviceArn: other.arn,
      };
}

function since({ enabledAt }: NamedDevice): string {
  return enabledAt === undefined ? '' : `, enabled ${formatDay(enabledAt.getTime())}`;
}

/** Judges a spare in use. Its record must be changed before anything else, so a further reason is only mentioned. */
function judgeSpare(known: Known, token: HeldToken, device: NamedDevice): Judgement {
  const { serial } = device;
  const inPlace = { ...token, type: known.spares.get(serial)?.type ?? token.type, serial };
  const { why, endsAtMs } = judgeEnrolled(known, inPlace, device);
  return {
    verdict: 'deploy',
    spareInUse: serial,
    why: `the slot's device belongs to the spare ${serial}${since(device)}${why === '' ? '' : `, and ${why}`}`,
    deviceArn: device.arn,
    endsAtMs,
  };
}

function judgeEnrolled(state: FleetState, token: HeldToken, device: NamedDevice): Judgement {
  const { record, proofs, supply, nowMs } = state;
  const endsAtMs = endOfService(token.type, device.enabledAt, supply.serviceYears);
  const known = { deviceArn: device.arn, endsAtMs };
  if (endsAtMs !== undefined && endsAtMs <= nowMs) {
    const why = `its ${supply.serviceYears} years of service ended ${formatDay(endsAtMs)}`;
    return { verdict: 'replace', cause: 'end-of-service', why, ...known };
  }
  const proof = proofs.get(evidenceName(record.fleet, token.holder, token.slot));
  const why = whyProve(proof, device, { nowMs, everyDays: supply.proveEveryDays });
  return why === undefined ? { verdict: 'fine', why: '', ...known } : { verdict: 'prove', why, ...known };
}

function tellUnfinished({ place, journal, error }: ListedJournal, account: string): Unfinished {
  if (journal === undefined) {
    return { place, isHere: false, why: `its journal cannot be used: ${error.detail}` };
  }
  const { ceremony, subject, serial, startedAt, by } = journal;
  const { holder, slot } = subject;
  const isHere = subject.account === account;
  const elsewhere = isHere ? '' : ` in account ${subject.account}`;
  const why = `${ceremony} started ${startedAt.slice(0, 10)} by ${by}${elsewhere}`;
  return { place, ceremony, holder, slot, serial, isHere, why };
}
