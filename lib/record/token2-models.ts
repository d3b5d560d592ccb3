/** The models of Token2's single-profile tokens, recognized by their serials. */

/** A model, identified by the first digits of its serial. */
export interface Model {
  readonly prefix: string;
  readonly name: string;
  /** "Restricted sync": every write of the configuration wipes the seed, even if the time does not change. */
  readonly clockWipesSeed: boolean;
}

export const MODELS: readonly Model[] = [
  { prefix: '8659612', name: 'OTPC-P1-i', clockWipesSeed: false },
  { prefix: '8659622', name: 'OTPC-P2-i', clockWipesSeed: true },
  { prefix: '8659621', name: 'OTPC-P2-i-NB', clockWipesSeed: true },
  { prefix: '8659600', name: 'miniOTP-2-i', clockWipesSeed: false },
  { prefix: '8659601', name: 'miniOTP-3-i', clockWipesSeed: true },
  { prefix: '8659609', name: 'miniOTP-3-i-NB', clockWipesSeed: true },
  { prefix: '8659610', name: 'C301-i', clockWipesSeed: true },
  { prefix: '8659632', name: 'C302-i', clockWipesSeed: false },
];

/** Tokens that come with a seed that nobody can change. */
export const NOT_PROGRAMMABLE: readonly { readonly prefix: string; readonly name: string }[] = [
  { prefix: '8659623', name: 'C202' },
  { prefix: '865971', name: 'C203' },
];

/** Finds the entry with the longest prefix that the serial begins with. */
export function findByPrefix<T extends { readonly prefix: string }>(
  entries: readonly T[],
  serial: string,
): T | undefined {
  return entries
    .filter(({ prefix }) => serial.startsWith(prefix))
    .reduce<T | undefined>(
      (best, entry) => (best && best.prefix.length >= entry.prefix.length ? best : entry),
      undefined,
    );
}
