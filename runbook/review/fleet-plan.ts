/**
 * What is to be done in a fleet, decided from what was read and nothing else.
 *
 * Every token that the record declares gets one verdict, every device at the fleet's path that belongs to none of them
 * is a stray, and every unfinished ceremony of this machine is named. A plan changes nothing.
 */
import { evidenceName } from '../../lib/record/names';
import type { FleetRecord, SlotToken, Token, TokenType } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import type { VirtualDevice } from '../aws/aws';
import type { ListedJournal } from '../ceremony/journal';
import type { CeremonyKind } from '../evidence/evidence';
import { type Order, planOrder } from './order';
import { formatDay, type Proofs, whyProve } from './proof';
import { endOfService } from './service-life';
import { findStrays, fleetDevices, type NamedDevice, type StrayDevice, slotKey } from './stray';

/** What was read of the fleet. */
export interface FleetState {
  readonly record: FleetRecord;
  /** Every virtual device of the account. */
  readonly devices: readonly VirtualDevice[];
  readonly proofs: Proofs;
  /** The unfinished ceremonies of this machine. */
  readonly journals: readonly ListedJournal[];
  /** The account that was read. */
  readonly account: string;
  readonly supply: Supply;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** What is to be done with a declared token. */
export type Verdict =
  | 'fine'
  /** No device in IAM. */
  | 'enrol'
  /** The slot's device is of a spare of the record, as a replacement leaves it: the record is to follow. */
  | 'deploy'
  /** The slot's device is of a token that is no spare, or the token is at the end of its service. */
  | 'replace'
  /** No proof, or none that is young enough. */
  | 'prove'
  /** Of a type that IAM's listing of virtual devices does not hold. */
  | 'not-checked';

/** Why a token is to be replaced. */
export type ReplaceCause = 'other-token' | 'end-of-service';

/** A declared token and what is to be done with it. */
export interface PlannedToken {
  readonly holder: string;
  readonly slot: string;
  readonly serial: string;
  readonly type: TokenType;
  readonly custody: string | undefined;
  readonly verdict: Verdict;
  /** Serial of the spare that the slot's device is of; of `deploy`. */
  readonly spareInUse: string | undefined;
  /** Of a replacement. */
  readonly cause: ReplaceCause | undefined;
  /** One clause; empty where it is fine. */
  readonly why: string;
  /** The device it is about, where there is one. */
  readonly deviceArn: string | undefined;
  /**
   * End of the service of the token in use, which may be a spare; unix milliseconds. Absent where neither is enrolled,
   * or it has no battery to outlive.
   */
  readonly endsAtMs: number | undefined;
}

/** A ceremony that this machine began and did not finish. */
export interface Unfinished {
  /** The journal. */
  readonly place: string;
  /** Absent where the journal cannot be read. */
  readonly ceremony?: CeremonyKind;
  readonly holder?: string;
  readonly slot?: string;
  readonly serial?: string;
  /** It is of the account that was read. */
  readonly isHere: boolean;
  readonly why: string;
}

/** What is to be done in a fleet. */
export interface FleetPlan {
  /** Every declared token, in the record's order. */
  readonly tokens: readonly PlannedToken[];
  /** In the order of their ARNs. */
  readonly strays: readonly StrayDevice[];
  /** Oldest first. */
  readonly unfinished: readonly Unfinished[];
  readonly order: Order;
}

/** AWS lists these elsewhere: FIDO keys and hardware tokens are no virtual devices. */
const LISTED_ELSEWHERE: ReadonlySet<TokenType> = new Set(['fido2', 'hardware-totp']);

/** What was read, and the record's spares by serial. */
interface Known extends FleetState {
  readonly spares: ReadonlyMap<string, Token>;
}

/** Decides what is to be done. */
export function planFleet(state: FleetState): FleetPlan {
  const { record, supply, nowMs } = state;
  const devices = fleetDevices(record.fleet, state.devices);
  const bySlot = groupBySlot(devices.named);
  const known = { ...state, spares: new Map(record.spares.map((spare) => [spare.serial, spare])) };
  const tokens = record.holders.flatMap(({ name, tokens: declared }) =>
    declared.map((token) => planToken(known, name, token, bySlot.get(slotKey(name, token.slot)) ?? [])),
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
  const bySlot = new Map<string, NamedDevice[]>();
  for (const device of devices) {
    const key = slotKey(device.holder, device.slot);
    const sameSlot = bySlot.get(key);
    if (sameSlot) {
      sameSlot.push(device);
    } else {
      bySlot.set(key, [device]);
    }
  }
  return bySlot;
}

function planToken(
  known: Known,
  holder: string,
  token: SlotToken,
  devices: readonly NamedDevice[],
): PlannedToken {
  const { slot, serial, type, custody } = token;
  const { verdict, spareInUse, cause, why, deviceArn, endsAtMs } = judgeToken(known, holder, token, devices);
  return { holder, slot, serial, type, custody, verdict, spareInUse, cause, why, deviceArn, endsAtMs };
}

/** What is only known of some tokens may be left out here. */
type Judgement = Pick<PlannedToken, 'verdict' | 'why'> &
  Partial<Pick<PlannedToken, 'spareInUse' | 'cause' | 'deviceArn' | 'endsAtMs'>>;

/** @param devices those whose name says that they are of this slot */
function judgeToken(
  known: Known,
  holder: string,
  token: SlotToken,
  devices: readonly NamedDevice[],
): Judgement {
  if (LISTED_ELSEWHERE.has(token.type)) {
    return { verdict: 'not-checked', why: `${token.type} is not among the virtual devices that IAM lists` };
  }
  const enabled = devices.filter(({ user }) => user === holder);
  const own = enabled.find(({ serial }) => serial === token.serial);
  if (own !== undefined) {
    return judgeEnrolled(known, holder, token, own);
  }
  const spare = enabled.find(({ serial }) => known.spares.has(serial));
  if (spare !== undefined) {
    return judgeSpare(known, holder, token, spare);
  }
  const [other] = enabled;
  if (other === undefined) {
    return { verdict: 'enrol', why: 'no device in IAM' };
  }
  return {
    verdict: 'replace',
    cause: 'other-token',
    why: `the slot's device is of the token ${other.serial}${since(other)}`,
    deviceArn: other.arn,
  };
}

function since({ enabledAt }: NamedDevice): string {
  return enabledAt === undefined ? '' : `, enabled ${formatDay(enabledAt.getTime())}`;
}

/** Nothing else can be done with the slot before the record follows, so what comes after is only told. */
function judgeSpare(known: Known, holder: string, token: SlotToken, device: NamedDevice): Judgement {
  const { serial } = device;
  const inPlace = { ...token, type: known.spares.get(serial)?.type ?? token.type, serial };
  const { why, endsAtMs } = judgeEnrolled(known, holder, inPlace, device);
  return {
    verdict: 'deploy',
    spareInUse: serial,
    why: `the slot's device is of the spare ${serial}${since(device)}${why === '' ? '' : `, and ${why}`}`,
    deviceArn: device.arn,
    ...(endsAtMs === undefined ? {} : { endsAtMs }),
  };
}

function judgeEnrolled(state: FleetState, holder: string, token: SlotToken, device: NamedDevice): Judgement {
  const { record, proofs, supply, nowMs } = state;
  const endsAtMs = endOfService(token.type, device.enabledAt, supply.serviceYears);
  const known = { deviceArn: device.arn, endsAtMs };
  if (endsAtMs !== undefined && endsAtMs <= nowMs) {
    const why = `its ${supply.serviceYears} years of service ended ${formatDay(endsAtMs)}`;
    return { verdict: 'replace', cause: 'end-of-service', why, ...known };
  }
  const proof = proofs.get(evidenceName(record.fleet, holder, token.slot));
  const why = whyProve(proof, device, nowMs, supply.proveEveryDays);
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
  const why = `${ceremony} begun ${startedAt.slice(0, 10)} by ${by}${elsewhere}`;
  return { place, ceremony, holder, slot, serial, isHere, why };
}
