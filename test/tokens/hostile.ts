/**
 * A card that answers whatever it likes: random bytes, answers cut short or blown up, 61XX without end, other status
 * words, another token's serial, silence. In between it passes commands to a virtual token, so that the driver gets
 * far enough to write.
 *
 * Everything comes from one seed, which is reported: the same seed plays the same sessions.
 */
import { Seed } from '../../runbook/seed';
import { formatHex } from '../../runbook/token/apdu';
import type { DriverKind, TokenDriver, TokenInfo } from '../../runbook/token/driver';
import { CardGoneError, type CommandApdu, type Transport } from '../../runbook/token/transport';
import { Random } from '../faults/random';
import type { VirtualCard } from './virtual-card';

/** A family of tokens to be hostile with. */
export interface HostileKind {
  readonly name: string;
  readonly kind: DriverKind;
  /** Makes a fresh token, switched on. */
  makeCard(random: Random): VirtualCard & { readonly serial: string };
  /** Uses everything that the driver can do, in an order that depends on chance. Its errors are the outcome. */
  use(token: HostileToken, random: Random, seed: Seed): Promise<void>;
  /** The command changes the token. */
  isWrite(command: Uint8Array): boolean;
  /** The serial in an answer, if it has one. */
  serialIn(command: Uint8Array, answer: Uint8Array): string | undefined;
  /** Finds a rule of the family that a session broke. */
  violation?(exchanges: readonly HostileExchange[]): string | undefined;
}

/** A token as it was identified. */
export interface HostileToken {
  readonly driver: TokenDriver;
  readonly info: TokenInfo;
}

/** One command and the answer that the driver was given; nothing if the card was silent. */
export interface HostileExchange {
  readonly command: Uint8Array;
  readonly answer: Uint8Array | undefined;
}

interface HostileResult {
  readonly kind: string;
  readonly seed: number;
  readonly sessions: number;
  readonly answers: number;
  /** Sessions by their end: `done`, or the name of the error. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly writes: number;
  /** Writes to a card whose serial was not read, or was another's, in the same connection; none is right. */
  readonly blindWrites: number;
  /** Exchanges of the longest session. */
  readonly longestSession: number;
  /** One sentence each, with the seed of its session. */
  readonly violations: readonly string[];
}

/** The errors that the rest of the program can explain; any other is a defect. */
const EXPLAINED: ReadonlySet<string> = new Set([
  'CardGoneError',
  'ForeignCardError',
  'MalformedAnswerError',
  'ProfileTakenError',
  'StatusWordError',
  'TokenFullError',
  'TokenLockedError',
  'TouchError',
]);

/** A driver that sends more than this in one session does not end. */
const MAX_EXCHANGES = 5_000;
const SEED_BYTES = 40;
const MAX_ANSWER_BYTES = 258;

/** Status words that some token or reader has a meaning for. */
const STATUS_WORDS = [
  ...[0x9000, 0x9060, 0x6100, 0x61ff, 0x6c00, 0x6cff, 0x6300, 0x63c0, 0x63c1, 0x63c7, 0x63ff],
  ...[0x6400, 0x6700, 0x6982, 0x6983, 0x6984, 0x6985, 0x6a80, 0x6a82, 0x6a83, 0x6a84, 0x6a86],
  ...[0x6b00, 0x6d00, 0x6e00, 0x6f00, 0x6ffb, 0x0000, 0xffff],
];

type Lie = (honest: Uint8Array, random: Random) => Uint8Array;

const LIES: readonly Lie[] = [
  (_, random) => random.bytes(random.between(2, MAX_ANSWER_BYTES)),
  (_, random) => withStatus(random.bytes(random.below(80)), 0x9000),
  (_, random) => withStatus(new Uint8Array(), random.pick(STATUS_WORDS)),
  (_, random) => withStatus(new Uint8Array(), random.below(0x1_0000)),
  (honest, random) => withStatus(honest.subarray(0, -2), random.pick(STATUS_WORDS)),
  (honest, random) => honest.subarray(0, Math.max(2, random.below(honest.length))),
  (honest, random) => withStatus(honest.subarray(0, random.below(Math.max(1, honest.length - 1))), 0x9000),
  (honest, random) =>
    withStatus(Uint8Array.of(...honest.subarray(0, -2), ...random.bytes(random.between(1, 200))), 0x9000),
  (honest, random) => flipped(honest, random),
  // Answers to nothing: bytes with a tag in front that a parser may follow too far.
  (_, random) =>
    withStatus(
      Uint8Array.of(
        random.pick([0x95, 0x70, 0x71, 0x75, 0x76, 0x72]),
        random.below(256),
        ...random.bytes(40),
      ),
      0x9000,
    ),
];

/** The mood of one session. */
interface Mood {
  /** Of each answer, the chance that it is a lie. */
  readonly lies: number;
  /** Of each answer, the chance that there is none. */
  readonly silence: number;
  /** From this exchange on every answer is 61XX. */
  readonly endlessFrom: number;
  /** From this exchange on every serial is another's. */
  readonly otherSerialFrom: number;
}

function moodOf(random: Random): Mood {
  const never = Number.POSITIVE_INFINITY;
  return {
    lies: random.pick([0, 0.02, 0.1, 0.3, 1]),
    silence: random.pick([0, 0, 0.02]),
    endlessFrom: random.chance(0.1) ? random.below(12) : never,
    otherSerialFrom: random.chance(0.3) ? random.below(8) : never,
  };
}

/** Plays one session's part of the card. */
class HostileCard implements Transport {
  public readonly exchanges: HostileExchange[] = [];
  public writes = 0;
  public blindWrites = 0;
  /** The serial that the driver was made for. */
  public identified: string | undefined;
  readonly #mood: Mood;
  #serialRead: string | undefined;

  public constructor(
    private readonly kind: HostileKind,
    private readonly card: VirtualCard & { readonly serial: string },
    private readonly random: Random,
  ) {
    this.#mood = moodOf(random);
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    const bytes = Uint8Array.from(command.bytes);
    if (this.exchanges.length >= MAX_EXCHANGES) {
      throw new Error(`more than ${MAX_EXCHANGES} exchanges`);
    }
    if (this.kind.isWrite(bytes)) {
      this.writes++;
      this.blindWrites += this.#serialRead !== undefined && this.#serialRead === this.identified ? 0 : 1;
    }
    const answer = await this.#answer(bytes);
    this.exchanges.push({ command: bytes, answer });
    if (answer === undefined) {
      throw new CardGoneError(command.name);
    }
    this.#serialRead = this.kind.serialIn(bytes, answer) ?? this.#serialRead;
    return answer;
  }

  async #answer(command: Uint8Array): Promise<Uint8Array | undefined> {
    const { random } = this;
    const { lies, silence, endlessFrom, otherSerialFrom } = this.#mood;
    const index = this.exchanges.length;
    if (random.chance(silence)) {
      return undefined;
    }
    if (index >= endlessFrom) {
      return withStatus(random.bytes(random.below(16)), 0x6100 | random.below(256));
    }
    const honest = await this.card.receive(Uint8Array.from(command));
    if (typeof honest === 'string') {
      return undefined;
    }
    const told = index >= otherSerialFrom ? withOtherSerial(honest, this.card.serial) : honest;
    return random.chance(lies) ? random.pick(LIES)(told, random) : told;
  }
}

function withStatus(data: Uint8Array, statusWord: number): Uint8Array {
  const answer = new Uint8Array(data.length + 2);
  answer.set(data);
  answer.set([statusWord >> 8, statusWord & 0xff], data.length);
  return answer;
}

function flipped(answer: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(answer);
  const index = random.below(copy.length);
  copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
  return copy;
}

/** Replaces the last digit of the serial wherever the answer has it as text. */
function withOtherSerial(answer: Uint8Array, serial: string): Uint8Array {
  const copy = Buffer.from(answer);
  const at = copy.indexOf(serial, 0, 'ascii');
  if (at >= 0) {
    const last = at + serial.length - 1;
    copy[last] = copy[last] === 0x39 ? 0x30 : (copy[last] ?? 0) + 1;
  }
  return Uint8Array.from(copy);
}

/** Plays sessions until the card has given so many answers. */
export async function runHostile(kind: HostileKind, answers: number, seed: number): Promise<HostileResult> {
  const outcomes: Record<string, number> = {};
  const violations: string[] = [];
  const totals = { sessions: 0, answers: 0, writes: 0, blindWrites: 0, longestSession: 0 };
  while (totals.answers < answers) {
    const sessionSeed = (seed + totals.sessions) >>> 0;
    const { card, outcome, found } = await playSession(kind, sessionSeed);
    totals.sessions++;
    totals.answers += card.exchanges.length;
    totals.writes += card.writes;
    totals.blindWrites += card.blindWrites;
    totals.longestSession = Math.max(totals.longestSession, card.exchanges.length);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    violations.push(...found.map((detail) => `seed ${sessionSeed}: ${detail}`));
    // A driver that sends nothing would never get there.
    if (totals.sessions > answers) {
      break;
    }
  }
  return { kind: kind.name, seed, ...totals, outcomes, violations };
}

interface Session {
  readonly card: HostileCard;
  readonly outcome: string;
  readonly found: readonly string[];
}

async function playSession(kind: HostileKind, sessionSeed: number): Promise<Session> {
  const random = new Random(sessionSeed);
  const card = new HostileCard(kind, kind.makeCard(random), random);
  const secret = random.bytes(SEED_BYTES);
  const hex = formatHex(secret);
  const seed = Seed.fromBytes(secret);
  const error = await identifyAndUse(kind, card, random, seed).then(
    (outcome) => outcome,
    (thrown: unknown) => thrown,
  );
  seed.wipe();
  const found: string[] = [];
  const outcome = typeof error === 'string' ? error : error instanceof Error ? error.name : String(error);
  if (error instanceof Error && !EXPLAINED.has(error.name)) {
    found.push(`${error.name}: ${error.message}`);
  }
  if (error instanceof Error && `${error.message}${JSON.stringify(error)}`.toUpperCase().includes(hex)) {
    found.push(`the ${outcome} tells the seed`);
  }
  if (card.blindWrites > 0) {
    found.push(`${card.blindWrites} writes to a card whose serial was not read in the connection`);
  }
  const broken = kind.violation?.(card.exchanges);
  return { card, outcome, found: broken === undefined ? found : [...found, broken] };
}

async function identifyAndUse(
  { kind, use }: HostileKind,
  card: HostileCard,
  random: Random,
  seed: Seed,
): Promise<string> {
  const token = await kind.probe(card);
  if (token === undefined) {
    return 'not of this kind';
  }
  card.identified = token.info.serial;
  await use(token, random, seed);
  return 'done';
}
