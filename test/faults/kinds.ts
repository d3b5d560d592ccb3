/** The ceremonies of the other kinds of token: what a seed is burned to by another driver, and what AWS knows already. */
import type { TokenType } from '../../lib/record/record';
import { ALICE, BOB, type EnrolledSlot, FLEET, isKey, KEYS, nameOf, PRINTED, TOKENS } from './cast';
import { ALICE_PRIMARY, type Ceremony, evidenceOf, isEnrolled, isInStep, isRetired } from './ceremonies';
import type { World } from './world';

/** One kind, and the places that its ceremonies are about. */
export interface Kind {
  readonly type: TokenType;
  /** Declared for a primary slot. */
  readonly place: string;
  readonly spare: string;
  /** The lead of its clock in a drill: more than STS accepts. A key has no clock. */
  readonly driftSeconds: number;
}

const KINDS: readonly Kind[] = [
  {
    type: 'molto2',
    place: '826658719844499+07',
    spare: '826658719844500+09',
    driftSeconds: 200,
  },
  { type: 'oath', place: '12345678', spare: '12345679', driftSeconds: 0 },
  { type: 'hardware-totp', place: PRINTED[0], spare: PRINTED[1], driftSeconds: 200 },
];

/** A lost token is replaced before it is cut off, and a stolen one after that. */
const REASONS = [
  { reason: 'lost' },
  { reason: 'stolen', mayLose: { [ALICE]: 1 }, firstEffect: 'DeactivateMFADevice' },
] as const;

/** The ceremonies of these kinds. */
export const KIND_CEREMONIES: readonly Ceremony[] = [
  ...KINDS.flatMap(ceremoniesOf),
  ...keyCeremonies(),
  ...mixedCeremonies(),
];

function ceremoniesOf(kind: Kind): readonly Ceremony[] {
  const { type, place, spare, driftSeconds } = kind;
  const inventory = inventoryOf(kind);
  const enrolled: EnrolledSlot = { ...ALICE_PRIMARY, serial: place };
  const backup: EnrolledSlot = { holder: ALICE, slot: 'backup', serial: TOKENS.aliceBackup };
  const common = { driver: type, slots: [ALICE_PRIMARY], inventory, again: true };
  const slot = [ALICE, '--slot', 'primary'];
  return [
    {
      ...common,
      name: `enroll ${type}`,
      args: ['enroll', ...slot],
      enrolled: [],
      serials: [place],
      isDone: (world) => isEnrolled(world, ALICE_PRIMARY, place),
    },
    {
      ...common,
      name: `prove ${type}`,
      args: ['prove', ...slot],
      enrolled: [{ ...enrolled, driftSeconds }],
      serials: [place],
      isDone: (world) =>
        evidenceOf(world, ALICE_PRIMARY)?.ceremony === 'prove' && isInStep(world, ALICE_PRIMARY, place),
    },
    {
      ...common,
      name: `resync ${type}`,
      args: ['resync', ...slot],
      enrolled: [{ ...enrolled, driftSeconds: -driftSeconds }],
      serials: [place],
      isDone: (world) =>
        evidenceOf(world, ALICE_PRIMARY)?.ceremony === 'resync' && isInStep(world, ALICE_PRIMARY, place),
    },
    ...REASONS.map(
      ({ reason, ...more }): Ceremony => ({
        ...common,
        ...more,
        name: `replace ${type}, ${reason}`,
        args: ['replace', ...slot, '--reason', reason, '--spare', spare.replace(/\+.*/, '')],
        enrolled: [{ ...enrolled, token: 'gone' }],
        serials: [spare],
        isDone: (world) =>
          isEnrolled(world, ALICE_PRIMARY, spare) &&
          world.witness.device(world.arn(enrolled)) === undefined &&
          evidenceOf(world, ALICE_PRIMARY)?.ceremony === 'replace',
      }),
    ),
    {
      ...common,
      name: `retire ${type}`,
      args: ['retire', ...slot, '--confirm', ALICE],
      enrolled: [enrolled, backup],
      serials: [place],
      mayLose: { [ALICE]: 1 },
      isDone: (world) => isRetired(world, ALICE_PRIMARY),
    },
  ];
}

/** A security key has a device with a random name, and its proof is a sign-in. */
function keyCeremonies(): readonly Ceremony[] {
  const [place, spare] = KEYS;
  const key: Kind = { type: 'fido2', place, spare, driftSeconds: 0 };
  const enrolled: EnrolledSlot = { ...ALICE_PRIMARY, serial: place };
  const backup: EnrolledSlot = { holder: ALICE, slot: 'backup', serial: TOKENS.aliceBackup };
  const common = { driver: key.type, slots: [ALICE_PRIMARY], inventory: inventoryOf(key), again: true };
  const slot = [ALICE, '--slot', 'primary'];
  function isRegistered(world: World, serial: string): boolean {
    const device = world.witness.devices.find(({ arn }) => isKey(arn) && nameOf(arn)?.serial === serial);
    return device?.user === ALICE && evidenceOf(world, ALICE_PRIMARY)?.deviceArn === device.arn;
  }
  function isGone(world: World, serial: string): boolean {
    return world.witness.devices.every(({ arn }) => !isKey(arn) || nameOf(arn)?.serial !== serial);
  }
  function is(world: World, ceremony: string): boolean {
    return evidenceOf(world, ALICE_PRIMARY)?.ceremony === ceremony;
  }
  return [
    {
      ...common,
      name: 'enroll fido2',
      args: ['enroll', ...slot],
      enrolled: [],
      serials: [place],
      isDone: (world) => isRegistered(world, place),
    },
    {
      ...common,
      name: 'prove fido2',
      args: ['prove', ...slot],
      enrolled: [enrolled],
      serials: [place],
      isDone: (world) => isRegistered(world, place) && is(world, 'prove'),
    },
    {
      ...common,
      name: 'prove fido2, before a witness',
      args: ['prove', ...slot, '--witness', 'Wanda Witt'],
      enrolled: [enrolled],
      serials: [place],
      isDone: (world) => isRegistered(world, place) && is(world, 'prove'),
    },
    ...REASONS.map(
      ({ reason, ...more }): Ceremony => ({
        ...common,
        ...more,
        name: `replace fido2, ${reason}`,
        args: ['replace', ...slot, '--reason', reason, '--spare', spare],
        enrolled: [{ ...enrolled, token: 'gone' }],
        serials: [spare],
        isDone: (world) => isRegistered(world, spare) && isGone(world, place) && is(world, 'replace'),
      }),
    ),
    {
      ...common,
      name: 'retire fido2',
      args: ['retire', ...slot, '--confirm', ALICE],
      enrolled: [enrolled, backup],
      serials: [place],
      mayLose: { [ALICE]: 1 },
      isDone: (world) => isGone(world, place) && is(world, 'retire'),
    },
  ];
}

/** Sittings with tokens of several kinds. */
function mixedCeremonies(): readonly Ceremony[] {
  const bob: EnrolledSlot = { holder: BOB, slot: 'primary', serial: TOKENS.bobPrimary };
  const others = KINDS.filter(({ type }) => type !== 'hardware-totp');
  // Bob has no device but the fleet's, so that a retirement of all leaves none.
  const mixed = [bob, ...others.map(({ type, place }) => ({ holder: BOB, slot: type, serial: place }))];
  const inventory = [
    `fleet: ${FLEET}\nholders:\n  ${BOB}:\n    - { slot: primary, serial: "${TOKENS.bobPrimary}" }\n`,
    ...others.map(({ type, place }) => `    - { slot: ${type}, ${declared(type, place)} }\n`),
  ].join('');
  const common = { slots: mixed, inventory, serials: mixed.map(({ serial }) => serial), again: true };
  return [
    {
      ...common,
      name: 'enroll-all, of several kinds',
      args: ['enroll', '--all'],
      enrolled: [],
      isDone: (world) => mixed.every((each) => isEnrolled(world, each, each.serial)),
    },
    {
      ...common,
      name: 'retire-all, of several kinds',
      args: ['retire', BOB, '--all-devices', '--confirm', BOB],
      enrolled: mixed,
      mayLose: { [BOB]: mixed.length },
      isDone: (world) => mixed.every((each) => isRetired(world, each)),
    },
  ];
}

/** Writes a token as the inventory has it. */
export function declared(type: TokenType, place: string): string {
  const [serial, profile] = place.split('+');
  return `serial: "${serial}", type: ${type}${profile === undefined ? '' : `, profile: ${Number(profile)}`}`;
}

function inventoryOf({ type, place, spare }: Kind): string {
  return `
fleet: ${FLEET}
holders:
  ${ALICE}:
    - { slot: primary, ${declared(type, place)}, custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${TOKENS.aliceBackup}", custody: "bank deposit box" }
  ${BOB}:
    - { slot: primary, serial: "${TOKENS.bobPrimary}" }
spares:
  - { ${declared(type, spare)}, custody: "security office" }
`;
}
