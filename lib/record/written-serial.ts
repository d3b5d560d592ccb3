/** The serial of a token as people write it in an inventory, and as the record has it. */
import { normalizePrintedSerial } from './names';
import { type Problem, SERIAL_RULE, type TextRule, textProblem } from './rules';

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
  return textProblem(type === 'hardware-totp' ? PRINTED_SERIAL_RULE : SERIAL_RULE, serial);
}

/** Returns the serial as the record has it: AWS knows a hardware-totp token by its serial without blanks and hyphens. */
export function recordedSerial(type: unknown, serial: string): string {
  return type === 'hardware-totp' ? normalizePrintedSerial(serial) : serial;
}
