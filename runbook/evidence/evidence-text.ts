/**
 * Writes evidence as one line of ASCII JSON, which Parameter Store and the local log hold, and reads it back.
 *
 * Every value has a limit, so that the longest evidence fits into one SSM parameter. Somebody may have edited the text by
 * hand, so each value is checked, and none may control a terminal.
 */
import { asciiJson } from '../../lib/record/page';
import {
  FLEET_RULE,
  HOLDER_RULE,
  quote,
  SERIAL_RULE,
  SLOT_RULE,
  type TextRule,
  textProblem,
} from '../../lib/record/rules';
import { isJsonObject, type JsonObject, parseJson } from '../../lib/record/text';
import { CEREMONIES, EVIDENCE_SCHEMA, type Evidence, REPLACE_REASONS } from './evidence';

/** Evidence, or the reason why a text is not evidence. */
type ParsedEvidence =
  | { readonly evidence: Evidence; readonly fault: undefined }
  | { readonly evidence: undefined; readonly fault: string };

/** A ceremony lists at most this many checks. */
const MAX_CHECKS = 16;

function textRule(noun: string, pattern: RegExp, maxLength: number, fix: string): TextRule {
  return { noun, pattern, maxLength, refusal: `is not ${fix}`, fix };
}

/** One line without characters that control a terminal or change the direction of text. */
const PLAIN = /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+(?<!\s)$/u;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The name of the witness, as the evidence shows it. */
export const WITNESS_RULE: TextRule = {
  noun: 'witness',
  pattern: PLAIN,
  maxLength: 64,
  refusal: 'begins or ends with a blank, or holds a line break, a control or a text-direction character',
  fix: 'give the name of a person on one line, such as --witness "Wanda Witt"',
};

const UUID_RULE = textRule('id', UUID, 36, 'a UUID in lower case');
const HASH_RULE = textRule('hash', /^[0-9a-f]{64}$/, 64, '64 lower-case hexadecimal digits');
const ASCII = /^[!-~]([ -~]*[!-~])?$/;
const CHECK_RULE = textRule('check', ASCII, 48, 'the name of a check, in printable ASCII');
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** The rule of each text; those of OPTIONAL may be absent. */
const TEXTS = {
  id: UUID_RULE,
  fleet: FLEET_RULE,
  holder: HOLDER_RULE,
  slot: SLOT_RULE,
  tokenSerial: SERIAL_RULE,
  tokenModel: textRule('tokenModel', ASCII, 64, 'the name of a model'),
  // A device ARN, or the printed serial of a token whose seed AWS holds.
  deviceArn: textRule('deviceArn', /^[\w+=,.@:/-]+$/, 256, 'what IAM calls the serial number of a device'),
  generation: { ...HASH_RULE, noun: 'generation' },
  // A user's ARN has up to 512 characters of path.
  by: textRule('by', /^arn:[\w+=,.@:/-]+$/, 700, 'the ARN of a caller'),
  witness: WITNESS_RULE,
  at: textRule('at', TIME, 24, 'a time in UTC, ISO 8601'),
  replaces: { ...SERIAL_RULE, noun: 'replaces' },
  tool: textRule('tool', ASCII, 64, 'a program and its version'),
} as const;

const OPTIONAL: ReadonlySet<string> = new Set(['tokenModel', 'witness', 'replaces']);

/** Writes evidence on one line of printable ASCII, without two braces in a row (SSM takes them for a reference). */
export function formatEvidence(evidence: Evidence): string {
  return asciiJson(evidence);
}

/** Reads evidence from Parameter Store or from a line of a log, and ignores other keys. */
export function parseEvidence(text: string): ParsedEvidence {
  const values = parseObject(text);
  if (values === undefined) {
    return { evidence: undefined, fault: 'is not a JSON object' };
  }
  const fault = schemaFault(values.schema) ?? evidenceFault(values);
  return fault === undefined ? { evidence: pickEvidence(values), fault } : { evidence: undefined, fault };
}

/** Returns the first reason why values are not evidence. */
export function evidenceFault(values: JsonObject): string | undefined {
  for (const [key, rule] of Object.entries(TEXTS)) {
    if (values[key] === undefined && OPTIONAL.has(key)) {
      continue;
    }
    const fault = textFault(rule, key, values[key]);
    if (fault !== undefined) {
      return fault;
    }
  }
  return (
    (Number.isNaN(Date.parse(String(values.at))) ? `at ${quote(values.at)} is not a time` : undefined) ??
    choiceFault('ceremony', CEREMONIES, values.ceremony) ??
    (values.reason === undefined ? undefined : choiceFault('reason', REPLACE_REASONS, values.reason)) ??
    profileFault(values.profile) ??
    checksFault(values.checks) ??
    offsetFault(values.clockOffsetSeconds) ??
    anchorFault(values.log)
  );
}

/** Parses a JSON object; `undefined` for every other text. */
export function parseObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** Tells whether a value is a UUID in the form that this program writes. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function schemaFault(schema: unknown): string | undefined {
  if (schema === EVIDENCE_SCHEMA) {
    return undefined;
  }
  if (typeof schema === 'number' && schema > EVIDENCE_SCHEMA) {
    return `has schema ${schema}, but this version reads ${EVIDENCE_SCHEMA}: update mfa-runbook`;
  }
  return schema === undefined ? 'has no schema: it is not evidence' : `schema ${quote(schema)} is unknown`;
}

function textFault(rule: TextRule, key: string, value: unknown): string | undefined {
  if (value === undefined) {
    return `has no ${key}`;
  }
  if (typeof value !== 'string') {
    return `${key} ${quote(value)} is not text`;
  }
  return textProblem(rule, value)?.message;
}

function choiceFault(key: string, choices: readonly string[], value: unknown): string | undefined {
  if (choices.some((choice) => choice === value)) {
    return undefined;
  }
  return value === undefined ? `has no ${key}` : `${key} ${quote(value)} is not one of ${choices.join(', ')}`;
}

function checksFault(checks: unknown): string | undefined {
  if (checks === undefined) {
    return 'has no checks';
  }
  if (!Array.isArray(checks)) {
    return `checks ${quote(checks)} is not a list`;
  }
  if (checks.length > MAX_CHECKS) {
    return `has ${checks.length} checks, the limit is ${MAX_CHECKS}`;
  }
  return checks.map((check) => textFault(CHECK_RULE, 'check', check)).find((fault) => fault !== undefined);
}

/** The profiles of a token are numbered with up to two digits. */
const LAST_PROFILE = 99;

function profileFault(profile: unknown): string | undefined {
  if (profile === undefined) {
    return undefined;
  }
  const isProfile = Number.isSafeInteger(profile) && Number(profile) >= 0 && Number(profile) <= LAST_PROFILE;
  return isProfile ? undefined : `profile ${quote(profile)} is not a number from 0 to ${LAST_PROFILE}`;
}

function offsetFault(seconds: unknown): string | undefined {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && typeof seconds === 'number')) {
    return undefined;
  }
  return `clockOffsetSeconds ${quote(seconds)} is not a whole number`;
}

function anchorFault(log: unknown): string | undefined {
  if (log === undefined) {
    return undefined;
  }
  if (!isJsonObject(log)) {
    return `log ${quote(log)} is not a line of a log`;
  }
  const { line } = log;
  if (!Number.isSafeInteger(line) || Number(line) < 1) {
    return `log line ${quote(line)} is not a line number`;
  }
  return textFault(UUID_RULE, 'log id', log.id) ?? textFault(HASH_RULE, 'log hash', log.hash);
}

/** The keys of evidence, in the order in which they are written. */
const KEYS = Object.keys({
  schema: true,
  id: true,
  ceremony: true,
  fleet: true,
  holder: true,
  slot: true,
  tokenSerial: true,
  profile: true,
  tokenModel: true,
  deviceArn: true,
  generation: true,
  by: true,
  witness: true,
  at: true,
  checks: true,
  reason: true,
  replaces: true,
  clockOffsetSeconds: true,
  tool: true,
  log: true,
} satisfies Record<keyof Evidence, true>);

/** Picks the keys of evidence from values that were checked already. */
function pickEvidence(values: JsonObject): Evidence {
  const picked = Object.fromEntries(
    KEYS.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]),
  ) as unknown as Evidence;
  const { log } = picked;
  return log === undefined ? picked : { ...picked, log: { id: log.id, line: log.line, hash: log.hash } };
}
