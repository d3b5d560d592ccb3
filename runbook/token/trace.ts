/**
 * Records every exchange with a token, for `--trace-apdu`.
 *
 *     => 80410000020211
 *     <= 9516020E383635393632323030303030303111046553F1009000
 *     => 84C5010034 [52 bytes withheld]
 *     <= 9000
 *
 * Rules: only the first five bytes of a secret command and the status word of its answer are shown. The key of the tokens
 * is public, so the encrypted seed is the seed. Instructions that carry keys are withheld even if their command was not
 * marked as secret.
 */
import { formatHex } from './apdu';
import { DRIVERS } from './drivers';
import type { Card } from './readers';
import { REMARK } from './recording';
import type { CommandApdu, Transport } from './transport';

const HEADER_BYTES = 5;
const STATUS_BYTES = 2;

/** Withheld whatever the token on the reader is: it may not be known yet, or be another than it seems. */
const WITHHELD_INSTRUCTIONS: ReadonlySet<number> = new Set(
  DRIVERS.flatMap(({ withheldInstructions }) => [...withheldInstructions]),
);

/** A transport that records every exchange of another. */
export class TracingTransport implements Transport {
  #isIntroduced = false;

  public constructor(
    private readonly inner: Transport & Partial<Pick<Card, 'reader' | 'atr'>>,
    private readonly writeLine: (line: string) => void,
  ) {}

  public remark(text: string): void {
    // The name of a reader comes from its maker.
    this.writeLine(`${REMARK}${text.replace(/\p{Cc}/gu, '?')}`);
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    this.#introduce();
    const withheld = isWithheld(command);
    this.writeLine(`=> ${withheld ? hideAfter(command.bytes, HEADER_BYTES) : formatHex(command.bytes)}`);
    try {
      const answer = await this.inner.transmit(command);
      this.writeLine(`<= ${withheld ? hideBefore(answer, STATUS_BYTES) : formatHex(answer)}`);
      return answer;
    } catch (error) {
      this.writeLine('<= no answer');
      throw error;
    }
  }

  /** Names the reader and the card before the first exchange with it. */
  #introduce(): void {
    const { reader, atr } = this.inner;
    if (this.#isIntroduced || reader === undefined || atr === undefined) {
      return;
    }
    this.#isIntroduced = true;
    this.remark(`reader ${reader}`);
    this.remark(`answer to reset ${formatHex(atr)}`);
  }
}

function isWithheld(command: CommandApdu): boolean {
  return command.secret || WITHHELD_INSTRUCTIONS.has(command.bytes[1] ?? 0);
}

function hideAfter(bytes: Uint8Array, shown: number): string {
  const hidden = Math.max(0, bytes.length - shown);
  return formatHex(bytes.subarray(0, shown)) + (hidden > 0 ? ` [${hidden} bytes withheld]` : '');
}

function hideBefore(bytes: Uint8Array, shown: number): string {
  const hidden = Math.max(0, bytes.length - shown);
  return (hidden > 0 ? `[${hidden} bytes withheld] ` : '') + formatHex(bytes.subarray(-shown));
}
