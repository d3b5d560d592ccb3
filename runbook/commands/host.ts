/** The machine that a command runs on; `main.ts` provides the real one. */
import type { Aws, CallReport } from '../aws/aws';
import type { AwsSettings } from '../aws/session';
import type { SessionIssuer } from '../aws/session-issuer';
import type { Journals } from '../ceremony/journal';
import type { Clock } from '../clock';
import type { EvidenceLog } from '../evidence/evidence-log';
import type { Files } from '../files/files';
import type { MachineFacts } from '../files/machine-facts';
import type { SeedPhase } from '../seed-phase/seed-phase';
import type { PrivateFiles } from '../signin/private-files';
import type { Prompter } from '../terminal/line-prompter';
import type { Readers } from '../token/readers';

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's version, such as `v20.12.0`. */
  readonly nodeVersion: string;
  /** Writes messages for people. */
  writePeople(text: string): void;
  writeData(text: string): void;
  /** Waits until all data is written. @returns why some of it was not */
  dataLost(): Promise<NodeJS.ErrnoException | undefined>;
  /** Counts the columns of the terminal behind a stream, at this moment; `undefined` if it is no terminal. */
  columns?(stream: 'people' | 'data'): number | undefined;
  readonly prompter: Prompter;
  /** Asks on the terminal itself, while standard input is data; `undefined` without a terminal. */
  openTerminalDevice(): Prompter | undefined;
  /** A person sits at a terminal, and messages go there. */
  readonly live: boolean;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Aborted by a second Ctrl-C: not even a clean-up is waited for. */
  readonly giveUp?: AbortSignal;
  connectAws(settings: AwsSettings): Aws;
  /** For a person's own sessions. */
  connectSessions(settings: AwsSettings): SessionIssuer;
  /** Runs a program on this terminal to its end. @returns its exit code (128 + n after signal n) */
  spawn(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<number>;
  /** Nothing is loaded or connected before the first call. */
  openReaders(): Readers;
  /** Nothing is started before the first call. */
  openSeedPhase(settings: {
    /** Its session is taken over, so that nobody is asked for a code twice. */
    readonly aws: Aws;
    /** The reader of the command, for a phase that runs in the same process. */
    readonly readers: Readers;
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal;
    /** Receives the lines of `--trace-apdu`. */
    readonly onTrace?: (line: string) => void;
    readonly onCall: (report: CallReport) => void;
  }): SeedPhase;
  readonly journals: Journals;
  evidenceLog(fleet: string): EvidenceLog;
  readonly files: Files;
  /** Reads the facts of this machine that decide whether a reader can be used. */
  machineFacts(): Promise<MachineFacts>;
  /** Files that nobody but the person may read. */
  readonly privateFiles: PrivateFiles;
}
