/**
 * Evidence as text: one line of ASCII JSON, as SSM and the local log hold it, and the way back.
 *
 * Every value is bounded, so that the longest evidence fits into one SSM parameter. What is read may have been edited by
 * hand: it is judged value by value, and nothing in it may steer a terminal.
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
import { CEREMONIES, EVIDENCE_SCHEMA, type Evidence, REPLACE_REASONS } from './evidence';

/** Evidence, or what keeps a text from being evidence. */
export type ParsedEvidence =
  | { readonly evidence: Evidence; readonly fault: undefined }
  | { readonly evidence: undefined; readonly fault: string };

/** The most checks one ceremony names. */
const MAX_CHECKS = 16;

function textRule(noun: string, pattern: RegExp, maxLength: number, fix: string): TextRule {
  return {
    noun,
    pattern,
    maxLength,
    refusal: `is not ${fix}`,
    fix,
  };
}

/** On one line, and nothing that steers a terminal or turns the direction of text. */
const PLAIN = /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+(?<!\s)$/u;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who stood by: the name of a person, as it shall stand in the evidence. */
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
/** A device ARN, or the printed serial of a token whose seed AWS holds. */
const DEVICE_RULE = textRule(
  'deviceArn',
  /^[\w+=,.@:/-]+$/,
  256,
  'what IAM calls the serial number of a device',
);
/** A user's ARN has up to 512 characters of path. */
const CALLER_RULE = textRule('by', /^arn:[\w+=,.@:/-]+$/, 700, 'the ARN of a caller');
const TIME_RULE = textRule(
  'at',
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/,
  24,
  'a time in UTC, ISO 8601',
);

/** What each text of evidence must be; those of OPTIONAL may be absent. */
const TEXTS = {
  id: UUID_RULE,
  fleet: FLEET_RULE,
  holder: HOLDER_RULE,
  slot: SLOT_RULE,
  tokenSerial: SERIAL_RULE,
  tokenModel: textRule('tokenModel', ASCII, 64, 'the name of a model'),
  deviceArn: DEVICE_RULE,
  generation: { ...HASH_RULE, noun: 'generation' },
  by: CALLER_RULE,
  witness: WITNESS_RULE,
  at: TIME_RULE,
  replaces: { ...SERIAL_RULE, noun: 'replaces' },
  tool: textRule('tool', ASCII, 64, 'a program and its version'),
} as const;

const OPTIONAL: ReadonlySet<string> = new Set(['tokenModel', 'witness', 'replaces']);

type Values = Readonly<Record<string, unknown>>;

/** Evidence on one line, of printable ASCII, without two braces in a row (SSM takes them for a reference). */
export function formatEvidence(evidence: Evidence): string {
  return asciiJson(evidence);
}

/** Reads evidence from SSM, or from a line of a log; what else a line holds is passed over. */
export function parseEvidence(text: string): ParsedEvidence {
  const values = parseObject(text);
  if (values === undefined) {
    return { evidence: undefined, fault: 'is not a JSON object' };
  }
  const fault = schemaFault(values.schema) ?? evidenceFault(values);
  if (fault !== undefined) {
    return { evidence: undefined, fault };
  }
  return { evidence: pickEvidence(values), fault: undefined };
}

/** What keeps values from being evidence. */
export function evidenceFault(values: Values): string | undefined {
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
    (Number.isNaN(Date.parse(String(values.at))) ? `at ${quote(values.at)} is no time` : undefined) ??
    choiceFault('ceremony', CEREMONIES, values.ceremony) ??
    (values.reason === undefined ? undefined : choiceFault('reason', REPLACE_REASONS, values.reason)) ??
    checksFault(values.checks) ??
    offsetFault(values.clockOffsetSeconds) ??
    anchorFault(values.log)
  );
}

/** A JSON object's values; nothing for every other text. */
export function parseObject(text: string): Values | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a UUID as this program writes it. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function schemaFault(schema: unknown): string | undefined {
  if (schema === EVIDENCE_SCHEMA) {
    return undefined;
  }
  if (typeof schema === 'number' && schema > EVIDENCE_SCHEMA) {
    return `has schema ${schema}, this version reads ${EVIDENCE_SCHEMA}: update mfa-runbook`;
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
  if (!isObject(log)) {
    return `log ${quote(log)} is not a line of a log`;
  }
  const { line } = log;
  if (!Number.isSafeInteger(line) || Number(line) < 1) {
    return `log line ${quote(line)} is not a line number`;
  }
  return textFault(UUID_RULE, 'log id', log.id) ?? textFault(HASH_RULE, 'log hash', log.hash);
}

/** Judged already: only what belongs to evidence is kept, in the order it is written. */
function pickEvidence(values: Values): Evidence {
  const {
    schema,
    ceremony,
    fleet,
    holder,
    slot,
    tokenSerial,
    deviceArn,
    generation,
    by,
    at,
    checks,
    tool,
    id,
  } = values as unknown as Evidence;
  const { tokenModel, witness, reason, replaces, clockOffsetSeconds, log } = values as Partial<Evidence>;
  return {
    schema,
    id,
    ceremony,
    fleet,
    holder,
    slot,
    tokenSerial,
    ...(tokenModel === undefined ? {} : { tokenModel }),
    deviceArn,
    generation,
    by,
    ...(witness === undefined ? {} : { witness }),
    at,
    checks,
    ...(reason === undefined ? {} : { reason }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(clockOffsetSeconds === undefined ? {} : { clockOffsetSeconds }),
    tool,
    ...(log === undefined ? {} : { log: { id: log.id, line: log.line, hash: log.hash } }),
  };
}
