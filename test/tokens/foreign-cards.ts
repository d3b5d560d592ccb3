/** Cards that people put on a reader by mistake. */
import { VirtualToken2Single } from './token2-single';
import { contactlessAtr, type Reaction, type VirtualCard } from './virtual-card';

const NOT_FOUND = '6A82';

/** A card that has some applets and nothing else. */
class AppletCard implements VirtualCard {
  public readonly atr: Uint8Array;
  /** Headers of all received commands as hex. */
  public readonly received: string[] = [];
  readonly #answers: Readonly<Record<string, string>>;
  readonly #otherwise: string;

  public constructor(historical: string, answers: Readonly<Record<string, string>>, otherwise: string) {
    this.atr = contactlessAtr(Buffer.from(historical, 'hex'));
    this.#answers = answers;
    this.#otherwise = otherwise;
  }

  public enterField(): void {}

  public leaveField(): void {}

  public receive(command: Uint8Array): Reaction {
    const hex = Buffer.from(command).toString('hex').toUpperCase();
    this.received.push(hex);
    const isSelect = hex.startsWith('00A40400');
    const aid = hex.slice(10, 10 + 2 * (command[4] ?? 0));
    const answer = isSelect ? (this.#answers[aid] ?? this.#unknownApplet) : this.#otherwise;
    return Uint8Array.from(Buffer.from(answer, 'hex'));
  }

  get #unknownApplet(): string {
    return Object.keys(this.#answers).length > 0 ? NOT_FOUND : this.#otherwise;
  }
}

/** A contactless payment card: answers to the directory `2PAY.SYS.DDF01`. */
export function bankCard(): AppletCard {
  const directory = Buffer.from('2PAY.SYS.DDF01', 'ascii').toString('hex').toUpperCase();
  return new AppletCard('0031C573C001409000', { [directory]: `6F10840E${directory}9000` }, '6D00');
}

/** A FIDO2 key without an OATH applet. */
export function fidoKey(): AppletCard {
  return new AppletCard('80730021C057597562694B6579', { A0000006472F0001: `${hex('FIDO_2_0')}9000` }, '6D00');
}

/** A door badge: an ISO 14443-4 chip that supports none of our command classes. */
export function badge(): AppletCard {
  return new AppletCard('7577810280', {}, '6E00');
}

/** A token with an unknown prefix: it uses the protocol, but its serial belongs to no known model. */
export function unknownToken(clock: () => number): VirtualToken2Single {
  return new VirtualToken2Single({ serial: '86590000000001', clock });
}

/** A C202: a known model, but its seed cannot be set. */
export function sealedToken(clock: () => number): VirtualToken2Single {
  return new VirtualToken2Single({ serial: '86596230000001', clock });
}

function hex(text: string): string {
  return Buffer.from(text, 'ascii').toString('hex').toUpperCase();
}
