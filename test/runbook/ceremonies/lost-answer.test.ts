/** The answer to a write is lost: nothing is burned again, and no device deleted, while the token holds the right seed. */
import { Seed } from '../../../runbook/seed';
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { MOLTO2_READER, VirtualMolto2 } from '../../tokens/token2-molto2';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import type { Reaction, VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { VirtualYkOath } from '../../tokens/ykoath';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const MOLTO2_SERIAL = '826658700000001';
const CONFIGURE = 0xd4;
const WRITE_SEED = 0xc5;
const WRITE_TITLE = 0xd5;
const PUT = 0x01;
const GET_INFO = 0x41;

/** A card whose reader loses the answers to some commands. */
class Unanswered implements VirtualCard {
  public readonly atr: Uint8Array;
  public readonly sent: number[] = [];
  /** Decides about each answer, by instruction and how often that was sent. */
  public isLost: (ins: number, time: number) => boolean = () => false;
  /** The command whose answer is lost reaches the card. */
  public isDone = true;

  public constructor(private readonly card: VirtualCard) {
    this.atr = card.atr;
  }

  public enterField(): void {
    this.card.enterField();
  }

  public leaveField(): void {
    this.card.leaveField();
  }

  public async receive(command: Uint8Array): Promise<Reaction> {
    const ins = command[1] ?? 0;
    this.sent.push(ins);
    const isLost = this.isLost(ins, this.count(ins));
    if (isLost && !this.isDone) {
      return 'mute';
    }
    const answer = await this.card.receive(command);
    return isLost ? 'mute' : answer;
  }

  public count(ins: number): number {
    return this.sent.filter((each) => each === ins).length;
  }
}

let bench: Bench;
afterEach(() => bench.close());

async function openSingle(clockOffsetSeconds = 0): Promise<[VirtualToken2Single, Unanswered]> {
  bench = await Bench.open();
  const token = bench.token(ALICE_PRIMARY, { clockOffsetSeconds });
  const card = new Unanswered(token);
  bench.readers.lay(card);
  bench.answer = () => token.readCode();
  return [token, card];
}

async function openMolto2(): Promise<[VirtualMolto2, Unanswered]> {
  const readers = new VirtualReaders({ names: [MOLTO2_READER] });
  bench = await Bench.open({
    inventory: INVENTORY.replace(`"${ALICE_PRIMARY}"`, `"${MOLTO2_SERIAL}", type: molto2, profile: 3`),
    readers,
  });
  const token = new VirtualMolto2({ serial: MOLTO2_SERIAL, clock: () => bench.clock.now() });
  const card = new Unanswered(token);
  readers.lay(card);
  bench.answer = () => token.readCode(3) ?? '-';
  return [token, card];
}

async function openKey(): Promise<[VirtualYkOath, Unanswered]> {
  bench = await Bench.open({
    inventory: INVENTORY.replace(`"${ALICE_PRIMARY}"`, '"12345678", type: oath'),
  });
  const key = new VirtualYkOath({ serial: 12_345_678 });
  const card = new Unanswered(key);
  bench.readers.lay(card);
  return [key, card];
}

function aliceHasDevice(): Promise<void> {
  return expect(bench.devices()).resolves.toMatchObject([{ user: 'alice.breakglass' }]);
}

function theSeed(): Uint8Array {
  expect(bench.seeds).toHaveLength(1);
  return bench.seeds[0] ?? new Uint8Array();
}

test.each([
  ['always, to every write', (ins: number) => ins === CONFIGURE || ins === WRITE_SEED],
  ['always, to the seed', (ins: number) => ins === WRITE_SEED],
  ['once, to the seed', (ins: number, time: number) => ins === WRITE_SEED && time === 1],
])('a single-profile token whose reader loses its answer %s is enrolled with one burn', async (_, isLost) => {
  const [token, card] = await openSingle(-90);
  card.isLost = isLost;
  const { exitCode, events, happened } = await bench.runJson(...ENROLL);
  expect({ exitCode, end: events.at(-1) }).toMatchObject({ exitCode: 0 });
  expect([card.count(CONFIGURE), card.count(WRITE_SEED)]).toEqual([1, 1]);
  expect(happened).toContain('burn-in-doubt');
  expect(token.holds(theSeed())).toBe(true);
  await aliceHasDevice();
});

test('the answer to the configuration alone was lost: the clock shows that it arrived, and nobody is asked', async () => {
  const [token, card] = await openSingle(-90);
  card.isLost = (ins) => ins === CONFIGURE;
  const { exitCode, happened } = await bench.runJson(...ENROLL);
  expect(exitCode).toBe(0);
  expect([card.count(CONFIGURE), card.count(WRITE_SEED)]).toEqual([1, 1]);
  expect(happened).not.toContain('burn-in-doubt');
  expect(token.holds(theSeed())).toBe(true);
});

test.each([
  ['shows none, and has none', '86596220000001'],
  ['shows the codes of the seed that it had before', '86596320000001'],
])(
  'a write that never arrived is found out by the code: a token that %s is burned again',
  async (_, serial) => {
    bench = await Bench.open({ inventory: INVENTORY.replace(ALICE_PRIMARY, serial) });
    const token = bench.token(serial, { seed: new Uint8Array(40).fill(7) });
    const card = new Unanswered(token);
    bench.readers.lay(card);
    bench.answer = () => token.readCode();
    card.isLost = (ins, time) => ins === WRITE_SEED && time === 1;
    card.isDone = false;
    const { exitCode, happened } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(happened).toContain('burn-in-doubt');
    expect([card.count(CONFIGURE), card.count(WRITE_SEED)]).toEqual([2, 2]);
    expect(token.holds(theSeed())).toBe(true);
    await aliceHasDevice();
  },
);

test('a token that takes no seed is given up after a few burns, and nothing is left in IAM', async () => {
  const [token, card] = await openSingle();
  card.isLost = (ins) => ins === WRITE_SEED;
  card.isDone = false;
  const { code, events } = await bench.runJson(...ENROLL);
  expect(code).toBe('code/wrong');
  expect(card.count(WRITE_SEED)).toBeLessThanOrEqual(4);
  expect(token.holdsSeed).toBe(false);
  expect(await bench.devices()).toEqual([]);
  expect(events.at(-1)?.state).toEqual(expect.any(String));
});

test('a wrong word in place of the code in doubt is refused, and no code is not a code', async () => {
  const [token, card] = await openSingle(-90);
  card.isLost = (ins) => ins === WRITE_SEED;
  const given = ['abc', token.readCode.bind(token)];
  bench.answer = () => {
    const next = given.shift();
    return typeof next === 'string' ? next : token.readCode();
  };
  expect((await bench.runJson(...ENROLL)).exitCode).toBe(0);
  expect(bench.questions.map(({ name }) => name)).toEqual(['code', 'code', 'code', 'next-code']);
});

test.each([
  ['the configuration', CONFIGURE, [1, 1, 1], false],
  ['the seed', WRITE_SEED, [1, 1, 1], true],
  ['the title', WRITE_TITLE, [1, 1, 1], false],
])('a Molto2 whose answer to the write of %s is lost is read back, not burned again', async (...given) => {
  const [, lost, writes, isInDoubt] = given;
  const [token, card] = await openMolto2();
  card.isLost = (ins) => ins === lost;
  const { exitCode, happened, events } = await bench.runJson(...ENROLL);
  expect({ exitCode, end: events.at(-1) }).toMatchObject({ exitCode: 0 });
  expect([CONFIGURE, WRITE_SEED, WRITE_TITLE].map((ins) => card.count(ins))).toEqual(writes);
  expect(happened.includes('burn-in-doubt')).toBe(isInDoubt);
  expect(token.holds(3, theSeed())).toBe(true);
  await aliceHasDevice();
});

test('a key whose answer to the write is lost proves that it has the seed, and nothing is written again', async () => {
  const [key, card] = await openKey();
  card.isLost = (ins) => ins === PUT;
  const { exitCode, happened } = await bench.runJson(...ENROLL);
  expect(exitCode).toBe(0);
  expect(card.count(PUT)).toBe(1);
  expect(happened).not.toContain('burn-in-doubt');
  expect(key.names).toHaveLength(1);
  await aliceHasDevice();
});

test('an answer that is lost after the burn, to the question for the clock, repeats no write', async () => {
  const [token, card] = await openSingle(-90);
  let isBurned = false;
  card.isLost = (ins) => {
    const isLost = ins === GET_INFO && isBurned;
    isBurned = ins === WRITE_SEED;
    return isLost;
  };
  expect((await bench.runJson(...ENROLL)).exitCode).toBe(0);
  expect([card.count(CONFIGURE), card.count(WRITE_SEED)]).toEqual([1, 1]);
  expect(token.holds(theSeed())).toBe(true);
});

describe('another token that answers after the burn', () => {
  const OTHER = '86596220000009';

  test('on a new connection is refused, and the device is deleted', async () => {
    const [token] = await openSingle();
    const other = bench.token(OTHER);
    const honest = token.receive.bind(token);
    token.receive = (command) => {
      const answer = honest(command);
      if (command[1] === WRITE_SEED) {
        bench.readers.lay(other);
      }
      return answer;
    };
    const { code } = await bench.runJson(...ENROLL);
    expect(code).toBe('token/wrong-serial');
    expect(other.holdsSeed).toBe(false);
    expect(token.holdsSeed).toBe(true);
    expect(await bench.devices()).toEqual([]);
  });

  test('on the same connection is refused, and the device is deleted', async () => {
    const [token, card] = await openSingle();
    const other = bench.token(OTHER);
    const honest = token.receive.bind(token);
    token.receive = (command) => (card.count(WRITE_SEED) > 0 ? other.receive(command) : honest(command));
    const { code } = await bench.runJson(...ENROLL);
    expect(code).toBe('token/wrong-serial');
    expect(other.holdsSeed).toBe(false);
    expect(await bench.devices()).toEqual([]);
  });

  test('a Molto2 on the same connection is refused, and the device is deleted', async () => {
    const [token, card] = await openMolto2();
    const other = new VirtualMolto2({ serial: '826658700000002', clock: () => bench.clock.now() });
    const honest = token.receive.bind(token);
    token.receive = (command) => (card.count(WRITE_TITLE) > 0 ? other.receive(command) : honest(command));
    const { code } = await bench.runJson(...ENROLL);
    expect(code).toBe('token/wrong-serial');
    expect(other.filled).toEqual([0]);
    expect(await bench.devices()).toEqual([]);
  });

  test('a key on the same connection is refused, and the device is deleted', async () => {
    const [key, card] = await openKey();
    const other = new VirtualYkOath({ serial: 12_345_679 });
    const honest = key.receive.bind(key);
    key.receive = (command) => (card.count(PUT) > 0 ? other.receive(command) : honest(command));
    const { code } = await bench.runJson(...ENROLL);
    expect(code).toBe('token/wrong-serial');
    expect(other.names).toEqual([]);
    expect(await bench.devices()).toEqual([]);
  });
});

test.each([
  ['one byte', 1, 1],
  ['nineteen bytes', 19, 1],
  ['twenty bytes', 20, 0],
  ['sixty-three bytes', 63, 0],
])('a seed of AWS of %s is refused if it is short, and otherwise its length is said', async (...given) => {
  const [, length, exitCode] = given;
  bench = await Bench.open({
    wrapAws: (aws) => ({
      ...aws,
      createDevice: async (device) => ({
        ...(await aws.createDevice(device)),
        seed: Seed.fromBytes(new Uint8Array(length).fill(3)),
      }),
    }),
  });
  const token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  const { code, happened } = await bench.runJson(...ENROLL);
  // AWS knows another seed, so its own judgment comes last.
  expect(code).toBe(exitCode === 1 ? 'aws/failed' : 'iam/codes-rejected');
  expect(happened.includes('seed-length')).toBe(exitCode === 0);
  expect(token.holdsSeed).toBe(exitCode === 0);
  expect(await bench.devices()).toEqual([]);
});
