/** Builds commands and parses answers (ISO/IEC 7816-4 APDUs, short form only), and formats bytes. */
import { CardGoneError, type CommandApdu, type Transport } from './transport';

/** An answer, split into its parts. */
export interface Answer {
  readonly data: Uint8Array;
  /** SW1 SW2 as one number, such as 0x9000. */
  readonly statusWord: number;
}

export const SUCCESS = 0x9000;
/** Readers answer with these themselves when the exchange with the card failed. */
const LOST_LINK: ReadonlySet<number> = new Set([0x6300, 0x6400, 0x6f00]);

const MAX_SHORT_BODY = 255;
/** A token's answer never has more parts than this, or takes longer; the limits end the loop with a card that never finishes. */
const MAX_ANSWER_PARTS = 16;
export const MAX_CHAIN_MS = 2_000;
const SHOWN_BYTES = 64;

/**
 * Builds `CLA INS P1 P2 Lc body`, without Le, because none of our commands has one.
 *
 * @param body at most 255 bytes; copied
 * @param secret keeps the body out of traces
 */
export function commandApdu({
  name,
  header,
  body = new Uint8Array(),
  secret = false,
}: {
  readonly name: string;
  readonly header: readonly [cla: number, ins: number, p1: number, p2: number];
  readonly body?: Uint8Array;
  readonly secret?: boolean;
}): CommandApdu {
  if (body.length > MAX_SHORT_BODY) {
    throw new RangeError(
      `the body of "${name}" is ${body.length} bytes, a short APDU holds ${MAX_SHORT_BODY}`,
    );
  }
  const bytes = new Uint8Array(header.length + 1 + body.length);
  bytes.set([...header, body.length]);
  bytes.set(body, header.length + 1);
  return { name, bytes, secret };
}

/** @throws CardGoneError for an answer that is shorter than a status word: the card left while it answered */
function splitAnswer({ name }: CommandApdu, answer: Uint8Array): Answer {
  const [sw1, sw2] = answer.subarray(-2);
  if (sw1 === undefined || sw2 === undefined) {
    const cause = new Error(`an answer has at least two bytes, but this one is "${formatHex(answer)}"`);
    throw new CardGoneError(name, { cause });
  }
  return { data: answer.subarray(0, -2), statusWord: (sw1 << 8) | sw2 };
}

/** Tells whether readers give this status word when they lost the card. */
export function isLostLink(statusWord: number): boolean {
  return LOST_LINK.has(statusWord);
}

/** Tells an answer that the reader made up, because it lost the card, from one of the card. @throws CardGoneError */
export function refuseLostLink({ name }: CommandApdu, { statusWord }: Answer): void {
  if (isLostLink(statusWord)) {
    const cause = new Error(`the reader answered ${formatStatusWord(statusWord)} for the card`);
    throw new CardGoneError(name, { reported: statusWord, cause });
  }
}

/** Sends a command and takes its answer apart. @throws CardGoneError if none came, or one of the reader itself */
export async function answerTo(transport: Transport, command: CommandApdu): Promise<Answer> {
  const answer = await exchangeOnce(transport, command);
  refuseLostLink(command, answer);
  return answer;
}

/**
 * Sends a command and collects its whole answer.
 *
 * Over NFC this is one exchange. A contact reader (T=0) may answer 61XX (fetch the rest with GET RESPONSE) or 6CXX (send
 * the same command again with Le = XX).
 *
 * @throws CardGoneError
 */
export async function exchange(transport: Transport, command: CommandApdu): Promise<Answer> {
  let answer = await answerTo(transport, command);
  if (answer.statusWord >> 8 === 0x6c) {
    const repeated = withLe(command, answer.statusWord & 0xff);
    try {
      answer = await answerTo(transport, repeated);
    } finally {
      if (repeated.secret) {
        repeated.bytes.fill(0);
      }
    }
  }
  let data = answer.data;
  const start = performance.now();
  for (let part = 0; answer.statusWord >> 8 === 0x61 && part < MAX_ANSWER_PARTS; part++) {
    if (performance.now() - start > MAX_CHAIN_MS) {
      break;
    }
    answer = await answerTo(transport, getResponse(command, answer.statusWord & 0xff));
    data = Uint8Array.from([...data, ...answer.data]);
  }
  return { data, statusWord: answer.statusWord };
}

/**
 * Sends a command a single time, whatever the answer: for one that must not be sent again because of 6CXX, since each
 * time it costs a try.
 */
export async function exchangeOnce(transport: Transport, command: CommandApdu): Promise<Answer> {
  return splitAnswer(command, await transport.transmit(command));
}

/** 00 C0 00 00 XX */
function getResponse(command: CommandApdu, length: number): CommandApdu {
  return {
    name: `${command.name} (get response)`,
    bytes: Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length),
    secret: command.secret,
  };
}

function withLe(command: CommandApdu, le: number): CommandApdu {
  const hasBody = command.bytes.length > 5;
  const unchanged = hasBody ? command.bytes : command.bytes.subarray(0, 4);
  const bytes = new Uint8Array(unchanged.length + 1);
  bytes.set(unchanged);
  bytes[unchanged.length] = le;
  return { ...command, bytes };
}

/** Formats bytes as upper-case pairs without spaces: `80410000`. */
export function formatHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** Formats the data of an answer for an error, which shows no more than 64 bytes of it. Not for answers that hold a secret. */
export function describeBytes(data: Uint8Array): string {
  const shown = formatHex(data.subarray(0, SHOWN_BYTES));
  return `${data.length} bytes${shown && ` (${shown}${data.length > SHOWN_BYTES ? '…' : ''})`}`;
}

/** Formats a status word as four digits: `6A80`. */
export function formatStatusWord(statusWord: number): string {
  return statusWord.toString(16).toUpperCase().padStart(4, '0');
}
