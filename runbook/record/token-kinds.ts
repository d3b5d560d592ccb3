/** The types of tokens that a record can declare, and how each is enrolled: the one table that ceremonies and reviews ask. */
import type { TokenType } from '../../lib/record/record';

interface TokenKind {
  /** The runbook writes the seed of a new device onto it. */
  readonly isBurned: boolean;
  /** `person`: codes are read off a display. `key`: the token computes them on a tap. `none`: it has no codes. */
  readonly codeSource: 'person' | 'key' | 'none';
  /** With its article, for messages. */
  readonly noun: string;
}

export const TOKEN_KINDS: Readonly<Record<TokenType, TokenKind>> = {
  programmable: {
    isBurned: true,
    codeSource: 'person',
    noun: 'a programmable token',
  },
  molto2: { isBurned: true, codeSource: 'person', noun: 'a multi-profile token' },
  oath: { isBurned: true, codeSource: 'key', noun: 'an OATH security key' },
  'hardware-totp': {
    isBurned: false,
    codeSource: 'person',
    noun: 'a hardware TOTP token',
  },
  fido2: { isBurned: false, codeSource: 'none', noun: 'a FIDO2 security key' },
};

/** Tells whether the runbook writes the seed of a new device onto tokens of this type. */
export function isBurned(type: TokenType): boolean {
  return TOKEN_KINDS[type].isBurned;
}
