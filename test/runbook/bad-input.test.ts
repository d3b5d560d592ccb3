/**
 * Bad input, with tokens as strict as the real ones: whatever is laid on the reader or handed over, the command says in
 * three lines what is wrong, what to do and how things are, and leaves AWS and the token as they were.
 */
import { ALICE_PRIMARY, Bench, type BenchOptions, INVENTORY } from '../support/bench';
import { blank, drawCode, png } from '../support/code-pictures';
import { fidoKey } from '../tokens/foreign-cards';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import type { VirtualCard } from '../tokens/virtual-card';
import { VirtualReaders } from '../tokens/virtual-readers';
import { VirtualYkOath } from '../tokens/ykoath';

const KEY = '12345678';
const MOLTO2 = '826658719844499';
const SECRET = new Uint8Array(20).fill(7);
const URI = 'otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example';
const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const BURN = ['burn', '--qr', 'code.png', '--unrecorded', ALICE_PRIMARY] as const;
const WITH_KEY = INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${KEY}", type: oath`);
const WITH_MOLTO2 = INVENTORY.replace(
  `serial: "${ALICE_PRIMARY}"`,
  `serial: "${MOLTO2}", type: molto2, profile: 7`,
);

let bench: Bench;
afterEach(() => bench.close());

/** Everything that AWS holds. */
async function world(): Promise<unknown> {
  return {
    devices: await bench.devices(),
    parameters: await bench.admin('ssm', 'GetParametersByPath', { Path: '/', Recursive: true }),
    journals: bench.journals.files.size,
    evidence: bench.evidence.length,
  };
}

interface Bad {
  readonly options?: BenchOptions;
  readonly lay?: () => VirtualCard;
  readonly picture?: Uint8Array;
  readonly run?: readonly string[];
  /** Answers by the name of the prompt. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly exit?: number;
}

/** An animation control chunk after the header; its checksum is not looked at before it is refused. */
function animated(picture: Buffer): Buffer {
  const chunk = Buffer.concat([
    Buffer.of(0, 0, 0, 8),
    Buffer.from('acTL', 'ascii'),
    Buffer.of(0, 0, 0, 2, 0, 0, 0, 0),
    Buffer.alloc(4),
  ]);
  return Buffer.concat([picture.subarray(0, 33), chunk, picture.subarray(33)]);
}

const CASES: Readonly<Record<string, Bad>> = {
  'a Molto2 where a single-profile token is declared': {
    lay: () => new VirtualMolto2({ serial: MOLTO2, clock: () => bench.clock.now() }),
    code: 'token/wrong-kind',
  },
  'a key where a single-profile token is declared': {
    lay: () => new VirtualYkOath(),
    code: 'token/wrong-kind',
  },
  'a single-profile token where a key is declared': {
    options: { inventory: WITH_KEY },
    lay: () => bench.token(ALICE_PRIMARY),
    code: 'token/wrong-kind',
  },
  'another Molto2 than the declared one': {
    options: { inventory: WITH_MOLTO2 },
    lay: () => new VirtualMolto2({ serial: '826658719844500', clock: () => bench.clock.now() }),
    code: 'token/wrong-serial',
  },
  'a profile that is filled, and that --yes does not empty': {
    options: { inventory: WITH_MOLTO2 },
    lay: () =>
      new VirtualMolto2({
        serial: MOLTO2,
        clock: () => bench.clock.now(),
        filled: [{ profile: 7, title: 'somebody', seed: SECRET }],
      }),
    run: [...ENROLL, '--yes'],
    answers: { 'replace-filled': 'no' },
    code: 'token/filled',
    exit: 3,
  },
  'a profile that this Molto2 does not have': {
    options: { inventory: WITH_MOLTO2.replace('profile: 7', 'profile: 77') },
    lay: () => new VirtualMolto2({ serial: MOLTO2, clock: () => bench.clock.now(), profiles: 50 }),
    code: 'token/refused',
  },
  'a FIDO key that is no OATH key': {
    options: { inventory: WITH_KEY },
    lay: fidoKey,
    code: 'token/foreign',
  },
  'a YubiKey whose OATH applet is not there': {
    options: { inventory: WITH_KEY },
    lay: () => new VirtualYkOath({ applets: 'fido' }),
    code: 'token/foreign',
  },
  'a key that is full': {
    options: { inventory: WITH_KEY },
    lay: () => new VirtualYkOath({ capacity: 1, credentials: [{ name: 'other', secret: SECRET }] }),
    code: 'token/full',
  },
  'a key that is locked, and the wrong password': {
    options: { inventory: WITH_KEY },
    lay: () => new VirtualYkOath({ password: 'right' }),
    answers: { 'token-secret': 'wrong' },
    code: 'token/locked',
  },
  'two tokens on two readers': {
    options: { readers: twoReaders() },
    code: 'reader/several',
  },
  'a text as a picture': { picture: Buffer.from('86596220000001\n'), run: BURN, code: 'seed/not-a-picture' },
  'an empty picture': { picture: Buffer.alloc(0), run: BURN, code: 'seed/not-a-picture' },
  'an animated GIF': { picture: Buffer.from('GIF89a…', 'latin1'), run: BURN, code: 'seed/not-a-picture' },
  'an animated PNG': {
    picture: animated(png(drawCode(URI, 240))),
    run: BURN,
    code: 'seed/not-a-picture',
  },
  'a picture of 50 MB': { picture: Buffer.alloc(50 * 1024 * 1024), run: BURN, code: 'seed/too-large' },
  'a picture without a code': {
    picture: png(blank(40, 40)),
    run: BURN,
    code: 'seed/no-code',
  },
  'the code of the serial of a token': {
    picture: png(drawCode(ALICE_PRIMARY, 240)),
    run: BURN,
    code: 'seed/not-otpauth',
  },
  'no picture at all': { run: BURN, code: 'usage', exit: 2 },
};

function twoReaders(): VirtualReaders {
  const readers = new VirtualReaders({ names: ['ACS A', 'ACS B'] });
  for (const name of ['ACS A', 'ACS B']) {
    readers.lay(new VirtualYkOath(), name);
  }
  return readers;
}

test.each(Object.entries(CASES))('%s', async (_, { options, lay, picture, run = ENROLL, ...bad }) => {
  bench = await Bench.open(options);
  const card = lay?.();
  if (card !== undefined) {
    bench.readers.lay(card);
  }
  if (picture !== undefined) {
    await bench.files.write('code.png', Buffer.from(picture).toString('latin1'), 0o644);
  }
  bench.answer = ({ name }) => bad.answers?.[name];
  const before = await world();
  const { exitCode, code, hints, events } = await bench.runJson(...run);
  expect({ code, exitCode }).toEqual({ code: bad.code, exitCode: bad.exit ?? 1 });
  const error = events.find(({ event }) => event === 'error');
  expect([hints.length > 0, error?.message, error?.state]).toEqual([
    true,
    expect.any(String),
    expect.any(String),
  ]);
  expect(await world()).toEqual(before);
  expect(picture === undefined || (await bench.files.read('code.png')) !== undefined).toBe(true);
  const { people } = await bench.run(...run);
  expect(people.match(/^mfa-runbook: (error|state): /gm)).toEqual([
    'mfa-runbook: error: ',
    'mfa-runbook: state: ',
  ]);
});

test.each([
  ['Alice.Breakglass', 'alice.breakglass'],
  ['alcie.breakglass', 'alice.breakglass'],
])('the holder %s is refused, and %s named', async (typed, meant) => {
  bench = await Bench.open();
  const before = await world();
  const { exitCode, code, hints } = await bench.runJson('enroll', typed, '--slot', 'primary');
  expect({ exitCode, code, hint: hints[0] }).toEqual({
    exitCode: 1,
    code: 'record/no-holder',
    hint: `did you mean ${meant}?`,
  });
  expect(await world()).toEqual(before);
});
