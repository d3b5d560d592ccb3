/**
 * A card that answers whatever it likes to the driver of OATH keys. In between it passes commands to a virtual key, so that
 * the driver gets far enough to write.
 *
 * Everything comes from one seed, which is reported: the same seed plays the same sessions.
 */
import { Seed } from '../../runbook/seed';
import { CardGoneError, type CommandApdu, type Transport } from '../../runbook/token/transport';
import { ykoath } from '../../runbook/token/ykoath';
import { Random } from '../faults/random';
import { VirtualYkOath } from './ykoath';

const EXPLAINED: ReadonlySet<string> = new Set([
  ...['CardGoneError', 'ForeignCardError', 'MalformedAnswerError', 'StatusWordError'],
  ...['TokenFullError', 'TokenLockedError', 'TouchError'],
]);

const STATUS_WORDS = [
  ...[0x9000, 0x6100, 0x6101, 0x61ff, 0x6581, 0x6700, 0x6982, 0x6984, 0x6985, 0x6999, 0x6a80, 0x6a82],
  ...[0x6a84, 0x6b00, 0x6c00, 0x6cff, 0x6d00, 0x6e00, 0x6f00, 0x0000, 0xffff],
];

const TARGET = { label: 'AWS 123456789012:alice.primary' };
const PASSWORD = 'correct horse';
/** Far more than a burn needs. */
const MAX_EXCHANGES = 2_000;

/** One session: the card, and the number of writes that came at a wrong time. */
class HostileKey implements Transport {
  public exchanges = 0;
  public writes = 0;
  public blindWrites = 0;
  readonly #random: Random;
  readonly #key: VirtualYkOath;
  readonly #other: VirtualYkOath;
  /** The chance of each answer to be a lie, and of a command to get none. */
  readonly #lies: number;
  readonly #silence: number;
  readonly #endlessFrom: number;
  readonly #swappedFrom: number;
  /** The answer to "read serial" since the last write, and that of the first time. */
  #serialRead: string | undefined;
  #identified: string | undefined;
  /** The management applet was selected: the next answer of the OATH applet completes the identity. */
  #isAsked = false;
  /** The data of an answer that has more than one part. */
  #parts = '';

  public constructor(random: Random) {
    const maker = random.pick(['yubico', 'yubico', 'trussed'] as const);
    const password = random.chance(0.3) ? PASSWORD : undefined;
    const options = { maker, ...(password !== undefined && { password }), challenge: () => random.bytes(8) };
    this.#random = random;
    this.#key = new VirtualYkOath({ ...options, serial: 12345678 });
    this.#other = new VirtualYkOath({ ...options, serial: 87654321, id: random.bytes(8) });
    this.#lies = random.pick([0, 0.02, 0.1, 0.3, 1]);
    this.#silence = random.pick([0, 0, 0.02]);
    this.#endlessFrom = random.chance(0.1) ? random.below(20) : Number.POSITIVE_INFINITY;
    this.#swappedFrom = random.chance(0.3) ? random.below(20) : Number.POSITIVE_INFINITY;
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    this.exchanges++;
    if (this.exchanges > MAX_EXCHANGES) {
      throw new Error(`more than ${MAX_EXCHANGES} commands`);
    }
    const [, ins = 0] = command.bytes;
    if (ins === 0x01 || ins === 0x02) {
      this.writes++;
      this.blindWrites += this.#serialRead !== undefined && this.#serialRead === this.#identified ? 0 : 1;
    }
    const answer = await this.#answer(Uint8Array.from(command.bytes));
    if (!answer) {
      throw new CardGoneError(command.name);
    }
    this.#note(command, answer);
    return answer;
  }

  /** Keeps what the driver learned of the identity: the serial, or that there is none, and the id. */
  #note({ name }: CommandApdu, answer: Uint8Array): void {
    const hex = Buffer.from(answer).toString('hex');
    const [, data = '', statusWord = ''] = /^(.*)(.{4})$/.exec(hex) ?? [];
    this.#parts = name.endsWith('(rest)') ? this.#parts + data : data;
    if (name === 'select management') {
      this.#serialRead = undefined;
      this.#isAsked = true;
    }
    const isSelect = name.startsWith('select OATH');
    if (!statusWord.startsWith('61') && (isSelect || name.startsWith('read serial'))) {
      this.#serialRead = statusWord === '9000' ? identityIn(this.#parts, this.#serialRead) : undefined;
      this.#identified ??= isSelect && this.#isAsked ? this.#serialRead : undefined;
    }
  }

  async #answer(command: Uint8Array): Promise<Uint8Array | undefined> {
    const random = this.#random;
    if (random.chance(this.#silence)) {
      return undefined;
    }
    if (this.exchanges > this.#endlessFrom) {
      return withStatus(random.bytes(random.below(255)), 0x6100 | random.below(256));
    }
    const reaction = await (this.exchanges > this.#swappedFrom ? this.#other : this.#key).receive(command);
    if (typeof reaction === 'string') {
      return undefined;
    }
    return random.chance(this.#lies) ? lieFor(reaction, random) : reaction;
  }
}

/** The serial of a configuration, or the id of a SELECT behind the serial that was read before it. */
function identityIn(hex: string, before: string | undefined): string | undefined {
  const [, serial] = /0204(.{8})/.exec(hex) ?? [];
  const [, id] = /^7903.{6}7108(.{16})/.exec(hex) ?? [];
  return id === undefined ? serial : `${before?.slice(0, 8) ?? ''}:${id}`;
}

function lieFor(honest: Uint8Array, random: Random): Uint8Array {
  const data = honest.subarray(0, -2);
  switch (random.below(7)) {
    case 0:
      return random.bytes(random.between(2, 258));
    case 1:
      return withStatus(random.bytes(random.below(80)), 0x9000);
    case 2:
      return withStatus(new Uint8Array(), random.pick(STATUS_WORDS));
    case 3:
      return withStatus(data, random.pick(STATUS_WORDS));
    case 4:
      return withStatus(data.subarray(0, random.below(data.length + 1)), 0x9000);
    case 5:
      return withStatus(Uint8Array.of(...data, ...random.bytes(random.between(1, 200))), 0x9000);
    default:
      return flipped(honest, random);
  }
}

function withStatus(data: Uint8Array, statusWord: number): Uint8Array {
  return Uint8Array.of(...data, statusWord >> 8, statusWord & 0xff);
}

function flipped(answer: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(answer);
  const index = random.below(copy.length);
  copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
  return copy;
}

/** The outcome of many sessions. */
interface HostileResult {
  readonly kind: 'ykoath';
  readonly answers: number;
  readonly sessions: number;
  readonly writes: number;
  /** Writes to a key that was not the one identified; none is right. */
  readonly blindWrites: number;
  readonly longestSession: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** Plays sessions until the card was sent so many commands. */
export async function runHostileOath(answers: number, seed: number): Promise<HostileResult> {
  const outcomes: Record<string, number> = {};
  const violations: string[] = [];
  const totals = { answers: 0, sessions: 0, writes: 0, blindWrites: 0, longestSession: 0 };
  while (totals.answers < answers) {
    const sessionSeed = (seed + totals.sessions) >>> 0;
    const random = new Random(sessionSeed);
    const card = new HostileKey(random);
    const error = await play(card, random).catch((thrown: unknown) => thrown);
    const outcome = error instanceof Error ? error.name : String(error);
    if (error instanceof Error && !EXPLAINED.has(error.name)) {
      violations.push(`seed ${sessionSeed}: ${error.stack}`);
    }
    if (card.blindWrites > 0) {
      violations.push(
        `seed ${sessionSeed}: ${card.blindWrites} writes to a key that was not the one identified`,
      );
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    totals.answers += card.exchanges;
    totals.sessions++;
    totals.writes += card.writes;
    totals.blindWrites += card.blindWrites;
    totals.longestSession = Math.max(totals.longestSession, card.exchanges);
  }
  return { kind: 'ykoath', ...totals, outcomes, violations };
}

/** Uses everything that the driver can do. */
async function play(card: HostileKey, random: Random): Promise<string> {
  const found = await ykoath.probe(card);
  if (!found) {
    return 'not of this kind';
  }
  const { driver } = found;
  if (driver.lock) {
    await driver.unlock?.(Uint8Array.from(Buffer.from(random.chance(0.9) ? PASSWORD : 'wrong')));
  }
  const seed = Seed.fromBytes(random.bytes(40));
  for (let left = random.below(3); left > 0; left--) {
    await driver.occupancy?.(TARGET).catch(() => undefined);
    await driver.burn(seed, TARGET, () => 0).catch(() => undefined);
  }
  await driver.occupancy?.(TARGET);
  await driver.burn(seed, TARGET, () => 0);
  await driver.code?.(TARGET, random.below(2 ** 31), () => undefined);
  await driver.contents?.();
  await driver.erase?.(TARGET);
  await driver.info();
  return 'done';
}
