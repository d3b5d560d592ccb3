/** The ceremonies of the other kinds of token: what a seed is burned to by another driver, and what AWS knows already. */
import type { TokenType } from '../../lib/record/record';
import { ALICE, BOB, type EnrolledSlot, FLEET, PRINTED, TOKENS } from './cast';
import { ALICE_PRIMARY, type Ceremony, evidenceOf, isEnrolled, isInStep, isRetired } from './ceremonies';

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
export const KIND_CEREMONIES: readonly Ceremony[] = KINDS.flatMap(ceremoniesOf);

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
