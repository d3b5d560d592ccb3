/**
 * Hardware as a text file.
 *
 *     # a comment
 *     => 80410000020211
 *     <= 9516020E383635393632323030303030303111046553F1009000
 *
 * `<= no answer` is a card that left. Only published test seeds are ever recorded: unlike a trace, a transcript
 * contains everything.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHex } from '../../../runbook/token/apdu';
import { CardGoneError, type CommandApdu, type Transport } from '../../../runbook/token/transport';
import { parseHex } from '../parse-hex';
import { contactlessAtr } from '../virtual-card';

const NO_ANSWER = 'no answer';

interface Exchange {
  readonly command: string;
  readonly answer: string;
}

/** Reads a file of `test/tokens/transcripts`. */
export function readTranscript(name: string): string {
  return readFileSync(join(__dirname, `${name}.apdu`), 'utf8');
}

function parseTranscript(text: string): Exchange[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const exchanges: Exchange[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [sent, received] = [lines[i] ?? '', lines[i + 1] ?? ''];
    if (!sent.startsWith('=> ') || !received.startsWith('<= ')) {
      throw new Error(`a transcript is pairs of "=> …" and "<= …", not "${sent}" and "${received}"`);
    }
    exchanges.push({ command: sent.slice(3), answer: received.slice(3) });
  }
  return exchanges;
}

/** Plays a transcript: every command must equal the next one in it, byte for byte. */
export class ReplayTransport implements Transport {
  public readonly reader = 'Virtual Reader 00 00';
  public readonly atr = contactlessAtr();
  readonly #exchanges: Exchange[];

  public constructor(transcript: string) {
    this.#exchanges = parseTranscript(transcript);
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    const next = this.#exchanges.shift();
    const sent = formatHex(command.bytes);
    if (next?.command !== sent) {
      throw new Error(
        `"${command.name}" sent ${sent}, the transcript has ${next?.command ?? 'no more commands'}`,
      );
    }
    if (next.answer === NO_ANSWER) {
      throw new CardGoneError(command.name);
    }
    return parseHex(next.answer);
  }

  /** Fails when the transcript has commands that were never sent. */
  public finish(): void {
    const [next] = this.#exchanges;
    if (next) {
      throw new Error(`${this.#exchanges.length} commands were not sent, the first is ${next.command}`);
    }
  }
}

/** Records the exchange of another transport. */
export class RecordingTransport implements Transport {
  readonly #inner: Transport;
  readonly #lines: string[] = [];

  public constructor(inner: Transport) {
    this.#inner = inner;
  }

  public get transcript(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    this.#lines.push(`=> ${formatHex(command.bytes)}`);
    try {
      const answer = await this.#inner.transmit(command);
      this.#lines.push(`<= ${formatHex(answer)}`);
      return answer;
    } catch (error) {
      this.#lines.push(`<= ${NO_ANSWER}`);
      throw error;
    }
  }
}
