/**
 * What goes over the channel between a command and the process that holds its seed, as JSON.
 *
 * Rules: nothing that crosses may hold the seed; errors cross as facts, field by field, and come out as the same class;
 * neither their causes nor the words of an unknown error cross, because those may quote what was being read.
 */
import { AwsFault, type AwsSession, type CallReport, type DeviceSpecification } from '../aws/aws';
import { type ExitCode, RunbookError, type RunbookErrorCode } from '../runbook-error';
import type { CodeJudgement } from '../token/codes';
import {
  ForeignCardError,
  type ForeignKind,
  MalformedAnswerError,
  StatusWordError,
  type TokenInfo,
} from '../token/driver';
import { ReaderError, type ReaderFault } from '../token/readers';
import { CardGoneError } from '../token/transport';
import type { LaidToken, NewDevice } from './seed-phase';

/** A method of SeedPhase, with what it needs. */
export type Call =
  | { readonly name: 'layToken'; readonly reader?: string; readonly trace: boolean }
  | { readonly name: 'createDevice'; readonly session: AwsSession; readonly device: DeviceSpecification }
  | { readonly name: 'burn' }
  | { readonly name: 'judge'; readonly typed: string; readonly nowSeconds: number }
  | { readonly name: 'pair'; readonly counter: number };

/** What each method answers. */
export interface Answers {
  readonly layToken: LaidToken;
  readonly createDevice: NewDevice;
  readonly burn: TokenInfo;
  readonly judge: CodeJudgement;
  readonly pair: readonly [string, string];
}

/** From the command to the phase. */
export type ToPhase =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  /** The signal of a call was aborted. */
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'end' };

/** From the phase to the command. */
export type FromPhase =
  | { readonly kind: 'answer'; readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }
  /** The burn is about to write. */
  | { readonly kind: 'writing'; readonly id: number }
  | { readonly kind: 'aws-call'; readonly report: CallReport }
  /** A line of `--trace-apdu`, secrets withheld. */
  | { readonly kind: 'apdu'; readonly line: string };

/** An error as facts. */
export type WireError =
  | {
      readonly type: 'aws';
      readonly action: string;
      readonly code: string;
      readonly message: string;
      readonly wasRefused: boolean;
    }
  | {
      readonly type: 'runbook';
      readonly code: RunbookErrorCode;
      readonly message: string;
      readonly hints: readonly string[];
      readonly state?: string;
      readonly exitCode: Exclude<ExitCode, 0>;
    }
  | { readonly type: 'reader'; readonly fault: ReaderFault; readonly readers: readonly string[] }
  | { readonly type: 'card-gone'; readonly command: string }
  | { readonly type: 'foreign'; readonly foreign: ForeignKind; readonly detail: string }
  | {
      readonly type: 'status-word';
      readonly command: string;
      readonly statusWord: number;
      readonly meaning: string;
      readonly nextAction: string;
    }
  | { readonly type: 'malformed'; readonly command: string; readonly detail: string }
  /** The signal of the call was aborted; its reason is on the other side. */
  | { readonly type: 'aborted' }
  | { readonly type: 'defect'; readonly name: string; readonly message: string };

/** @param isReason whether the error is the reason with which the call's signal was aborted */
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

function encodeTokenError(error: unknown): WireError | undefined {
  if (error instanceof ReaderError) {
    return { type: 'reader', fault: error.fault, readers: error.readers };
  }
  if (error instanceof CardGoneError) {
    return { type: 'card-gone', command: error.command };
  }
  if (error instanceof ForeignCardError) {
    return { type: 'foreign', foreign: error.kind, detail: error.detail };
  }
  if (error instanceof StatusWordError) {
    const { command, statusWord, meaning, nextAction } = error;
    return { type: 'status-word', command, statusWord, meaning, nextAction };
  }
  if (error instanceof MalformedAnswerError) {
    return { type: 'malformed', command: error.command, detail: error.detail };
  }
  return undefined;
}

/** Classes whose words are this program's own: those of a SyntaxError or of Node quote the value they complain of. */
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

/** @param reason why the call's signal was aborted, if it was */
export function decodeError(error: WireError, reason?: unknown): unknown {
  switch (error.type) {
    case 'aws':
      return new AwsFault(error.action, error.code, error.message, { wasRefused: error.wasRefused });
    case 'runbook':
      return new RunbookError(error.code, error.message, {
        hints: error.hints,
        ...(error.state === undefined ? {} : { state: error.state }),
        exitCode: error.exitCode,
      });
    case 'reader':
      return new ReaderError(error.fault, error.readers);
    case 'card-gone':
      return new CardGoneError(error.command);
    case 'foreign':
      return new ForeignCardError(error.foreign, error.detail);
    case 'status-word':
      return new StatusWordError(error.command, error.statusWord, error.meaning, error.nextAction);
    case 'malformed':
      return new MalformedAnswerError(error.command, error.detail);
    case 'aborted':
      return reason;
    case 'defect':
      return error.name === 'RangeError' ? new RangeError(error.message) : new Error(error.message);
  }
}
