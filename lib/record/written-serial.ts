/** The serial of a token as people write it in an inventory, and as the record has it. */
import { normalizePrintedSerial } from './names';
import type { TokenType } from './record';
import { type Problem, quote, SERIAL_RULE, type TextRule, textProblem } from './rules';
import { findByPrefix, MODELS, NOT_PROGRAMMABLE } from './token2-models';

/**
 * The serial of a token whose seed AWS knows, after normalizePrintedSerial. There is no published grammar; AWS's own
 * examples have 12 letters and digits, and IAM takes no serial of fewer than 9 characters.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
 */
const PRINTED_SERIAL_RULE: TextRule = {
  ...SERIAL_RULE,
  pattern: /^[A-Z0-9]{9,32}$/,
  refusal: 'is not the serial of a hardware-totp token',
  fix: 'write the 9 to 32 letters and digits printed on its back; blanks, hyphens and case do not matter',
};

/**
 * The serial as it may be written in an inventory. On a hardware-totp token, blanks are as good as printed; on any other,
 * serialProblem refuses them.
 */
export const WRITTEN_SERIAL_RULE: TextRule = {
  ...SERIAL_RULE,
  pattern: /^[A-Za-z0-9]([A-Za-z0-9\s-]*[A-Za-z0-9])?$/,
  maxLength: 64,
};

/**
 * Returns the problem with a serial of an inventory, if there is one.
 *
 * @param serial normalized, if the token is a `hardware-totp`
 */
export function serialProblem(type: unknown, serial: string): Problem | undefined {
  return (
    textProblem(type === 'hardware-totp' ? PRINTED_SERIAL_RULE : SERIAL_RULE, serial) ??
    typeProblem(type, serial)
  );
}

const MOLTO2_SERIAL = /^8266587\d{8}$/;

/** A form of serials that one vendor prints on one kind of token. */
interface SerialFamily {
  readonly pattern: RegExp;
  readonly whose: string;
  /** Types that a token of this family cannot be enrolled as: the token or AWS would refuse. */
  readonly never: readonly TokenType[];
  readonly fix: string;
}

const FAMILIES: readonly SerialFamily[] = [
  {
    pattern: MOLTO2_SERIAL,
    whose: 'of a Molto2',
    never: ['programmable', 'oath', 'hardware-totp', 'fido2'],
    fix: 'write type: molto2 and its profile',
  },
  {
    pattern: new RegExp(`^(?=\\d{14}$)(?:${NOT_PROGRAMMABLE.map(({ prefix }) => prefix).join('|')})`),
    whose: `of a token whose seed nobody can change (${NOT_PROGRAMMABLE.map(({ name }) => name).join(', ')})`,
    never: ['programmable', 'molto2', 'hardware-totp'],
    fix: 'use another model, or correct the serial',
  },
  {
    pattern: /^8659\d{10}$/,
    whose: 'of a single-profile token of Token2',
    never: ['molto2', 'hardware-totp'],
    fix: 'leave type and profile out, or correct the serial',
  },
  {
    pattern: /^GA[A-Z]T\d{8}$/i,
    whose: 'of a token that AWS knows by its serial',
    never: ['programmable', 'molto2'],
    fix: 'write type: hardware-totp, or correct the serial',
  },
];

/** Returns the problem with a serial that is printed on another kind of token, if that is sure. */
function typeProblem(type: unknown, serial: string): Problem | undefined {
  const family = FAMILIES.find(
    ({ pattern, never }) => never.some((each) => each === type) && pattern.test(serial),
  );
  return family === undefined
    ? undefined
    : {
        message: `serial ${quote(serial)} is that ${family.whose}, but the token is declared as ${String(type)}`,
        fix: family.fix,
      };
}

/**
 * Tells whether the runbook can write a seed to the model that a serial belongs to. Only Token2's serials tell the model, so
 * those of other tokens count as known.
 */
export function isOfKnownModel(type: TokenType, serial: string): boolean {
  switch (type) {
    case 'programmable':
      return /^\d{14}$/.test(serial) && findByPrefix(MODELS, serial) !== undefined;
    case 'molto2':
      return MOLTO2_SERIAL.test(serial);
    default:
      return true;
  }
}

/** Returns the serial as the record has it: AWS knows a hardware-totp token by its serial without blanks and hyphens. */
export function recordedSerial(type: unknown, serial: string): string {
  return type === 'hardware-totp' ? normalizePrintedSerial(serial) : serial;
}
