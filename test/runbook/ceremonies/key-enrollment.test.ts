/** Enrollment, drill and retirement of a key whose codes are computed. */
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { atStep, killCommand } from '../../support/kill-command';
import { VirtualYkOath } from '../../tokens/ykoath';

const SERIAL = '12345678';
const PASSWORD = 'correct horse';
const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const PROVE = ['prove', 'alice.breakglass', '--slot', 'primary'] as const;
const LABEL = 'AWS 123456789012:alice.breakglass.primary';
const CALCULATE = 0xa2;

let bench: Bench;
let arn: string;
beforeEach(async () => {
  bench = await Bench.open({
    inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${SERIAL}", type: oath`),
  });
  arn = bench.arn('alice.breakglass', 'primary', SERIAL);
});
afterEach(() => bench.close());

function lay(password?: string): VirtualYkOath {
  const locked = password === undefined ? {} : { password };
  const key = new VirtualYkOath({ serial: Number(SERIAL), connection: 'nfc', ...locked });
  bench.readers.lay(key);
  return key;
}
/** The seed of the first device. */
function firstSeed(): Uint8Array {
  return bench.seeds[0] ?? new Uint8Array();
}
function asked(): readonly string[] {
  return bench.questions.map(({ name }) => name);
}
/** Answers the prompts in order; each must be of that name. */
function answers(...given: readonly (readonly [name: string, answer: string])[]): void {
  const rest = [...given];
  bench.answer = ({ name }) => {
    const [expected, answer] = rest.shift() ?? [];
    return name === expected ? answer : undefined;
  };
}

test('nothing is typed: the key computes both codes, and the evidence says so', async () => {
  const key = lay();
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(asked()).toEqual([]);
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect(key.names).toEqual([LABEL]);
  expect(key.holds(LABEL, firstSeed())).toBe(true);
  const [evidence] = bench.evidence;
  expect(evidence?.checks).toEqual(['record', 'clock', 'serial', 'burn', 'codes:by-key', 'listed']);
  expect(evidence).not.toHaveProperty('clockOffsetSeconds');
});

test('a drill right after the enrollment waits for codes that AWS was not given', async () => {
  lay();
  await bench.run(...ENROLL);
  const before = bench.sandbox.calls.length;
  expect((await bench.run(...PROVE)).exitCode).toBe(0);
  const sent = bench.sandbox.calls.slice(before).filter(({ operation }) => operation === 'ResyncMFADevice');
  expect(sent.map(({ errorCode }) => errorCode)).toEqual([undefined]);
});

test('a drill has the key compute newer codes', async () => {
  lay();
  await bench.run(...ENROLL);
  bench.clock.advance(3_600_000);
  const { exitCode, people } = await bench.run(...PROVE);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(asked()).toEqual([]);
  expect(bench.evidence.at(-1)?.checks).toContain('codes:by-aws');
});

test('a run that lost the seed continues with codes of the key, which AWS judges', async () => {
  const key = lay();
  expect(await killCommand(bench, atStep('burn', 'done'), ...ENROLL)).toBe(true);
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(asked()).toEqual([]);
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect(key.holds(LABEL, firstSeed())).toBe(true);
  expect(bench.evidence.at(-1)?.checks).toContain('codes:by-aws');
});

test.each([true, false])('a retirement erases the seed if the key is on the reader: %s', async (isThere) => {
  const key = lay();
  await bench.run(...ENROLL);
  await bench.assignDevice('alice.breakglass', 'phone', '/');
  if (!isThere) {
    bench.readers.pull();
  }
  const retire = ['retire', 'alice.breakglass', '--slot', 'primary', '--confirm', 'alice.breakglass'];
  const told = await bench.runJson(...retire);
  expect(told.exitCode).toBe(0);
  expect(key.names).toEqual(isThere ? [] : [LABEL]);
  expect(told.events.some(({ event }) => event === 'not-erased')).toBe(!isThere);
  expect((await bench.devices()).map((device) => device.arn)).not.toContain(arn);
});

test.each([
  ['is typed', PASSWORD, false],
  ['is not known', undefined, true],
])('a retirement asks for the password of a locked key, which %s', async (_, password, isLeft) => {
  const key = lay(PASSWORD);
  answers(['token-secret', PASSWORD]);
  await bench.run(...ENROLL);
  await bench.assignDevice('alice.breakglass', 'phone', '/');
  bench.readers.lay(key);
  bench.answer = ({ name }) => (name === 'token-secret' ? password : undefined);
  const retire = ['retire', 'alice.breakglass', '--slot', 'primary', '--confirm', 'alice.breakglass'];
  const told = await bench.runJson(...retire);
  expect(told.exitCode).toBe(0);
  expect(key.names).toEqual(isLeft ? [LABEL] : []);
  expect((await bench.devices()).map((device) => device.arn)).not.toContain(arn);
  expect(told.data).not.toContain(PASSWORD);
});

test('a password opens it, also in a drill, and appears nowhere', async () => {
  const key = lay(PASSWORD);
  answers(['token-secret', 'wrong'], ['token-secret', PASSWORD], ['token-secret', PASSWORD]);
  const enrolled = await bench.run(...ENROLL, '--verbose', '--trace-apdu');
  expect({ exitCode: enrolled.exitCode, people: enrolled.people }).toMatchObject({ exitCode: 0 });
  expect(key.names).toEqual([LABEL]);
  bench.readers.lay(key);
  bench.clock.advance(3_600_000);
  const proven = await bench.run(...PROVE, '--json');
  expect(proven.exitCode).toBe(0);
  const everything = JSON.stringify([enrolled, proven, bench.evidence, [...bench.logs]]);
  expect(everything).toContain(SERIAL);
  expect(everything).not.toContain(PASSWORD);
  expect(everything).not.toContain(Buffer.from(PASSWORD).toString('hex').toUpperCase());
});

test.each([
  ['no', 'token/filled', 3],
  ['yes', undefined, 0],
])(
  'what the place holds is replaced only after a yes, which --yes does not give: %s',
  async (answer, code, exit) => {
    const before = { name: LABEL, secret: Buffer.alloc(20, 0x33) };
    const key = new VirtualYkOath({ serial: Number(SERIAL), connection: 'nfc', credentials: [before] });
    bench.readers.lay(key);
    answers(['replace-filled', answer]);
    const told = await bench.runJson(...ENROLL, '--yes');
    expect([told.code, told.exitCode]).toEqual([code, exit]);
    expect(key.holds(LABEL, before.secret)).toBe(answer === 'no');
    expect(await bench.devices()).toHaveLength(answer === 'no' ? 0 : 1);
  },
);

/** Has a key compute other codes than those of its secret, once it was read back. */
function miscompute(key: VirtualYkOath): void {
  const receive = key.receive.bind(key);
  let calculated = 0;
  key.receive = (command) => {
    const answer = receive(command);
    if (command[1] === CALCULATE && calculated++ > 0 && answer instanceof Uint8Array) {
      answer[6] = (answer[6] ?? 0) ^ 1;
    }
    return answer;
  };
}

test.each([
  ['stores another secret', (key: VirtualYkOath) => key.fail({ flipSecretBit: 3 }), 'token/refused'],
  ['computes wrong codes', miscompute, 'code/wrong'],
])('a key that %s is not enabled', async (_what, spoil, code) => {
  spoil(lay());
  expect((await bench.runJson(...ENROLL)).code).toBe(code);
  expect(await bench.devices()).toEqual([]);
  expect(bench.evidence).toEqual([]);
});

test.each([
  ['touched', true, undefined],
  ['not touched', false, 'token/no-touch'],
])('a drill with a key that is %s in time', async (_what, isTouched, code) => {
  lay();
  await bench.run(...ENROLL);
  bench.clock.advance(3_600_000);
  // Somebody wrote the credential again, with a touch requirement.
  let expire: () => void = () => undefined;
  const key = new VirtualYkOath({
    serial: Number(SERIAL),
    credentials: [{ name: LABEL, secret: firstSeed(), needsTouch: true }],
    touchTimeout: () =>
      new Promise<void>((resolve) => {
        expire = resolve;
      }),
  });
  bench.readers.lay(key);
  bench.onEvent = () => {
    if (key.isWaitingForTouch && isTouched) {
      key.touch();
    } else if (key.isWaitingForTouch) {
      expire();
    }
  };
  expect((await bench.runJson(...PROVE)).code).toBe(code);
  expect(bench.evidence.map(({ ceremony }) => ceremony)).toEqual(
    isTouched ? ['enroll', 'prove'] : ['enroll'],
  );
});

test('a key in the place of a programmable token is refused by its kind, and nothing is written', async () => {
  const key = lay();
  expect((await bench.runJson('enroll', 'alice.breakglass', '--slot', 'backup')).code).toBe(
    'token/wrong-kind',
  );
  expect(key.received.length).toBeGreaterThan(0);
  expect(key.names).toEqual([]);
  expect(await bench.devices()).toEqual([]);
});
