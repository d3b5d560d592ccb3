/** Turns the facts that lower layers throw into errors a person can act on. */
import { RecordError, type RecordFault } from '../../lib/record/pages';
import { AwsFault } from '../aws/aws';
import { isBadCredentials, isDenied, isThrottled } from '../aws/faults';
import { RunbookError, type RunbookErrorCode } from '../runbook-error';
import { ForeignCardError, type ForeignKind, MalformedAnswerError, StatusWordError } from '../token/driver';
import { ReaderError, type ReaderFault } from '../token/readers';
import { MODELS } from '../token/token2-single';
import { CardGoneError } from '../token/transport';
import { JournalError, type JournalFault } from './journal';

/** What a hint may name beside the fact. */
export interface Situation {
  /** The command that goes on from here, as the person would type it. */
  readonly command: string;
  /** Its common options, for a hint that names another command. */
  readonly options?: string;
}

/** Any error as a RunbookError whose hints can be followed; what is not known becomes `internal`. */
export function explain(error: unknown, situation: Situation): RunbookError {
  return explained(error, situation).withCommand(situation.command, situation.options ?? '');
}

function explained(error: unknown, situation: Situation): RunbookError {
  if (error instanceof RunbookError) {
    return error.code === 'cancelled' && error.hints.length === 0
      ? stopped(error, situation, error.message)
      : error;
  }
  if (error instanceof AwsFault) {
    return explainAws(error, situation);
  }
  if (error instanceof RecordError) {
    return explainRecord(error);
  }
  if (error instanceof ReaderError) {
    return explainReader(error, situation);
  }
  if (error instanceof ForeignCardError) {
    return explainForeign(error, situation);
  }
  if (error instanceof CardGoneError) {
    return explainGone(error, situation);
  }
  if (error instanceof StatusWordError) {
    return explainStatusWord(error, situation);
  }
  if (error instanceof MalformedAnswerError) {
    return explainMalformed(error, situation);
  }
  if (error instanceof JournalError) {
    return explainJournal(error, situation);
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return stopped(error, situation);
  }
  if (isDiskError(error)) {
    return explainDisk(error, situation);
  }
  return new RunbookError('internal', error instanceof Error ? error.message : String(error), {
    hints: ['this is a defect of mfa-runbook: report it with the output of --verbose'],
    cause: error,
  });
}

/** A person stopped it; the next run begins from what IAM shows. */
function stopped(cause: unknown, { command }: Situation, message = 'cancelled'): RunbookError {
  return new RunbookError('cancelled', message, {
    hints: [`run \`${command}\` to go on`],
    cause,
    exitCode: 130,
  });
}

function explainAws(fault: AwsFault, { command }: Situation): RunbookError {
  const again = `then run \`${command}\` again`;
  // The operator's own prompt is inside the credential chain.
  if (fault.cause instanceof RunbookError) {
    return explain(fault.cause, { command });
  }
  if (fault.code === 'cancelled') {
    return stopped(fault, { command });
  }
  if (fault.code === 'no-credentials' || fault.code === 'no-profile') {
    return new RunbookError('aws/no-credentials', `no AWS credentials: ${fault.message}`, {
      hints: [`set AWS_PROFILE or pass --profile with a profile that assumes the operator role, ${again}`],
      cause: fault,
    });
  }
  if (fault.code === 'no-region') {
    return new RunbookError('aws/no-region', 'no AWS Region is set', {
      hints: [`pass --region, or set AWS_REGION, to the Region the record was deployed to, ${again}`],
      cause: fault,
    });
  }
  if (fault.code === 'no-answer') {
    return new RunbookError('aws/no-answer', `no answer to ${fault.action}: ${fault.message}`, {
      hints: [`check the network (and AWS_ENDPOINT_URL, if it is set), ${again}`],
      cause: fault,
    });
  }
  if (isBadCredentials(fault)) {
    return new RunbookError('aws/bad-credentials', `AWS refuses the credentials (${fault.code})`, {
      hints: [`get a new session (for example with \`aws sts assume-role\`), ${again}`],
      cause: fault,
    });
  }
  if (isDenied(fault)) {
    return new RunbookError('aws/denied', `the caller may not call ${fault.action}`, {
      hints: [
        `run as the operator role that the stack deploys (its trust asks for MFA), or allow ${fault.action}`,
      ],
      cause: fault,
    });
  }
  if (isThrottled(fault)) {
    return new RunbookError('aws/throttled', `AWS throttles ${fault.action} (${fault.code})`, {
      hints: [`wait a minute, ${again}`],
      cause: fault,
    });
  }
  return new RunbookError('aws/failed', `${fault.action} failed with ${fault.code}: ${fault.message}`, {
    hints: [`run \`mfa-runbook doctor\`, ${again}`],
    cause: fault,
  });
}

const RECORD_CODES: Readonly<Record<RecordFault, RunbookErrorCode>> = {
  missing: 'record/missing',
  'newer-schema': 'record/newer-schema',
  incomplete: 'record/incomplete',
  malformed: 'record/mismatch',
  digest: 'record/mismatch',
};

function explainRecord(error: RecordError): RunbookError {
  return new RunbookError(RECORD_CODES[error.fault], error.message, { hints: [error.hint], cause: error });
}

const INSTALL_READER =
  'on Debian and Ubuntu `sudo apt-get install pcscd libpcsclite-dev build-essential python3`, then install mfa-runbook again';

const READERS: Readonly<Record<ReaderFault, (error: ReaderError, command: string) => RunbookError>> = {
  'no-module': (cause, command) =>
    new RunbookError('reader/no-module', 'the optional package nfc-pcsc is not installed or does not load', {
      hints: [INSTALL_READER, `then run \`${command}\``],
      cause,
    }),
  'no-service': (cause, command) =>
    new RunbookError('reader/no-service', 'the PC/SC service does not run', {
      hints: [`start it (Linux: \`sudo systemctl start pcscd.socket\`), then run \`${command}\``],
      cause,
    }),
  'no-reader': (cause, command) =>
    new RunbookError('reader/none', 'no card reader is plugged in', {
      hints: [
        `plug an NFC reader in, then run \`${command}\``,
        'an ACR122U that does not show up on Linux is held by the kernel: `sudo modprobe -r pn533_usb pn533 nfc`',
      ],
      cause,
    }),
  'unknown-reader': (cause) =>
    new RunbookError('reader/unknown', 'no reader has that name', {
      hints: [`pass --reader with one of: ${cause.readers.join(', ') || '(none is plugged in)'}`],
      cause,
    }),
  'several-readers': (cause) =>
    new RunbookError('reader/several', `${cause.readers.length} readers are plugged in`, {
      hints: [`pass --reader with one of: ${cause.readers.join(', ')}`],
      cause,
    }),
  'mute-card': (cause, command) =>
    new RunbookError('token/mute', 'a card lies on the reader but does not answer', {
      hints: [`switch the token on, lay it flat on the reader, then run \`${command}\``],
      cause,
    }),
};

function explainReader(error: ReaderError, { command }: Situation): RunbookError {
  return READERS[error.fault](error, command);
}

/** The models that can be enrolled, as their vendor names them. */
function modelNames(): string {
  return MODELS.map(({ name }) => name).join(', ');
}

const FOREIGN: Readonly<
  Record<ForeignKind, { code: RunbookErrorCode; message: string; hint: () => string }>
> = {
  'not-a-token': {
    code: 'token/foreign',
    message: 'what lies on the reader is no programmable token',
    hint: () => 'take other cards away from the reader, switch the token on and lay it on',
  },
  'unknown-prefix': {
    code: 'token/unknown-model',
    message: 'unknown token',
    hint: () =>
      `it is not written to, because a wrong guess locks older tokens for good; known are ${modelNames()}`,
  },
  'not-programmable': {
    code: 'token/not-programmable',
    message: 'the token on the reader cannot be used',
    hint: () => `use one of ${modelNames()}`,
  },
};

function explainForeign(error: ForeignCardError, { command }: Situation): RunbookError {
  const { code, message, hint } = FOREIGN[error.kind];
  return new RunbookError(code, `${message}: ${error.detail}`, {
    hints: [hint(), `then run \`${command}\``],
    cause: error,
  });
}

function explainGone(error: CardGoneError, { command }: Situation): RunbookError {
  return new RunbookError('token/gone', `the token left the reader or went dark (${error.message})`, {
    hints: [`switch it on, lay it flat on the reader and leave it there, then run \`${command}\``],
    cause: error,
  });
}

function explainStatusWord(error: StatusWordError, { command }: Situation): RunbookError {
  return new RunbookError('token/refused', `the token refused: ${error.message}`, {
    hints: [
      error.nextAction || 'switch the token off and on, and lay it on again',
      `then run \`${command}\` again`,
    ],
    cause: error,
  });
}

function explainMalformed(error: MalformedAnswerError, { command }: Situation): RunbookError {
  return new RunbookError('token/refused', error.message, {
    hints: [`switch the token off and on, then run \`${command}\` again; if it repeats, use another token`],
    cause: error,
  });
}

const JOURNALS: Readonly<
  Record<JournalFault, { code: RunbookErrorCode; hints: (command: string) => readonly string[] }>
> = {
  unreadable: {
    code: 'journal/unreadable',
    hints: (command) => [
      'run `mfa-runbook resume --set-aside{options}`: it keeps the file under another name',
      command.startsWith('mfa-runbook resume')
        ? 'then run the command that was cut off again: what it left in IAM is found by its name; `mfa-runbook plan{options}` shows it'
        : `then run \`${command}\`: what the cut-off run left in IAM is found by its name`,
    ],
  },
  'newer-schema': {
    code: 'journal/newer-schema',
    hints: () => ['run `mfa-runbook resume{options}` with the version that wrote it, or a newer one'],
  },
  locked: {
    code: 'journal/locked',
    hints: (command) => [`wait for the other run to end, or end it, then run \`${command}\` again`],
  },
  'not-written': {
    code: 'journal/not-written',
    hints: (command) => [
      `nothing is begun that the journal cannot keep: make room on the disk and see to its permissions, then run \`${command}\` again`,
    ],
  },
};

function explainJournal(error: JournalError, { command }: Situation): RunbookError {
  const { code, hints } = JOURNALS[error.fault];
  return new RunbookError(code, `the journal cannot be used: ${error.message}`, {
    hints: hints(command),
    cause: error,
    exitCode: error.fault === 'unreadable' ? 3 : 1,
  });
}

/** What the file system refuses with; other codes of Node's come from elsewhere. */
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

function explainDisk(error: NodeJS.ErrnoException, { command }: Situation): RunbookError {
  return new RunbookError('disk/failed', `this machine's disk refuses: ${error.message}`, {
    hints: [`make room there, or see to its permissions, then run \`${command}\` again`],
    cause: error,
  });
}
