/**
 * The messages between a command and the process that holds its seed, as JSON.
 *
 * Rules: no message may hold the seed. Errors cross as facts, field by field, and are rebuilt as the same class.
 * Neither their causes nor the words of an unknown error cross, because those may quote what was being read.
 */
import { countOf } from '../../lib/record/text';
import { AwsFault, type AwsSession, type CallReport } from '../aws/aws';
import { RunbookError } from '../runbook-error';
import {
  ForeignCardError,
  MalformedAnswerError,
  StatusWordError,
  TokenFullError,
  TokenLockedError,
  TouchError,
} from '../token/driver';
import { ReaderError } from '../token/readers';
import { ProfileTakenError } from '../token/token2-molto2-profile';
import { CardGoneError } from '../token/transport';
import type { SeedPhase } from './seed-phase';

/** The methods that run in the seed's process. */
export type CallName = Exclude<keyof SeedPhase, 'warm' | 'end'>;

type ArgumentKinds<Given extends readonly unknown[]> = {
  readonly [I in keyof Given]: [Given[I]] extends [AbortSignal]
    ? 'signal'
    : [Given[I]] extends [() => void]
      ? CallbackKind
      : 'value';
};

/** The callbacks, by what they are told of. */
type CallbackKind = 'onWriting' | 'onTouch';

/**
 * The arguments of each method. Values cross; a signal and a callback stay on the command's side, and the messages
 * `abort`, `writing` and `touch` stand for them.
 */
const ARGUMENTS = {
  layToken: ['value', 'signal'],
  createDevice: ['value'],
  unlock: ['value'],
  authenticate: [],
  occupancy: ['value'],
  burn: ['value', 'onWriting', 'signal'],
  code: ['value', 'value', 'onTouch'],
  readSeed: ['value', 'signal'],
  judge: ['value', 'value'],
  pair: ['value'],
} as const satisfies { readonly [N in CallName]: ArgumentKinds<Parameters<SeedPhase[N]>> };

/** A call as it crosses. */
export interface Call {
  readonly name: CallName;
  readonly values: readonly unknown[];
  /** APDUs are reported, for `--trace-apdu`. */
  readonly trace: boolean;
  /** The credentials of a call that AWS is asked for. */
  readonly session?: AwsSession;
}

/** The arguments of a call that do not cross. */
interface CallControl {
  readonly signal?: AbortSignal | undefined;
  readonly onWriting?: (() => void) | undefined;
  readonly onTouch?: (() => void) | undefined;
}

/** Takes the arguments of a call apart. */
export function splitArguments<N extends CallName>(
  name: N,
  given: Parameters<SeedPhase[N]>,
): CallControl & { readonly values: readonly unknown[] } {
  const kinds: readonly string[] = ARGUMENTS[name];
  function pick(kind: 'signal' | CallbackKind | 'value'): unknown[] {
    return given.filter((_, index) => kinds[index] === kind);
  }
  return {
    values: pick('value'),
    signal: pick('signal')[0] as AbortSignal | undefined,
    onWriting: pick('onWriting')[0] as (() => void) | undefined,
    onTouch: pick('onTouch')[0] as (() => void) | undefined,
  };
}

/**
 * Puts the arguments of a call together again.
 *
 * @throws Error for a call that SeedPhase does not have, or with too many or too few values
 */
export function joinArguments({ name, values }: Call, control: CallControl): readonly unknown[] {
  const kinds: readonly ('value' | keyof CallControl)[] | undefined = Object.hasOwn(ARGUMENTS, name)
    ? ARGUMENTS[name]
    : undefined;
  const rest = [...values];
  if (kinds === undefined || rest.length !== kinds.filter((kind) => kind === 'value').length) {
    throw new Error(`a seed phase has no call ${JSON.stringify(name)} with ${countOf(rest.length, 'value')}`);
  }
  // JSON has no undefined: in a list it crosses as null.
  return kinds.map((kind) => (kind === 'value' ? (rest.shift() ?? undefined) : control[kind]));
}

/** A message from the command to the phase. */
export type ToPhase =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  /** The signal of a call was aborted. */
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'end' };

/** A message from the phase to the command. */
export type FromPhase =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }
  /** The burn is about to write. */
  | { readonly kind: 'writing'; readonly id: number }
  /** The token waits to be touched. */
  | { readonly kind: 'touch'; readonly id: number }
  | { readonly kind: 'aws-call'; readonly report: CallReport }
  /** A line of `--trace-apdu`, secrets withheld. */
  | { readonly kind: 'apdu'; readonly line: string };

/** An error as the facts it holds. */
type WireError =
  | ({ readonly type: 'aws' } & Pick<AwsFault, 'action' | 'code' | 'message' | 'wasRefused'>)
  | ({ readonly type: 'runbook'; readonly state?: string } & Pick<
      RunbookError,
      'code' | 'message' | 'hints' | 'exitCode'
    >)
  | { readonly type: 'token'; readonly name: keyof typeof TOKEN_ERRORS; readonly values: readonly unknown[] }
  /** The signal of the call was aborted; its reason is on the other side. */
  | { readonly type: 'aborted' }
  | { readonly type: 'defect'; readonly name: string; readonly message: string };

/** Reduces an error to facts. @param isReason the error is the reason with which the call's signal was aborted */
export function encodeError(error: unknown, isReason = false): WireError {
  if (isReason) {
    return { type: 'aborted' };
  }
  if (error instanceof AwsFault) {
    const { action, code, message, wasRefused } = error;
    return { type: 'aws', action, code, message, wasRefused };
  }
  if (error instanceof RunbookError) {
    const { code, message, hints, state, exitCode } = error;
    return { type: 'runbook', code, message, hints, ...(state === undefined ? {} : { state }), exitCode };
  }
  return encodeTokenError(error) ?? encodeDefect(error);
}

/** The errors of a token and its reader, each with the fields that its constructor takes, in that order. */
const TOKEN_ERRORS = {
  reader: crossing(ReaderError, 'fault', 'readers'),
  'card-gone': crossing(CardGoneError, 'command'),
  foreign: crossing(ForeignCardError, 'kind', 'detail'),
  'status-word': crossing(StatusWordError, 'command', 'statusWord', 'meaning', 'nextAction'),
  malformed: crossing(MalformedAnswerError, 'command', 'detail'),
  locked: crossing(TokenLockedError, 'lock', 'problem', 'triesLeft'),
  full: crossing(TokenFullError, 'message'),
  touch: crossing(TouchError, 'message'),
  taken: crossing(ProfileTakenError, 'profile', 'label'),
};

function crossing<E extends Error>(type: new (...values: never[]) => E, ...fields: readonly (keyof E)[]) {
  return {
    encode: (error: unknown): readonly unknown[] | undefined =>
      error instanceof type ? fields.map((field) => error[field]) : undefined,
    // JSON has no undefined: in a list it crosses as null.
    decode: (values: readonly unknown[]): unknown =>
      Reflect.construct(
        type,
        values.map((value) => value ?? undefined),
      ),
  };
}

function encodeTokenError(error: unknown): WireError | undefined {
  for (const name of Object.keys(TOKEN_ERRORS) as (keyof typeof TOKEN_ERRORS)[]) {
    const values = TOKEN_ERRORS[name].encode(error);
    if (values !== undefined) {
      return { type: 'token', name, values };
    }
  }
  return undefined;
}

/** Classes whose messages this program wrote; those of a SyntaxError or of Node quote the offending value. */
const OWN_WORDS = new Set(['Error', 'RangeError']);

function encodeDefect(error: unknown): WireError {
  if (!(error instanceof Error)) {
    return { type: 'defect', name: typeof error, message: 'thrown, not an error' };
  }
  const isOurs = OWN_WORDS.has(error.name) && !('code' in error);
  const code = 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
  return {
    type: 'defect',
    name: error.name,
    message: isOurs ? error.message : `${code} (its words are withheld)`,
  };
}

/** Rebuilds an error from its facts. @param reason why the call's signal was aborted, if it was */
export function decodeError(error: WireError, reason?: unknown): unknown {
  switch (error.type) {
    case 'aws':
      return new AwsFault(error.action, error.code, error.message, { wasRefused: error.wasRefused });
    case 'runbook':
      return new RunbookError(error.code, error.message, error);
    case 'token':
      return TOKEN_ERRORS[error.name].decode(error.values);
    case 'aborted':
      return reason;
    case 'defect':
      return error.name === 'RangeError' ? new RangeError(error.message) : new Error(error.message);
  }
}
