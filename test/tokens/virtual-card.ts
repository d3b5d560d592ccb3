/** What a virtual reader needs of anything laid on it. */

/**
 * What a card does with a command: answers, stays silent while it lies there, or leaves the reader.
 *
 * A card that leaves may have done what it was told, or not: nobody hears of it.
 */
export type Reaction = Uint8Array | 'mute' | 'gone';

export interface VirtualCard {
  /** Answer to reset, as a reader makes it up for a contactless card. */
  readonly atr: Uint8Array;
  /** The reader's field reaches the card. */
  enterField(): void;
  /** The field is gone, and with it all that the card held for the session. */
  leaveField(): void;
  receive(command: Uint8Array): Reaction;
}

/** The ATR readers give an ISO 14443-4 card: 3B 8n 80 01 (n historical bytes) TCK. */
export function contactlessAtr(historical: Uint8Array = new Uint8Array()): Uint8Array {
  const body = [0x80 | historical.length, 0x80, 0x01, ...historical];
  return Uint8Array.of(
    0x3b,
    ...body,
    body.reduce((check, byte) => check ^ byte, 0),
  );
}
