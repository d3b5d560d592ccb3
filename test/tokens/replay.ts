/**
 * Runs a recording (`--record FILE`) as a card on a virtual reader.
 *
 * Every command must be the next one of the recording. Of a body that was withheld only the length is known, so any body
 * of that length is right; an answer that was withheld is zeros, unless the test can work it out.
 */
import { formatHex } from '../../runbook/token/apdu';
import { REMARK } from '../../runbook/token/recording';
import { parseHex } from './parse-hex';
import type { Reaction, VirtualCard } from './virtual-card';

interface Bytes {
  readonly hex: string;
  readonly withheld: number;
}

interface Exchange {
  readonly command: Bytes;
  readonly answer: Bytes | 'no answer';
}

/** A recording, read. */
interface RecordedTranscript {
  /** Unix milliseconds. */
  readonly begunMs: number;
  readonly reader: string;
  readonly atr: Uint8Array;
  /** The driver; absent if no card was identified. */
  readonly kind: string | undefined;
  readonly exchanges: readonly Exchange[];
}

/** @throws Error for what is not a recording */
export function parseRecording(text: string): RecordedTranscript {
  const lines = text.split('\n').filter((line) => line !== '');
  const remarks = lines.filter((line) => line.startsWith(REMARK)).map((line) => line.slice(REMARK.length));
  function remark(pattern: RegExp): string | undefined {
    return remarks.map((each) => pattern.exec(each)?.[1]).find((found) => found !== undefined);
  }
  const [begun, reader, atr] = [/, from (\S+)$/, /^reader (.+)$/, /^answer to reset (\S*)$/].map(remark);
  if (begun === undefined || reader === undefined || atr === undefined) {
    throw new Error('a recording names its beginning, its reader and the answer to reset');
  }
  return {
    begunMs: Date.parse(begun),
    reader,
    atr: parseHex(atr),
    kind: remark(/^kind ([^,]+)/),
    exchanges: parseExchanges(lines.filter((line) => !line.startsWith(REMARK))),
  };
}

function parseExchanges(lines: readonly string[]): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const [sent = '', received = ''] = [lines[at], lines[at + 1]];
    if (!sent.startsWith('=> ') || !received.startsWith('<= ')) {
      throw new Error(`a recording is pairs of "=> …" and "<= …", not "${sent}" and "${received}"`);
    }
    const answer = received.slice(3);
    exchanges.push({
      command: parseBytes(sent.slice(3)),
      answer: answer === 'no answer' ? answer : parseBytes(answer),
    });
  }
  return exchanges;
}

function parseBytes(text: string): Bytes {
  const [, count = '0'] = /\[(\d+) bytes withheld\]/.exec(text) ?? [];
  return { hex: text.replace(/ ?\[\d+ bytes withheld\] ?/, ''), withheld: Number(count) };
}

/** A card that answers as it did when it was recorded. */
export class ReplayedCard implements VirtualCard {
  public readonly atr: Uint8Array;
  readonly #left: Exchange[];
  #mistake: string | undefined;

  /** @param withheldAnswer works out the data of an answer that was withheld, of so many bytes */
  public constructor(
    { atr, exchanges }: RecordedTranscript,
    private readonly withheldAnswer: (command: Uint8Array, length: number) => Uint8Array = (_, length) =>
      new Uint8Array(length),
  ) {
    this.atr = atr;
    this.#left = [...exchanges];
  }

  public enterField(): void {}

  public leaveField(): void {}

  public receive(command: Uint8Array): Reaction {
    const next = this.#left.shift();
    if (next === undefined || !isSame(next.command, command)) {
      const wanted = next === undefined ? 'no more commands' : next.command.hex;
      this.#mistake ??= `the card got ${formatHex(command.subarray(0, 5))}…, the recording has ${wanted}`;
      return Uint8Array.of(0x6f, 0x00);
    }
    if (next.answer === 'no answer') {
      return 'gone';
    }
    const { withheld, hex } = next.answer;
    const data = withheld === 0 ? [] : this.withheldAnswer(command, withheld);
    return Uint8Array.of(...data, ...parseHex(hex));
  }

  /** @throws Error if a command was not the recorded one, or some never came */
  public finish(): void {
    if (this.#mistake !== undefined) {
      throw new Error(this.#mistake);
    }
    const [next] = this.#left;
    if (next !== undefined) {
      throw new Error(`${this.#left.length} commands did not come, the first is ${next.command.hex}`);
    }
  }
}

function isSame({ hex, withheld }: Bytes, command: Uint8Array): boolean {
  const shown = hex.length / 2;
  return command.length === shown + withheld && formatHex(command.subarray(0, shown)) === hex;
}
