/**
 * The ceremonies under test, as a table: how the world is prepared for each, its command line, which tokens its
 * operator holds, what may be lost, and what "done" is.
 */
import { evidenceName } from '../../lib/record/names';
import type { TokenType } from '../../lib/record/record';
import { parseEvidence } from '../../runbook/evidence/evidence-text';
import {
  ALICE,
  BOB,
  type EnrolledSlot,
  FLEET,
  INVENTORY,
  INVENTORY_CHANGED,
  isPrinted,
  nameOf,
  type Slot,
  TOKENS,
} from './cast';
import { stepsApart } from './iam-witness';
import type { World } from './world';

/** One command of one operator. */
export interface Ceremony {
  readonly name: string;
  /** The type of the token that it is about. @default programmable */
  readonly driver?: TokenType;
  readonly args: readonly string[];
  /** The slots it is about: two ceremonies about one slot are a race. */
  readonly slots: readonly Slot[];
  readonly enrolled: readonly EnrolledSlot[];
  /** @default the record of the cast */
  readonly inventory?: string;
  /** Tokens in the operator's hands. */
  readonly serials: readonly string[];
  /** The number of working devices that each holder may lose. */
  readonly mayLose?: Readonly<Record<string, number>>;
  /** The operation that must change IAM first. */
  readonly firstEffect?: string;
  /** Tells whether the ceremony has reached its goal. */
  isDone(world: World): boolean;
  /** The operator types the command once more when it is not done after the resume; it must then succeed. */
  readonly again: boolean;
}

/** Tells whether a slot's device is enabled for the holder and its token works with it. */
export function isEnrolled(world: World, { holder, slot }: Slot, serial: string): boolean {
  const device = world.witness.device(world.arn({ holder, slot, serial }));
  return device?.user === holder && world.token(serial).holds(device.seed);
}

/** Tells whether sign-in takes the token's codes: STS forgives two steps, of which a late answer may use up both. */
export function isInStep(world: World, { holder, slot }: Slot, serial: string): boolean {
  const device = world.witness.device(world.arn({ holder, slot, serial }));
  if (device === undefined) {
    return false;
  }
  return Math.abs(stepsApart(device, world.token(serial).clockSeconds, world.clock.now())) <= 2;
}

/** The evidence of a slot in SSM. */
export function evidenceOf(world: World, { holder, slot }: Slot) {
  const text = world.parameters.get(evidenceName(FLEET, holder, slot));
  return text === undefined ? undefined : parseEvidence(text).evidence;
}

/** Tells whether a slot has no device of ours left, and evidence says so. */
export function isRetired(world: World, { holder, slot }: Slot): boolean {
  const isGone = world.witness.devices.every((device) => {
    const name = nameOf(device.arn);
    const isMade = device.tags['mfa-guardrails:run'] !== undefined || isPrinted(device.arn);
    const isOurs = name?.holder === holder && name.slot === slot && isMade;
    return !isOurs;
  });
  return isGone && evidenceOf(world, { holder, slot })?.ceremony === 'retire';
}

export const ALICE_PRIMARY: Slot = { holder: ALICE, slot: 'primary' };
const ALICE_BACKUP: Slot = { holder: ALICE, slot: 'backup' };
const BOB_PRIMARY: Slot = { holder: BOB, slot: 'primary' };
/** The record declares it no more. */
const BOB_TRAVEL: Slot = { holder: BOB, slot: 'travel' };

function enroll(name: string, slot: Slot, serial: string, ...options: readonly string[]): Ceremony {
  return {
    name,
    args: ['enroll', slot.holder, '--slot', slot.slot, ...options],
    slots: [slot],
    enrolled: [],
    serials: [serial],
    isDone: (world) => isEnrolled(world, slot, serial),
    again: true,
  };
}

/** The offset of a token's clock in a drill: more than STS accepts, less than AWS finds. */
const DRIFT_SECONDS = 200;

function drill(name: string, command: 'prove' | 'resync', driftSeconds: number): Ceremony {
  return {
    name,
    args: [command, ALICE, '--slot', 'primary'],
    slots: [ALICE_PRIMARY],
    enrolled: [{ ...ALICE_PRIMARY, serial: TOKENS.alicePrimary, driftSeconds }],
    serials: [TOKENS.alicePrimary],
    isDone: (world) =>
      evidenceOf(world, ALICE_PRIMARY)?.ceremony === command &&
      isInStep(world, ALICE_PRIMARY, TOKENS.alicePrimary),
    again: true,
  };
}

function replacement(
  name: string,
  reason: 'lost' | 'stolen' | 'broken' | 'expired',
  more: Pick<Ceremony, 'enrolled' | 'serials'> & Partial<Ceremony>,
  serial: string,
  ...options: readonly string[]
): Ceremony {
  return {
    name,
    args: ['replace', ALICE, '--slot', 'primary', '--reason', reason, ...options],
    slots: [ALICE_PRIMARY],
    isDone: (world) =>
      isEnrolled(world, ALICE_PRIMARY, serial) &&
      world.witness.device(world.arn({ ...ALICE_PRIMARY, serial: TOKENS.alicePrimary })) === undefined &&
      evidenceOf(world, ALICE_PRIMARY)?.ceremony === 'replace',
    again: true,
    ...more,
  };
}

/** Alice's primary slot with its first token. */
function enrolledPrimary(token?: 'gone' | 'broken'): EnrolledSlot {
  return {
    ...ALICE_PRIMARY,
    serial: TOKENS.alicePrimary,
    ...(token === undefined ? {} : { token }),
  };
}

/** Every ceremony. */
export const CEREMONIES: readonly Ceremony[] = [
  enroll('enroll', ALICE_PRIMARY, TOKENS.alicePrimary),
  {
    ...enroll('enroll-second', ALICE_BACKUP, TOKENS.aliceBackup, '--codes', '1'),
    enrolled: [{ ...ALICE_PRIMARY, serial: TOKENS.alicePrimary }],
  },
  enroll('enroll-other', BOB_PRIMARY, TOKENS.bobPrimary, '--codes', '2'),
  {
    name: 'enroll-all',
    args: ['enroll', '--all'],
    slots: [ALICE_PRIMARY, ALICE_BACKUP, BOB_PRIMARY],
    enrolled: [],
    serials: [TOKENS.bobPrimary, TOKENS.alicePrimary, TOKENS.aliceBackup],
    isDone: (world) =>
      isEnrolled(world, ALICE_PRIMARY, TOKENS.alicePrimary) &&
      isEnrolled(world, ALICE_BACKUP, TOKENS.aliceBackup) &&
      isEnrolled(world, BOB_PRIMARY, TOKENS.bobPrimary),
    again: true,
  },
  drill('prove', 'prove', 0),
  drill('prove-drifted', 'prove', DRIFT_SECONDS),
  drill('resync', 'resync', -DRIFT_SECONDS),
  // The record was changed first; the lost token still works wherever it is.
  replacement(
    'replace-lost',
    'lost',
    { enrolled: [enrolledPrimary('gone')], serials: [TOKENS.aliceNew], inventory: INVENTORY_CHANGED },
    TOKENS.aliceNew,
  ),
  replacement(
    'replace-stolen',
    'stolen',
    {
      enrolled: [enrolledPrimary('gone')],
      serials: [TOKENS.aliceNew],
      inventory: INVENTORY_CHANGED,
      mayLose: { [ALICE]: 1 },
      firstEffect: 'DeactivateMFADevice',
    },
    TOKENS.aliceNew,
  ),
  replacement(
    'replace-broken',
    'broken',
    { enrolled: [enrolledPrimary('broken')], serials: [TOKENS.spare] },
    TOKENS.spare,
    ...['--spare', TOKENS.spare, '--codes', '1'],
  ),
  replacement(
    'replace-expired',
    'expired',
    {
      enrolled: [enrolledPrimary()],
      serials: [TOKENS.aliceNew, TOKENS.alicePrimary],
      inventory: INVENTORY_CHANGED,
    },
    TOKENS.aliceNew,
    ...['--codes', '1'],
  ),
  {
    name: 'retire',
    args: ['retire', ALICE, '--slot', 'primary', '--confirm', ALICE],
    slots: [ALICE_PRIMARY],
    enrolled: [enrolledPrimary(), { ...ALICE_BACKUP, serial: TOKENS.aliceBackup }],
    serials: [],
    mayLose: { [ALICE]: 1 },
    isDone: (world) => isRetired(world, ALICE_PRIMARY),
    again: true,
  },
  {
    name: 'retire-all',
    args: ['retire', BOB, '--all-devices', '--confirm', BOB],
    slots: [BOB_PRIMARY, BOB_TRAVEL],
    enrolled: [
      { ...BOB_PRIMARY, serial: TOKENS.bobPrimary },
      { ...BOB_TRAVEL, serial: TOKENS.bobTravel },
    ],
    serials: [],
    mayLose: { [BOB]: 2 },
    isDone: (world) => isRetired(world, BOB_PRIMARY) && isRetired(world, BOB_TRAVEL),
    again: true,
  },
];

/** Tells whether two ceremonies can run in one world. */
export function fitTogether(one: Ceremony, other: Ceremony): boolean {
  if ((one.inventory ?? INVENTORY) !== (other.inventory ?? INVENTORY)) {
    return false;
  }
  return needsFree(one, other) && needsFree(other, one);
}

/** Nothing one of them must enroll is enrolled by the preparation of the other. */
function needsFree(one: Ceremony, other: Ceremony): boolean {
  function own(slot: Slot): string {
    return JSON.stringify(one.enrolled.find((each) => isSameSlot(each, slot)) ?? null);
  }
  function others(slot: Slot): string {
    return JSON.stringify(other.enrolled.find((each) => isSameSlot(each, slot)) ?? null);
  }
  return one.slots.every((slot) => own(slot) === others(slot));
}

function isSameSlot(a: Slot, b: Slot): boolean {
  return a.holder === b.holder && a.slot === b.slot;
}
