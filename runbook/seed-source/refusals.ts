/** The errors of a seed that is read from a picture or typed. No text of theirs may hold the secret, or a part of it. */
import { printable } from '../../lib/record/rules';
import { RunbookError, type RunbookErrorCode } from '../runbook-error';

/** Makes the error of a mistake in what was handed over: nothing was done yet. */
export function refusal(
  code: RunbookErrorCode & `seed/${string}`,
  message: string,
  ...hints: readonly string[]
): RunbookError {
  return new RunbookError(code, message, { hints });
}

/** This much of a foreign code is shown. */
const SHOWN_CHARACTERS = 12;

/** Names a code that is no secret of an authenticator, and shows its beginning only where it can hold no secret. */
export function nameForeignText(text: string): string {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]{1,30}):/i.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case 'otpauth-migration':
      return 'an export of Google Authenticator';
    case 'steam':
      return 'a secret of Steam';
    case 'http':
    case 'https':
      break;
    case '':
      if (mayBeSecret(text)) {
        return `a text of ${text.length} characters`;
      }
      break;
    default:
      return `a ${scheme.toLowerCase()} link`;
  }
  const shown = text.slice(0, SHOWN_CHARACTERS);
  return /secret/i.test(text)
    ? 'a text that holds a secret in another form'
    : `"${printable(shown)}${shown.length < text.length ? '…' : ''}"`;
}

/** Tells whether a text could be a bare secret: the serial of a token is shorter, or has digits that Base32 lacks. */
function mayBeSecret(text: string): boolean {
  return /^[A-Za-z2-7=\s-]{12,}$|^[0-9a-f]{32,}$|^[A-Za-z0-9+/=_-]{24,}$/i.test(text);
}
