import * as fc from 'fast-check';

/**
 * Any character of Unicode, but no half of a surrogate pair. fast-check's unit `binary` means the same, but takes seconds in
 * each process because it first lists all characters.
 */
export const anyCharacter = fc
  .nat(0x10ffff - 0x800)
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));
