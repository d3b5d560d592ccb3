/**
 * The one error of the runbook.
 *
 * Rules: the message shows the offending value; each hint is a next action, with the command if there is one;
 * the state says what the world is like now. Lower case, no final period.
 */

/** The kind of a failure: stable, for scripts. */
export type RunbookErrorCode =
  | 'usage'
  | 'cancelled'
  | 'aws/no-credentials'
  | 'aws/bad-credentials'
  | 'aws/no-region'
  | 'aws/no-answer'
  | 'aws/denied'
  | 'aws/throttled'
  | 'aws/too-late'
  | 'aws/network-settings'
  | 'aws/failed'
  | 'profile/missing'
  | 'profile/unreadable'
  | 'profile/source-missing'
  | 'profile/circle'
  | 'profile/incomplete'
  | 'profile/credential-source'
  | 'profile/sso'
  | 'profile/source-failed'
  | 'clock/off'
  | 'record/missing'
  | 'record/incomplete'
  | 'record/mismatch'
  | 'record/newer-schema'
  | 'record/changed'
  | 'record/no-holder'
  | 'record/no-slot'
  | 'record/no-spare'
  | 'record/spare-in-use'
  | 'record/not-declared'
  | 'iam/no-user'
  | 'iam/device-limit'
  | 'iam/account-limit'
  | 'iam/self-without-mfa'
  | 'iam/not-enrolled'
  | 'iam/slot-taken'
  | 'iam/token-in-use'
  | 'iam/device-gone'
  | 'iam/name-taken'
  | 'iam/leftover'
  | 'iam/codes-rejected'
  | 'iam/serial-unknown'
  | 'iam/not-confirmed'
  | 'iam/not-registered'
  | 'iam/several-in-slot'
  | 'iam/same-token'
  | 'iam/last-device'
  | 'iam/not-removed'
  | 'iam/devices-left'
  | 'iam/no-root'
  | 'iam/no-security-keys'
  | 'reader/no-module'
  | 'reader/no-service'
  | 'reader/no-access'
  | 'reader/service-closed'
  | 'reader/other-service'
  | 'reader/none'
  | 'reader/unknown'
  | 'reader/several'
  | 'reader/in-use'
  | 'token/absent'
  | 'token/mute'
  | 'token/gone'
  | 'token/foreign'
  | 'token/unknown-model'
  | 'token/not-programmable'
  | 'token/wrong-kind'
  | 'token/no-clock'
  | 'token/not-erasable'
  | 'token/nothing-there'
  | 'token/wrong-serial'
  | 'token/locked'
  | 'token/filled'
  | 'token/full'
  | 'token/no-touch'
  | 'token/seed-too-long'
  | 'token/refused'
  | 'token/clock-off'
  | 'code/wrong'
  | 'evidence/not-written'
  | 'evidence/none'
  | 'evidence/no-sign-in'
  | 'evidence/unreadable'
  | 'evidence/broken'
  | 'witness/not-a-name'
  | 'witness/same-person'
  | 'witness/wrong-serial'
  | 'disk/failed'
  | 'enroll/some-failed'
  | 'retire/some-failed'
  | 'journal/unreadable'
  | 'journal/newer-schema'
  | 'journal/locked'
  | 'journal/not-written'
  | 'journal/open'
  | 'journal/closed'
  | 'journal/other-account'
  | 'resume/not-finished'
  | 'session/temporary-caller'
  | 'session/no-device'
  | 'session/fido'
  | 'session/no-terminal'
  | 'session/wrong-code'
  | 'session/role-refused'
  | 'session/duration'
  | 'session/unsafe-file'
  | 'session/source-profile'
  | 'session/profile-kept'
  | 'session/no-program'
  | 'inventory/unreadable'
  | 'inventory/invalid'
  | 'inventory/other-fleet'
  | 'plan/to-do'
  | 'doctor/failed'
  | 'seed/not-a-picture'
  | 'seed/too-large'
  | 'seed/no-code'
  | 'seed/two-secrets'
  | 'seed/not-otpauth'
  | 'seed/not-supported'
  | 'seed/not-a-secret'
  | 'seed/no-terminal'
  | 'seed/other-account'
  | 'seed-phase/died'
  | 'seed-phase/inspected'
  | 'internal';

/** Process exit codes: 0 is done. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** A command line that hints name. */
interface HintedLine {
  readonly options: string;
  /** Makes the same command with another value of an option, or without it. */
  with(option: string, value?: string): { toString(): string };
  toString(): string;
}

const CHANGED_COMMAND = /\{command with(?:out)? (--[\w-]+)(?: ([^}]+))?\}/g;

/** The parts of a RunbookError in addition to code and message. */
interface RunbookErrorDetails {
  /**
   * `{command}` stands for the command line that continues from here, and `{options}` for its common options. `{command with
   * --device ARN}` is that line with another value of an option, and `{command without --device}` the line without the option.
   */
  readonly hints: readonly string[];
  /** One sentence on the state of IAM and of the token, if the failure happened after a ceremony started. */
  readonly state?: string;
  readonly cause?: unknown;
  /** 1 unless said otherwise. */
  readonly exitCode?: Exclude<ExitCode, 0>;
}

/** A failure that a person can act on. */
export class RunbookError extends Error {
  public override readonly name = 'RunbookError';
  public readonly hints: readonly string[];
  public readonly state: string | undefined;
  public readonly exitCode: Exclude<ExitCode, 0>;

  public constructor(
    public readonly code: RunbookErrorCode,
    message: string,
    details: RunbookErrorDetails,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hints = details.hints;
    this.state = details.state;
    this.exitCode = details.exitCode ?? 1;
  }

  /** Returns the same failure, with hints that name the command line. */
  public withCommand(line: HintedLine): RunbookError {
    return this.withHints(
      this.hints.map((hint) =>
        // As functions, because `$&` in a text would be a pattern.
        hint
          .replaceAll(CHANGED_COMMAND, (_, option: string, value?: string) =>
            String(line.with(option, value)),
          )
          .replaceAll('{command}', () => String(line))
          .replaceAll('{options}', () => line.options),
      ),
    );
  }

  public withHints(hints: readonly string[]): RunbookError {
    return this.#with({ hints });
  }

  /** Returns the same failure, with the state of the world. */
  public withState(state: string): RunbookError {
    return this.#with({ state });
  }

  #with(changed: Pick<RunbookErrorDetails, 'hints'> | Pick<RunbookErrorDetails, 'state'>): RunbookError {
    const { code, message, hints, state, cause, exitCode } = this;
    return new RunbookError(code, message, {
      hints,
      cause,
      exitCode,
      ...(state === undefined ? {} : { state }),
      ...changed,
    });
  }
}

/** Makes the error for a run that the person at the keyboard stopped (Ctrl-C, Escape, end of input). */
export function cancelled(cause?: unknown, message = 'cancelled'): RunbookError {
  return new RunbookError('cancelled', message, { hints: [], cause, exitCode: 130 });
}

/** Turns a failure that the person's own Ctrl-C caused into `cancelled`; returns any other as it is. */
export function asCancelled(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && error === signal.reason ? cancelled(error) : error;
}
