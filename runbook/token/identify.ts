/** Identifies the card on the reader, without authentication, and picks its driver. */
import type { TokenType } from '../../lib/record/record';
import { commandApdu, exchange, formatStatusWord, isLostLink, SUCCESS } from './apdu';
import { ForeignCardError, MalformedAnswerError, type TokenDriver, type TokenInfo } from './driver';
import { DRIVERS } from './drivers';
import type { Card } from './readers';
import { CardGoneError, type CommandApdu, type Transport } from './transport';

/** Applets that reveal the kind of a foreign card. */
const APPLETS: readonly { readonly aid: string; readonly name: string }[] = [
  { aid: 'A0000006472F0001', name: 'a FIDO security key' },
  { aid: Buffer.from('2PAY.SYS.DDF01', 'ascii').toString('hex'), name: 'a payment card' },
];

/** A token that may be written to. */
export interface IdentifiedToken {
  readonly driver: TokenDriver;
  readonly info: TokenInfo;
  /** The type by which the record should declare it. */
  readonly type: TokenType;
}

/**
 * Asks each kind of driver in turn whether the card is one of its tokens.
 *
 * @param trace wraps the card's transport, for `--trace-apdu`
 * @throws ForeignCardError if it is not a token that may be written to; only the questions of the drivers were sent, and,
 *   to a card that no driver knows, SELECTs of well-known applets
 * @throws CardGoneError
 */
export async function identifyToken(
  card: Pick<Card, 'reader' | 'atr' | 'transmit'>,
  trace: (transport: Transport) => Transport = (transport) => transport,
): Promise<IdentifiedToken> {
  const traced = trace(card);
  const transport = new FirstRefusal(traced);
  for (const kind of DRIVERS.filter((each) => each.mayBe(card))) {
    const found = await transport.unlessUnknown(() => kind.probe(transport));
    if (found !== undefined) {
      traced.remark?.(`kind ${found.driver.id}, serial ${found.info.serial}`);
      return { ...found, type: kind.type };
    }
  }
  transport.refuseIfMute();
  throw new ForeignCardError('not-a-token', await describeForeignCard(transport));
}

/** Remembers how the card that no driver knows answered. */
class FirstRefusal implements Transport {
  #refusal: string | undefined;
  #malformed: string | undefined;
  #lost: CardGoneError | undefined;
  #hasAnswered = false;

  public constructor(private readonly inner: Transport) {}

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    const answer = await this.inner.transmit(command);
    const [sw1 = 0, sw2 = 0] = answer.subarray(-2);
    const statusWord = (sw1 << 8) | sw2;
    if (statusWord !== SUCCESS) {
      this.#refusal ??= `it answered ${command.name} with ${formatStatusWord(statusWord)}`;
    }
    this.#hasAnswered ||= !isLostLink(statusWord);
    return answer;
  }

  /**
   * Takes a card whose answers follow no protocol for one that does not know the question, and also one whose reader reports
   * a failure twice: it may be the card's own way to refuse. So the question is asked once more; it changes nothing.
   */
  public async unlessUnknown<T>(ask: () => Promise<T>): Promise<T | undefined> {
    for (let left = 1; ; left--) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof MalformedAnswerError) {
          this.#malformed ??= error.message;
          return undefined;
        }
        if (!(error instanceof CardGoneError) || error.reported === undefined) {
          throw error;
        }
        if (left === 0) {
          this.#lost ??= error;
          return undefined;
        }
      }
    }
  }

  /** A card that never answered itself is no foreign card: its link is bad, or it is off. @throws CardGoneError */
  public refuseIfMute(): void {
    if (this.#lost !== undefined && !this.#hasAnswered) {
      throw this.#lost;
    }
  }

  public get refusal(): string {
    return this.#malformed ?? this.#refusal ?? 'no driver knows it';
  }
}

async function describeForeignCard(transport: FirstRefusal): Promise<string> {
  const { refusal } = transport;
  const names: string[] = [];
  for (const { aid, name } of APPLETS) {
    const command = selectCommand(Buffer.from(aid, 'hex'));
    const selected = await transport.unlessUnknown(() => exchange(transport, command));
    if (selected?.statusWord === SUCCESS) {
      names.push(name);
    }
  }
  return names.length > 0 ? `${names.join(', ')}; ${refusal}` : `${refusal} and has no known applet`;
}

/** 00 A4 04 00 Lc AID */
function selectCommand(aid: Uint8Array): CommandApdu {
  return commandApdu({ name: 'select', header: [0x00, 0xa4, 0x04, 0x00], body: aid });
}
