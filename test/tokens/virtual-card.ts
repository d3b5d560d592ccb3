/** The interface between a virtual reader and a card on it. */

/**
 * The outcome of a command: the card answers, stays silent on the reader, or leaves the reader.
 *
 * A card that leaves may or may not have executed the command.
 */
export type Reaction = Uint8Array | 'mute' | 'gone';

export interface VirtualCard {
  /** The answer to reset, as a reader generates it for a contactless card. */
  readonly atr: Uint8Array;
  /** The reader's field reaches the card. */
  enterField(): void;
  /** The field is off, and the card loses all volatile state. */
  leaveField(): void;
  /** A card that waits for a person answers later. */
  receive(command: Uint8Array): Reaction | Promise<Reaction>;
}

/** Gives the ATR that readers generate for an ISO 14443-4 card: 3B 8n 80 01 (n historical bytes) TCK. */
export function contactlessAtr(historical: Uint8Array = new Uint8Array()): Uint8Array {
  const body = [0x80 | historical.length, 0x80, 0x01, ...historical];
  return Uint8Array.of(
    0x3b,
    ...body,
    body.reduce((check, byte) => check ^ byte, 0),
  );
}
