/** The ceremonies of the other kinds of token: what a seed is burned to by another driver, and what AWS knows already. */
import type { TokenType } from '../../lib/record/record';
import {
  ALICE,
  BOB,
  type EnrolledSlot,
  FLEET,
  INVENTORY,
  isKey,
  KEYS,
  nameOf,
  PRINTED,
  ROOT,
  TOKENS,
} from './cast';
import { ALICE_PRIMARY, type Ceremony, evidenceOf, isEnrolled, isInStep, isRetired } from './ceremonies';
import type { World } from './world';

/** One kind, and the places that its ceremonies are about. */
interface Kind {
  readonly type: TokenType;
  /** Declared for Alice's primary slot. */
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

/** The ceremonies of these kinds. */
export const KIND_CEREMONIES: readonly Ceremony[] = [
  ...KINDS.flatMap(ceremoniesOf),
  ...keyCeremonies(),
  ...rootCeremonies(),
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
      name: `replace ${type}`,
      args: ['replace', ...slot, '--reason', 'lost', '--spare', spare.replace(/\+.*/, '')],
      enrolled: [{ ...enrolled, token: 'gone' }],
      serials: [spare],
      isDone: (world) =>
        isEnrolled(world, ALICE_PRIMARY, spare) &&
        world.witness.device(world.arn(enrolled)) === undefined &&
        evidenceOf(world, ALICE_PRIMARY)?.ceremony === 'replace',
    },
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
      name: 'replace fido2',
      args: ['replace', ...slot, '--reason', 'lost', '--spare', spare],
      enrolled: [{ ...enrolled, token: 'gone' }],
      serials: [spare],
      isDone: (world) => isRegistered(world, spare) && isGone(world, place) && is(world, 'replace'),
    },
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

/** A person works in the console, and AWS's listing of the account shows what they did. */
function rootCeremonies(): readonly Ceremony[] {
  const place = '86596220000021';
  const subject = { holder: ROOT, slot: 'primary' };
  const { spare } = TOKENS;
  const old = { ...subject, serial: place };
  const inventory = `${INVENTORY}root:\n  - { slot: primary, serial: "${place}" }\n`;
  const common = { slots: [subject], inventory, serials: [place], again: true };
  const slot = ['root', '--slot', 'primary'];
  return [
    {
      ...common,
      name: 'enroll root',
      args: ['enroll', ...slot, '--secret'],
      enrolled: [],
      isDone: (world) =>
        isEnrolled(world, subject, place) && evidenceOf(world, subject)?.ceremony === 'enroll',
    },
    ...(['lost', 'stolen'] as const).map((reason) => ({
      ...common,
      name: `replace root, ${reason}`,
      args: ['replace', ...slot, '--secret', '--reason', reason, '--spare', spare],
      enrolled: [{ ...old, token: 'gone' as const }],
      serials: [spare],
      isDone: (world: World) =>
        isEnrolled(world, subject, spare) &&
        world.witness.device(world.arn(old)) === undefined &&
        evidenceOf(world, subject)?.ceremony === 'replace',
    })),
    {
      ...common,
      name: 'retire root',
      args: ['retire', ...slot, '--confirm', 'root'],
      enrolled: [{ ...subject, serial: place }],
      isDone: (world) =>
        world.witness.device(world.arn({ ...subject, serial: place })) === undefined &&
        evidenceOf(world, subject)?.ceremony === 'retire',
    },
  ];
}

function inventoryOf({ type, place, spare }: Kind): string {
  function token(text: string): string {
    const [serial, profile] = text.split('+');
    return `serial: "${serial}", type: ${type}${profile === undefined ? '' : `, profile: ${Number(profile)}`}`;
  }
  return `
fleet: ${FLEET}
holders:
  ${ALICE}:
    - { slot: primary, ${token(place)}, custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${TOKENS.aliceBackup}", custody: "bank deposit box" }
  ${BOB}:
    - { slot: primary, serial: "${TOKENS.bobPrimary}" }
spares:
  - { ${token(spare)}, custody: "security office" }
`;
}
