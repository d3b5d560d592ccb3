/** Makes the label that a token keeps with a seed, so that a person can tell what it is for. */
import { createHash } from 'node:crypto';
import type { TokenType } from '../../lib/record/record';

/** Whose seed it is. */
interface LabelSubject {
  /** Twelve digits. */
  readonly account: string;
  /** The IAM user; of a root user, `root@` and the account. */
  readonly holder: string;
  readonly slot: string;
}

/** The longest name of an OATH credential, in bytes; a longer one is cut and ends with part of its digest. */
const NAME_BYTES = 64;
const CUT_BYTES = 55;
const DIGEST_DIGITS = 8;

/** The longest title of a profile, in ASCII characters. */
const TITLE_LENGTH = 12;

/** The digits of an account that a title of a root user has room for. */
const ACCOUNT_DIGITS = 7;

/** The characters of a slot in a title that has no room for all: the first ones, and the last. */
const TAG_LENGTH = 3;

/** Makes the label for a type of token. Names of IAM are ASCII, so a character is a byte. */
export function labelFor(type: TokenType, { account, holder, slot }: LabelSubject): string {
  if (type === 'molto2') {
    return titleOf({ account, holder, slot });
  }
  return shorten(`AWS ${account}:${holder}.${slot}`);
}

/** Makes the label of a secret that somebody handed over, from what its code says of it. */
export function labelOfSecret(
  type: TokenType,
  { issuer, label }: { readonly issuer: string; readonly label: string },
): string {
  const isWhole = issuer === '' || label.startsWith(`${issuer}:`);
  const whole = (isWhole ? label : `${issuer}:${label}`) || NO_LABEL;
  if (type === 'molto2') {
    // A title has room for one of the two only: people tell their secrets apart by the service.
    const title = (issuer || label).replace(/[^ -~]/g, '').trim();
    return title.slice(0, TITLE_LENGTH).trim() || NO_LABEL;
  }
  return shorten(whole);
}

/** The label of a secret whose code has none. */
const NO_LABEL = 'secret';

/** Cuts a name that is too long, at a whole character, and ends it with part of its digest. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES) {
    return name;
  }
  const digest = createHash('sha256').update(name, 'utf8').digest('hex').slice(0, DIGEST_DIGITS);
  let cut = '';
  for (const character of name) {
    if (Buffer.byteLength(cut + character) > CUT_BYTES) {
      break;
    }
    cut += character;
  }
  return `${cut}~${digest}`;
}

/**
 * Makes a title that says holder and slot: `bob.primary`, or `alice~k7.pry` with a part of the digest of the whole name
 * where that is too long; of a root user `r6789012.pry`.
 */
function titleOf({ account, holder, slot }: LabelSubject): string {
  const tag = slot.length <= TAG_LENGTH ? slot : `${slot.slice(0, TAG_LENGTH - 1)}${slot.slice(-1)}`;
  if (/^root@\d{12}$/.test(holder)) {
    return `r${account.slice(-ACCOUNT_DIGITS)}.${tag}`;
  }
  const whole = `${holder}.${slot}`;
  if (whole.length <= TITLE_LENGTH) {
    return whole;
  }
  const digest = createHash('sha256').update(`${account}:${whole}`, 'utf8').digest().readUInt16BE();
  const mark = `~${(digest % 36 ** 2).toString(36).padStart(2, '0')}`;
  const room = TITLE_LENGTH - mark.length - 1 - tag.length;
  return `${holder.slice(0, room)}${mark}.${tag}`;
}
