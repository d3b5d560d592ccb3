/** Turns the facts that lower layers throw into errors that a person can act on. */
import { RecordError, type RecordFault } from '../../lib/record/pages';
import { AwsFault } from '../aws/aws';
import { isBadCredentials, isDenied, isThrottled } from '../aws/faults';
import { type ExitCode, RunbookError, type RunbookErrorCode } from '../runbook-error';
import type { CommandLine } from '../terminal/command-line';
import { type Explanation, explainToken } from './explain-token';
import { JournalError } from './journal';

/** Turns any error into a RunbookError whose hints name the command line; an unknown one becomes `internal`. */
export function explain(error: unknown, line: CommandLine): RunbookError {
  return explained(error).withCommand(line);
}

/** Returns the message of any error, as `explain` words it. */
export function messageOf(error: unknown): string {
  return explained(error).message;
}

function explained(error: unknown): RunbookError {
  if (error instanceof RunbookError) {
    return error.code === 'cancelled' && error.hints.length === 0 ? stopped(error, error.message) : error;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return stopped(error);
  }
  if (error instanceof AwsFault) {
    return explainAws(error);
  }
  const [code, message, hints, exitCode] = explanationOf(error);
  return new RunbookError(code, message, { hints, cause: error, ...(exitCode && { exitCode }) });
}

function explanationOf(error: unknown): Explanation {
  if (error instanceof RecordError) {
    return [RECORD_CODES[error.fault], error.message, [error.hint]];
  }
  const ofToken = explainToken(error);
  if (ofToken !== undefined) {
    return ofToken;
  }
  if (error instanceof JournalError) {
    const { code, hints, exitCode } = JOURNALS[error.fault];
    return [code, `the journal cannot be used: ${error.message}`, hints, exitCode];
  }
  if (isDiskError(error)) {
    return [
      'disk/failed',
      `a file cannot be read or written: ${error.message}`,
      ['free disk space or check the permissions, then run `{command}` again'],
    ];
  }
  return [
    'internal',
    error instanceof Error ? error.message : String(error),
    ['this is a defect of mfa-runbook: report it with the output of --verbose'],
  ];
}

/** A person stopped it; the next run continues from what IAM shows. */
function stopped(cause: unknown, message = 'cancelled'): RunbookError {
  return new RunbookError('cancelled', message, {
    hints: ['run `{command}` to continue'],
    cause,
    exitCode: 130,
  });
}

function explainAws(fault: AwsFault): RunbookError {
  // The operator's own prompt is inside the credential chain.
  if (fault.cause instanceof RunbookError) {
    return explained(fault.cause);
  }
  if (fault.code === 'cancelled') {
    return stopped(fault);
  }
  const [code, message, hint] = explainAwsFault(fault);
  return new RunbookError(code, message, { hints: [hint], cause: fault });
}

function explainAwsFault(fault: AwsFault): readonly [RunbookErrorCode, string, hint: string] {
  const { action, code, message } = fault;
  const again = 'then run `{command}` again';
  if (code === 'no-credentials' || code === 'no-profile') {
    return [
      'aws/no-credentials',
      `no AWS credentials: ${message}`,
      'set AWS_PROFILE, or name a profile that assumes the operator role: `{command with --profile NAME}`',
    ];
  }
  if (code === 'no-region') {
    return [
      'aws/no-region',
      'no AWS Region is set',
      'set AWS_REGION, or name the Region that the record was deployed to: `{command with --region REGION}`',
    ];
  }
  if (code === 'no-answer') {
    return [
      'aws/no-answer',
      `no answer to ${action}: ${message}`,
      `check the network (and AWS_ENDPOINT_URL, if it is set), ${again}`,
    ];
  }
  if (code === 'network-settings') {
    return [
      'aws/network-settings',
      message,
      `correct HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE, ca_bundle or the endpoint, ${again}`,
    ];
  }
  if (isBadCredentials(fault)) {
    return [
      'aws/bad-credentials',
      `AWS rejected the credentials (${code})`,
      `get a new session (for example with \`aws sts assume-role\`), ${again}`,
    ];
  }
  if (isDenied(fault)) {
    return [
      'aws/denied',
      `the caller is not allowed to call ${action}`,
      `use the operator role that the stack deploys (its trust policy requires MFA), or allow ${action}${ofMoved(action)}`,
    ];
  }
  if (isThrottled(fault)) {
    return ['aws/throttled', `AWS throttled ${action} (${code})`, `wait a minute, ${again}`];
  }
  return [
    'aws/failed',
    `${action} failed with ${code}: ${message}`,
    `run \`mfa-runbook doctor{options}\`, ${again}`,
  ];
}

/** The role reaches holders by their path, and by name as far as names fit. */
function ofMoved(action: string): string {
  return /^iam:(Deactivate|Enable|Resync|List)MFADevices?$/.test(action)
    ? '; if the holder was moved to another IAM path, have an administrator move the user back with `aws iam update-user --new-path`'
    : '';
}

const RECORD_CODES: Readonly<Record<RecordFault, RunbookErrorCode>> = {
  missing: 'record/missing',
  'newer-schema': 'record/newer-schema',
  incomplete: 'record/incomplete',
  malformed: 'record/mismatch',
  digest: 'record/mismatch',
};

const JOURNALS: Readonly<
  Record<
    JournalError['fault'],
    {
      readonly code: RunbookErrorCode;
      readonly hints: readonly string[];
      readonly exitCode?: Exclude<ExitCode, 0>;
    }
  >
> = {
  unreadable: {
    code: 'journal/unreadable',
    hints: [
      'run `mfa-runbook resume --set-aside{options}`: it keeps the file under another name',
      'then run the interrupted command again: its device in IAM is found by name (`mfa-runbook plan{options}` shows it)',
    ],
    exitCode: 3,
  },
  'newer-schema': {
    code: 'journal/newer-schema',
    hints: ['run `mfa-runbook resume{options}` with the version that wrote it, or a newer one'],
  },
  locked: {
    code: 'journal/locked',
    hints: ['wait for the other run to end, or end it, then run `{command}` again'],
  },
  'not-written': {
    code: 'journal/not-written',
    hints: ['free disk space and check the permissions of the folder, then run `{command}` again'],
  },
};

/** The file system's own codes; Node's other codes come from elsewhere. */
const DISK_CODES = new Set([
  'EACCES',
  'EDQUOT',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && DISK_CODES.has((error as NodeJS.ErrnoException).code ?? '');
}
