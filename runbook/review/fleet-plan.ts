/**
 * Plans what needs doing in a fleet, from what was read and nothing else.
 *
 * Every token that the record declares, those of root users among them, gets one verdict, every device of the fleet that
 * belongs to none of them is a stray, and every unfinished ceremony of this machine is listed. A plan changes nothing.
 */
import { deviceKindOf } from '../../lib/record/devices';
import { devicePath, normalizePrintedSerial } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import type { FleetRecord, SlotToken } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import type { VirtualDevice } from '../aws/aws';
import type { ListedJournal } from '../ceremony/journal';
import type { CeremonyKind } from '../evidence/evidence';
import type { AccountFacts } from './account-facts';
import { type Finding, findAroundTokens, type HeldDevice } from './holder-findings';
import { type Grounds, type HeldToken, type Judgement, judgeToken } from './judge-token';
import { type Order, planOrder } from './order';
import type { Proofs } from './proof';
import { type RootView, rootsOf } from './read-roots';
import {
  fidoDevices,
  findStrays,
  fleetDevices,
  type NamedDevice,
  rootDevices,
  type StrayDevice,
  slotKey,
} from './stray';

/** The state of a fleet, as it was read. */
interface FleetState {
  readonly record: FleetRecord;
  /** Every virtual device of the account. */
  readonly devices: readonly VirtualDevice[];
  readonly facts: AccountFacts;
  /** The devices that are not virtual, of the holders who were asked for. */
  readonly listed: readonly VirtualDevice[];
  /** The number of devices that are not virtual and were not asked for; `undefined` if nobody counted them. */
  readonly unlisted: number | undefined;
  /** The devices of the root users, by account. */
  readonly roots: ReadonlyMap<string, RootView>;
  readonly proofs: Proofs;
  /** The unfinished ceremonies of this machine. */
  readonly journals: readonly ListedJournal[];
  /** The account that was read. */
  readonly account: string;
  readonly supply: Supply;
  /** Unix milliseconds. */
  readonly nowMs: number;
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
  /** Every declared token, in the record's order: those of users, then those of root users. */
  readonly tokens: readonly PlannedToken[];
  /** In the order of their ARNs. */
  readonly strays: readonly StrayDevice[];
  readonly findings: readonly Finding[];
  /** Oldest first. */
  readonly unfinished: readonly Unfinished[];
  readonly order: Order;
}

export function planFleet(state: FleetState): FleetPlan {
  const { record, supply, nowMs, account } = state;
  const { fleet } = record;
  const spares = new Map(record.spares.map((spare) => [formatPlace(spare), spare]));
  const grounds: Grounds = { ...state, fleet, spares };
  const users = planUsers(state, grounds);
  const roots = rootsOf(record, account).map((root) => planRoot(state, grounds, root));
  const tokens = [...users.tokens, ...roots.flatMap((root) => root.tokens)];
  const named = [...users.named, ...roots.flatMap((root) => root.named)];
  const others = [...foreignDevices(state, named, users.tokens), ...roots.flatMap((root) => root.others)];
  const enrolled = named.filter(({ user }) => user !== undefined);
  const ofRoots = [...state.roots.values()].flatMap((view) => ('unseen' in view ? [] : view.devices));
  const inUse = new Set([
    ...enrolled.map(formatPlace),
    // IAM knows a hardware TOTP token by the serial printed on it, whoever has it.
    ...[...state.listed, ...ofRoots].map(({ arn }) => normalizePrintedSerial(arn)),
    ...tokens.flatMap(({ spareInUse }) => (spareInUse === undefined ? [] : [formatPlace(spareInUse)])),
  ]);
  return {
    tokens,
    strays: findStrays({ named, unnamed: users.unnamed }, tokens),
    findings: findAroundTokens({ ...state, others }),
    unfinished: state.journals.map((listed) => tellUnfinished(listed, account)),
    order: planOrder({ record, tokens, inUse }, supply, nowMs),
  };
}

/** Judges the tokens of IAM users. */
function planUsers({ record, devices, listed, facts }: FleetState, grounds: Grounds) {
  const held = record.holders.flatMap(({ name, tokens }) =>
    tokens.map((token) => ({ ...token, holder: name })),
  );
  const declared = new Set(held.map(({ holder, slot }) => slotKey(holder, slot)));
  const { named: virtual, unnamed } = fleetDevices(record.fleet, devices);
  const named = [...virtual, ...fidoDevices(listed, declared)];
  const bySlot = groupBySlot(named);
  const byUser = groupByUser(listed);
  const tokens = held.map((token) => {
    const inSlot = bySlot.get(slotKey(token.holder, token.slot)) ?? [];
    const seen = { inSlot, listed: byUser.get(token.holder.toLowerCase()) ?? [], isListed: true };
    const judgement = judgeToken(grounds, token, seen);
    const isUser = facts.users === undefined || facts.users.has(token.holder.toLowerCase());
    return { ...token, ...(judgement.verdict === 'enroll' && !isUser ? NO_USER : judgement) };
  });
  return { tokens, named, unnamed };
}

const NO_USER: Judgement = {
  verdict: 'inspect',
  why: 'the account has no IAM user of this name',
  byHand: 'create the user (`cdk deploy` does, where it creates the holders), or correct tokens.yaml',
};

/** Selects the devices of users of the record that neither are at the fleet's path nor belong to one of their slots. */
function foreignDevices(
  { record, devices, listed }: FleetState,
  named: readonly NamedDevice[],
  tokens: readonly PlannedToken[],
): readonly HeldDevice[] {
  const ours = new Set([...named.map(({ arn }) => arn), ...tokens.map(({ deviceArn }) => deviceArn)]);
  const holders = new Map(record.holders.map(({ name }) => [name.toLowerCase(), name]));
  const path = devicePath(record.fleet);
  return [...devices, ...listed].flatMap((device) => {
    const holder = holders.get(device.user?.toLowerCase() ?? '');
    // A stray at the fleet's path is reported as one.
    const isOurs = ours.has(device.arn) || device.arn.includes(`:mfa${path}`);
    return holder === undefined || isOurs ? [] : [{ ...device, holder }];
  });
}

/** Judges the tokens of one root user. */
function planRoot(
  state: FleetState,
  grounds: Grounds,
  root: { readonly account: string; readonly name: string; readonly tokens: readonly SlotToken[] },
): {
  readonly tokens: readonly PlannedToken[];
  readonly named: readonly NamedDevice[];
  readonly others: readonly HeldDevice[];
} {
  const { account, name } = root;
  const view = state.roots.get(account) ?? { unseen: 'its account was not looked into' };
  const held = root.tokens.map((token) => ({ ...token, holder: name }));
  if ('unseen' in view) {
    return {
      tokens: held.map((token) => ({ ...token, verdict: 'not-checked' as const, why: view.unseen })),
      named: [],
      others: [],
    };
  }
  // A device that is assigned to nobody is seen in the account that was read only.
  const unassigned = account === state.account ? state.devices.filter((each) => isUnassigned(each)) : [];
  const named = rootDevices(root, [...view.devices, ...unassigned]);
  const bySlot = groupBySlot(named);
  const listed = view.devices.map((device) => ({ ...device, user: name }));
  const tokens = held.map((token) => {
    const inSlot = bySlot.get(slotKey(name, token.slot)) ?? [];
    const isListed = view.hasAll || deviceKindOf(token.type) === 'virtual';
    return { ...token, ...ofRoot(judgeToken(grounds, token, { inSlot, listed, isListed }), view) };
  });
  const ours = new Set([...named.map(({ arn }) => arn), ...tokens.map(({ deviceArn }) => deviceArn)]);
  const others = view.devices
    .filter(({ arn }) => !ours.has(arn))
    .map((device) => ({ ...device, holder: name }));
  return { tokens, named, others };
}

/** Judges a token without a device by what its root user can sign in with: with nothing, there is nothing to protect. */
function ofRoot(
  judgement: Judgement,
  { hasCredentials }: { readonly hasCredentials: boolean | undefined },
): Judgement {
  if (judgement.verdict !== 'enroll' || hasCredentials === true) {
    return judgement;
  }
  return hasCredentials === false
    ? { verdict: 'no-credentials', why: 'its root user has neither a password nor keys nor certificates' }
    : { ...judgement, why: `${judgement.why}; whether its root user can sign in at all is not known` };
}

function isUnassigned({ user, isRoot }: VirtualDevice): boolean {
  return user === undefined && isRoot !== true;
}

function groupBySlot(devices: readonly NamedDevice[]): ReadonlyMap<string, readonly NamedDevice[]> {
  const bySlot = new Map<string, NamedDevice[]>();
  for (const device of devices) {
    const key = slotKey(device.holder, device.slot);
    const same = bySlot.get(key);
    if (same === undefined) {
      bySlot.set(key, [device]);
    } else {
      same.push(device);
    }
  }
  return bySlot;
}

function groupByUser(devices: readonly VirtualDevice[]): ReadonlyMap<string, readonly VirtualDevice[]> {
  const byUser = new Map<string, VirtualDevice[]>();
  for (const device of devices) {
    const user = device.user?.toLowerCase() ?? '';
    const same = byUser.get(user);
    if (same === undefined) {
      byUser.set(user, [device]);
    } else {
      same.push(device);
    }
  }
  return byUser;
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
