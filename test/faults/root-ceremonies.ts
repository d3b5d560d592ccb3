/** The ceremonies of root: a person works in the console, and AWS's listing of the account, or their word, shows what they did. */
import { INVENTORY, KEYS, ROOT, ROOT_PRINTED, TOKENS } from './cast';
import { type Ceremony, evidenceOf } from './ceremonies';
import { declared, type Kind } from './kinds';
import type { World } from './world';

const SLOT = { holder: ROOT, slot: 'primary' } as const;

/** A kind of root's token, and options that its ceremonies need. */
interface RootKind extends Omit<Kind, 'driftSeconds'> {
  /** The seed comes from the console. */
  readonly isBurned: boolean;
}

const KINDS: readonly RootKind[] = [
  { type: 'programmable', place: '86596220000021', spare: TOKENS.spare, isBurned: true },
  { type: 'molto2', place: '826658719844499+07', spare: '826658719844500+09', isBurned: true },
  { type: 'oath', place: '12345678', spare: '12345679', isBurned: true },
  { type: 'hardware-totp', place: ROOT_PRINTED[0], spare: ROOT_PRINTED[1], isBurned: false },
  { type: 'fido2', place: KEYS[0], spare: KEYS[1], isBurned: false },
];

/** The ceremonies of root's tokens of every kind. */
export const ROOT_CEREMONIES: readonly Ceremony[] = KINDS.flatMap(ceremoniesOf);

function ceremoniesOf({ type, place, spare, isBurned }: RootKind): readonly Ceremony[] {
  const inventory = [
    INVENTORY,
    // Another spare of the record would make the choice a question.
    ...(type === 'programmable' ? [] : [`  - { ${declared(type, spare)} }\n`]),
    `root:\n  - { slot: primary, ${declared(type, place)} }\n`,
  ].join('');
  const common = { driver: type, slots: [SLOT], inventory, again: true };
  const slot = ['root', '--slot', 'primary'];
  const secret = isBurned ? ['--secret'] : [];
  const enrolled = { ...SLOT, serial: place };
  // Nobody lists the ARN of a key of root, so that a second person watches it.
  const proofs = type === 'fido2' ? [['--witness', 'Wanda Witt']] : [[], ['--witness', 'Wanda Witt']];
  return [
    {
      ...common,
      name: `enroll root, ${type}`,
      args: ['enroll', ...slot, ...secret],
      enrolled: [],
      serials: [place],
      isDone: (world) => has(world, place, 'enroll'),
    },
    ...proofs.map((proof) => ({
      ...common,
      name: `prove root, ${type}${proof.length === 0 ? '' : ', before a witness'}`,
      args: ['prove', ...slot, ...proof],
      enrolled: [enrolled],
      serials: [place],
      isDone: (world: World) => has(world, place, 'prove'),
    })),
    ...(['lost', 'stolen'] as const).map((reason) => ({
      ...common,
      name: `replace root, ${type}, ${reason}`,
      args: ['replace', ...slot, ...secret, '--reason', reason, '--spare', serialOf(spare)],
      enrolled: [{ ...enrolled, token: 'gone' as const }],
      serials: [spare],
      ...(reason === 'stolen' ? { mayLose: { [ROOT]: 1 } } : {}),
      isDone: (world: World) => has(world, spare, 'replace') && world.witness.deviceAt(place) === undefined,
    })),
    {
      ...common,
      name: `retire root, ${type}`,
      args: ['retire', ...slot, '--confirm', 'root'],
      enrolled: [enrolled],
      serials: [place],
      mayLose: { [ROOT]: 1 },
      isDone: (world) =>
        world.witness.deviceAt(place) === undefined && evidenceOf(world, SLOT)?.ceremony === 'retire',
    },
  ];
}

/** Tells whether root has the token, which holds the device's seed, and the evidence of a ceremony says so. */
function has(world: World, place: string, ceremony: string): boolean {
  const device = world.witness.deviceAt(place);
  const isEnrolled = device?.user === ROOT && world.token(place).holds(device.seed);
  return isEnrolled && evidenceOf(world, SLOT)?.ceremony === ceremony;
}

function serialOf(place: string): string {
  return place.replace(/\+.*/, '');
}
