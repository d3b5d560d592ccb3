/**
 * The `state:` line of a command that failed, at each call of AWS and each prompt where it may fail, against the world: each
 * clause is true, and none says that nothing was changed after something was.
 */

import type { Fault } from '../../sandbox/faults';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, type BenchOptions, BOB_PRIMARY } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ALICE = 'alice.breakglass';
const SPARE = '86596220000009';
const INVENTORY = `
fleet: break-glass
holders:
  ${ALICE}:
    - { slot: primary, serial: "${ALICE_PRIMARY}" }
    - { slot: backup, serial: "${ALICE_BACKUP}" }
  bob.breakglass:
    - { slot: primary, serial: "${BOB_PRIMARY}" }
spares:
  - { serial: "${SPARE}" }
`;

interface Ceremony {
  readonly name: string;
  readonly args: readonly string[];
  /** Enrolled before: slots of alice. */
  readonly enrolled: readonly (readonly [slot: string, serial: string])[];
  /** On the reader. */
  readonly laid?: string;
}

const PRIMARY = ['primary', ALICE_PRIMARY] as const;
const BACKUP = ['backup', ALICE_BACKUP] as const;
const SLOT = [ALICE, '--slot', 'primary'] as const;

const CEREMONIES: readonly Ceremony[] = [
  { name: 'enroll', args: ['enroll', ...SLOT, '--codes', '1'], enrolled: [], laid: ALICE_PRIMARY },
  { name: 'enroll --all', args: ['enroll', '--all'], enrolled: [PRIMARY], laid: ALICE_BACKUP },
  { name: 'prove', args: ['prove', ...SLOT], enrolled: [PRIMARY], laid: ALICE_PRIMARY },
  { name: 'resync', args: ['resync', ...SLOT], enrolled: [PRIMARY], laid: ALICE_PRIMARY },
  {
    name: 'replace a lost one',
    args: ['replace', ...SLOT, '--reason', 'lost', '--codes', '1'],
    enrolled: [PRIMARY, BACKUP],
    laid: SPARE,
  },
  {
    name: 'replace a stolen one',
    args: ['replace', ...SLOT, '--reason', 'stolen', '--codes', '1'],
    enrolled: [PRIMARY, BACKUP],
    laid: SPARE,
  },
  { name: 'retire a slot', args: ['retire', ...SLOT], enrolled: [PRIMARY, BACKUP] },
  { name: 'retire all', args: ['retire', ALICE, '--all-devices'], enrolled: [PRIMARY, BACKUP] },
];

/** A sample, unless everything is run: one fault, at every third call. */
const FAULTS: readonly Fault[] = isFullExtent
  ? ['access-denied', 'dropped-before', 'dropped-after']
  : ['access-denied'];
const STRIDE = isFullExtent ? 1 : 3;
/** A fault of one call and all later ones of its operation, or of that call alone. */
const LASTING = isFullExtent ? [true, false] : [true];

interface Scene {
  readonly bench: Bench;
  readonly tokens: ReadonlyMap<string, VirtualToken2Single>;
}

async function openScene({ enrolled, laid }: Ceremony, options: BenchOptions = {}): Promise<Scene> {
  const bench = await Bench.open({ inventory: INVENTORY, ...options });
  const tokens = new Map<string, VirtualToken2Single>();
  for (const [slot, serial] of enrolled) {
    const token = bench.token(serial);
    tokens.set(serial, token);
    bench.layAndAnswer(token);
    const { exitCode, people } = await bench.run('enroll', ALICE, '--slot', slot, '--codes', '1');
    if (exitCode !== 0) {
      throw new Error(people);
    }
  }
  // Codes of a moment ago are used up.
  bench.clock.advance(120_000);
  bench.readers.pull();
  const held = laid === undefined ? undefined : (tokens.get(laid) ?? bench.token(laid));
  if (held !== undefined) {
    if (!held.isOn) {
      held.press();
    }
    tokens.set(held.serial, held);
    bench.readers.lay(held);
  }
  bench.answer = ({ name }) => {
    switch (name) {
      case 'consent':
        return ALICE;
      case 'cut-off':
        return 'yes';
      case 'serial':
        return laid;
      default:
        return held?.readCode();
    }
  };
  return { bench, tokens };
}

interface World {
  /** Who each device is assigned to, by ARN. */
  readonly devices: ReadonlyMap<string, string | undefined>;
  readonly evidence: string;
  readonly seeds: string;
}

async function look({ bench, tokens }: Scene): Promise<World> {
  const { faults } = bench.sandbox;
  bench.sandbox.faults = undefined;
  const devices = new Map((await bench.devices()).map(({ arn, user }) => [arn, user] as const));
  const { Parameters } = await bench.admin('ssm', 'GetParametersByPath', {
    Path: '/mfa-guardrails/break-glass/evidence',
    Recursive: true,
  });
  bench.sandbox.faults = faults;
  const seeds = [...tokens.values()].map((token) => bench.seeds.findIndex((seed) => token.holds(seed)));
  return { devices, evidence: JSON.stringify(Parameters), seeds: JSON.stringify(seeds) };
}

/** The claims that a state may make of a device, and what IAM shows if they are true. */
const CLAIMS: readonly (readonly [RegExp, (world: World, arn: string) => boolean])[] = [
  [/the device (\S+) is (?:still )?enabled/g, ({ devices }, arn) => devices.get(arn) !== undefined],
  [/the device (\S+) (?:is|was) deleted/g, ({ devices }, arn) => !devices.has(arn)],
  [
    /the device (\S+) is (?:deactivated but not deleted yet|unchanged, assigned to nobody|left in IAM)/g,
    ({ devices }, arn) => devices.has(arn) && devices.get(arn) === undefined,
  ],
  [/the device (\S+) is deactivated; cannot tell/g, ({ devices }, arn) => devices.get(arn) === undefined],
  [/retired with evidence: (\S+?)[;,]/g, ({ devices }, arn) => !devices.has(arn)],
];

function untrue(state: string, before: World, after: World): readonly string[] {
  const lies = CLAIMS.flatMap(([pattern, isTrue]) =>
    [...`${state};`.matchAll(pattern)].filter(([, arn = '']) => !isTrue(after, arn)).map(([claim]) => claim),
  );
  const isIamAsBefore =
    JSON.stringify([...before.devices].sort()) === JSON.stringify([...after.devices].sort());
  const unchanged =
    /nothing was (?:changed|created|enabled|registered)(?: in (?:IAM|AWS))?|IAM is as before/.exec(state);
  return [
    ...lies,
    ...(unchanged !== null && !isIamAsBefore ? [`${unchanged[0]}, and IAM is not as before`] : []),
    // A device that is gone, and nothing that was changed, in one line.
    ...(unchanged !== null && /is (?:deleted|deactivated)|retired with evidence/.test(state)
      ? ['it contradicts itself']
      : []),
    ...(/the token was not written/.test(state) && before.seeds !== after.seeds
      ? ['the token was written']
      : []),
    ...(/^nothing was changed$/.test(state) && before.evidence !== after.evidence
      ? ['evidence was written']
      : []),
  ];
}

/** Runs the ceremony with a fault from one call on. @returns the untruths; nothing once the call is never made */
async function play(
  ceremony: Ceremony,
  { index, fault, isLasting }: { readonly index: number; readonly fault: Fault; readonly isLasting: boolean },
): Promise<readonly string[] | undefined> {
  const scene = await openScene(ceremony);
  const { bench } = scene;
  try {
    const before = await look(scene);
    let calls = 0;
    let met: string | undefined;
    bench.sandbox.faults = ({ operation }) => {
      if (calls++ === index) {
        met = operation;
        return fault;
      }
      return isLasting && operation === met ? fault : undefined;
    };
    const { exitCode, events } = await bench.runJson(...ceremony.args);
    bench.sandbox.faults = undefined;
    if (met === undefined) {
      return undefined;
    }
    if (exitCode === 0) {
      return [];
    }
    const state = events.at(-1)?.state;
    const found =
      typeof state === 'string' ? untrue(state, before, await look(scene)) : ['it says nothing of the state'];
    return found.map((lie) => `${JSON.stringify(fault)} at ${met} (${index}): ${lie}: ${String(state)}`);
  } finally {
    await bench.close();
  }
}

describe.each(CEREMONIES)('$name', (ceremony) => {
  test.each(FAULTS)('says what is so when AWS answers with %s', async (fault) => {
    const lies: string[] = [];
    for (const isLasting of LASTING) {
      let index = 2;
      for (;;) {
        const found = await play(ceremony, { index, fault, isLasting });
        if (found === undefined) {
          break;
        }
        lies.push(...found);
        index += STRIDE;
      }
      expect(index).toBeGreaterThan(5);
    }
    expect(lies).toEqual([]);
  });
});

test.each([
  ['nothing was changed in IAM; primary: the device x is deleted', false],
  ['nothing was changed in IAM, the token was not written', true],
  ['the device a is deleted', false],
  ['the device a is still enabled for alice', true],
  ['the device gone is deleted', true],
])('a claim is judged: %s', (state, isTrue) => {
  const world = { devices: new Map([['a', 'alice']]), evidence: '', seeds: '' };
  expect(untrue(state, world, world).length === 0).toBe(isTrue);
});
