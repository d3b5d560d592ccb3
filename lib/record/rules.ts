/**
 * The values that a record may have. The inventory (which people write) and the pages (which SSM stores, and which may have
 * been edited there) are judged by the same rules. No dependency, because the runbook loads this at every
 * start.
 *
 * The lengths leave room in what AWS limits: a device ARN `arn:aws-us-gov:iam::{12 digits}:mfa/mfa-guardrails/
 * {fleet}/{holder}.{slot}.{serial}+{profile}` is at most 218 of 256 characters, an evidence parameter's ARN far below 1,011, and
 * a holder of 8 tokens with the longest custody texts still fits on one 4 KB page.
 */
import {
  type FleetRecord,
  type Holder,
  OWN_ACCOUNT,
  type Root,
  type SlotToken,
  TOKEN_TYPES,
  type Token,
  type TokenType,
} from './record';

/** A problem with a value, and its fix. */
export interface Problem {
  readonly message: string;
  readonly fix: string;
}

/** The place of a value in an inventory: keys and 0-based list indexes. */
export type RecordPath = readonly (string | number)[];

/** The rule that a text must follow. */
export interface TextRule {
  /** The name of the text in messages. */
  readonly noun: string;
  readonly pattern: RegExp;
  /** The limit in UTF-16 code units. */
  readonly maxLength: number;
  /** The complaint about a text that does not match the pattern. */
  readonly refusal: string;
  /** The fix. */
  readonly fix: string;
}

/** A segment of SSM and IAM paths. SSM reserves names that begin with aws or ssm, so no segment begins with them. */
export const FLEET_RULE: TextRule = {
  noun: 'fleet',
  pattern: /^(?!aws|ssm)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 32,
  refusal: 'is not a fleet name',
  fix: 'use 1 to 32 lower-case letters, digits and inner hyphens, not beginning with aws or ssm',
};

/** A user name as IAM allows it; IAM's `\w` is ASCII. */
export const HOLDER_RULE: TextRule = {
  noun: 'holder',
  pattern: /^[A-Za-z0-9_+=,.@-]+$/,
  maxLength: 64,
  refusal: 'is not an IAM user name',
  fix: 'use the name of the IAM user: 1 to 64 letters, digits and _+=,.@-',
};

/**
 * A user name that cannot be mistaken for the holder text of a root user, `root` or `root@{account}`. IAM ignores case.
 */
export const USER_RULE: TextRule = {
  ...HOLDER_RULE,
  pattern: /^(?![Rr][Oo][Oo][Tt](?:@|$))[A-Za-z0-9_+=,.@-]+$/,
};

/** Returns the problem with the name of a holder who is an IAM user, if there is one. */
export function userProblem(name: string): Problem | undefined {
  const problem = textProblem(HOLDER_RULE, name);
  if (problem !== undefined || USER_RULE.pattern.test(name)) {
    return problem;
  }
  return {
    message: `holder ${quote(name)} would be mistaken for a root user`,
    fix: 'declare the tokens of root below root: or roots:, and give an IAM user another name',
  };
}

/** An account whose root user has tokens. */
export const ACCOUNT_RULE: TextRule = {
  noun: 'account',
  pattern: /^\d{12}$/,
  maxLength: 12,
  refusal: 'is not an account id',
  fix: 'write the 12 digits of the account in quotes, such as "123456789012"',
};

/** A slot has no dot, because a device name `{holder}.{slot}.{serial}` is parsed from the right. */
export const SLOT_RULE: TextRule = {
  noun: 'slot',
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 32,
  refusal: 'is not a slot name',
  fix: 'use 1 to 32 lower-case letters, digits and inner hyphens, such as primary or backup',
};

/** A serial has no dot, like a slot. Wide enough for Token2 (14 or 15 digits), Thales (letters and digits) and FIDO serials. */
export const SERIAL_RULE: TextRule = {
  noun: 'serial',
  pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
  maxLength: 32,
  refusal: 'is not a serial',
  fix: 'write it as printed on the token, without spaces: 1 to 32 letters, digits and inner hyphens',
};

/** Custody is shown on terminals and in reports, so it must not control a terminal or change the direction of text. */
export const CUSTODY_RULE: TextRule = {
  noun: 'custody',
  pattern: /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+(?<!\s)$/u,
  maxLength: 64,
  refusal: 'begins or ends with a blank, or holds a line break, a control or a text-direction character',
  fix: 'write a short plain text on one line, such as "HQ fireproof safe", or leave custody out',
};

/** IAM's limit of MFA devices for one user, and for root. */
export const MAX_TOKENS_PER_HOLDER = 8;

/** Profiles of a `molto2` token, both included. */
export const PROFILE_RANGE = { min: 0, max: 99 } as const;

/** Characters that could control a terminal, change the direction of text, or are not seen at all. */
const UNPRINTABLE = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu;

/** Escapes every character that could control a terminal, change the direction of text, or is not seen: `\x1b`, `U+202E`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length < 3 ? `\\x${code.padStart(2, '0')}` : `U+${code.toUpperCase().padStart(4, '0')}`;
  });
}

/** Formats a value as JSON, with the same characters escaped as JSON does it. */
export function printableJson(value: unknown, indent = 0): string {
  return (JSON.stringify(value, null, indent) ?? 'undefined').replace(UNPRINTABLE, (character) =>
    // In JSON, a line break is only between values: inside a text it is escaped already.
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** Formats a value as JSON for a message, printable; a text is cut to 72 characters. */
export function quote(value: unknown): string {
  const shown = typeof value === 'string' && value.length > 72 ? `${value.slice(0, 72)}…` : value;
  // JSON knows no \x1b; what else follows a backslash stays as it is.
  const json = JSON.stringify(shown) ?? 'undefined';
  return printable(
    json.replace(/\\(?:u00([0-9a-f]{2})|.)/g, (escaped, byte) =>
      byte === undefined ? escaped : `\\x${byte}`,
    ),
  );
}

/** Returns the problem with a text, if there is one. */
export function textProblem(rule: TextRule, text: string): Problem | undefined {
  if (text === '') {
    return { message: `${rule.noun} is empty`, fix: rule.fix };
  }
  if (text.length > rule.maxLength) {
    const message = `${rule.noun} ${quote(text)} is ${text.length} characters long, the limit is ${rule.maxLength}`;
    return { message, fix: rule.fix };
  }
  return rule.pattern.test(text)
    ? undefined
    : { message: `${rule.noun} ${quote(text)} ${rule.refusal}`, fix: rule.fix };
}

/** Tells whether a text names a type of token. */
export function isTokenType(text: unknown): text is TokenType {
  return TOKEN_TYPES.some((type) => type === text);
}

/** Tells whether a number is a profile of a `molto2` token. */
function isProfile(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= PROFILE_RANGE.min &&
    value <= PROFILE_RANGE.max
  );
}

/** Checks that `molto2` tokens, and no others, have a profile. */
export function profileProblem(type: unknown, profile: unknown): Problem | undefined {
  if (type === 'molto2' && profile === undefined) {
    return { message: 'a molto2 token has no profile', fix: 'add profile: 0 (to 99), the profile to burn' };
  }
  if (type !== 'molto2' && profile !== undefined) {
    const what = typeof profile === 'number' ? `profile ${profile}` : 'a profile';
    const message = `${what} belongs to a ${String(type)} token, which has no profiles`;
    return { message, fix: 'remove profile, or write type: molto2' };
  }
  return undefined;
}

/** Names the owner of tokens that stand at a path of an inventory or a record. */
export function ownerOf([part, name]: RecordPath): string {
  if (part === 'root' || name === OWN_ACCOUNT) {
    return 'root';
  }
  if (name === undefined) {
    return 'the holder';
  }
  return part === 'roots' ? `root of account ${quote(name)}` : `holder ${quote(name)}`;
}

/** Returns the problem with the number of an owner's tokens, if there is one. */
export function countProblem(path: RecordPath, tokens: number): Problem | undefined {
  const isRoot = path[0] === 'root' || path[0] === 'roots';
  if (tokens === 0) {
    const what = isRoot ? 'entry' : 'holder';
    return { message: `${ownerOf(path)} has no tokens`, fix: `add a token, or remove the ${what}` };
  }
  if (tokens > MAX_TOKENS_PER_HOLDER) {
    const limit = `IAM allows ${isRoot ? 'root' : 'a user'} ${MAX_TOKENS_PER_HOLDER}`;
    return {
      message: `${ownerOf(path)} has ${tokens} tokens, ${limit}`,
      fix: `remove ${tokens - MAX_TOKENS_PER_HOLDER}`,
    };
  }
  return undefined;
}

/** A broken rule, and the place. */
export interface Violation extends Problem {
  readonly path: RecordPath;
}

/** A rule that a token breaks, and in which of its values. */
interface TokenViolation extends Problem {
  readonly key: string;
}

function* tokenViolations(token: Token): Iterable<TokenViolation> {
  const serial = textProblem(SERIAL_RULE, token.serial);
  if (serial) {
    yield { ...serial, key: 'serial' };
  }
  const custody = token.custody === undefined ? undefined : textProblem(CUSTODY_RULE, token.custody);
  if (custody) {
    yield { ...custody, key: 'custody' };
  }
  if (!isTokenType(token.type)) {
    const message = `type ${quote(String(token.type))} is not a type of token`;
    yield { message, fix: `use one of ${TOKEN_TYPES.join(', ')}`, key: 'type' };
  }
  const pairing = profileProblem(token.type, token.profile);
  if (pairing) {
    yield { ...pairing, key: 'profile' };
  } else if (token.profile !== undefined && !isProfile(token.profile)) {
    const message = `profile ${String(token.profile)} is not a profile of a molto2 token`;
    yield { message, fix: 'use a whole number from 0 to 99', key: 'profile' };
  }
}

function* slotViolations(path: RecordPath, tokens: readonly SlotToken[]): Iterable<Violation> {
  const wrongCount = countProblem(path, tokens.length);
  if (wrongCount) {
    yield { ...wrongCount, path };
  }
  for (const [index, token] of tokens.entries()) {
    const slot = textProblem(SLOT_RULE, token.slot);
    if (slot) {
      yield { ...slot, path: [...path, index, 'slot'] };
    }
    for (const { key, ...problem } of tokenViolations(token)) {
      yield { ...problem, path: [...path, index, key] };
    }
  }
}

function* holderViolations({ name, tokens }: Holder): Iterable<Violation> {
  const wrongName = userProblem(name);
  if (wrongName) {
    yield { ...wrongName, path: ['holders', name] };
  }
  yield* slotViolations(['holders', name], tokens);
}

function* rootViolations({ account, tokens }: Root): Iterable<Violation> {
  const wrongAccount = account === OWN_ACCOUNT ? undefined : textProblem(ACCOUNT_RULE, account);
  if (wrongAccount) {
    yield { ...wrongAccount, path: ['roots', account] };
  }
  yield* slotViolations(['roots', account], tokens);
}

/** The problem of a fleet that declares neither holders nor roots. */
const NO_HOLDERS: Problem = { message: 'the fleet has no holders', fix: 'add a holder and its tokens' };

/** Finds every rule of a single value that a record breaks; conflicts.ts compares values with each other. */
export function* valueViolations({ fleet, holders, roots, spares }: FleetRecord): Iterable<Violation> {
  const wrongFleet = textProblem(FLEET_RULE, fleet);
  if (wrongFleet) {
    yield { ...wrongFleet, path: ['fleet'] };
  }
  if (holders.length === 0 && roots.length === 0) {
    yield { ...NO_HOLDERS, path: ['holders'] };
  }
  for (const holder of holders) {
    yield* holderViolations(holder);
  }
  for (const root of roots) {
    yield* rootViolations(root);
  }
  for (const [index, spare] of spares.entries()) {
    for (const { key, ...problem } of tokenViolations(spare)) {
      yield { ...problem, path: ['spares', index, key] };
    }
  }
}
