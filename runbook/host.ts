/** What the command needs of the machine it runs on; `main.ts` gives it the real one. */
import type { Aws } from './aws/ports';
import type { AwsSettings } from './aws/session';
import type { Clock } from './clock';
import type { Prompter } from './line-prompter';
import type { EvidenceLog } from './report/evidence-log';
import type { Readers } from './token/readers';

/** The machine, as seen from the command line. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's version, such as `v20.12.0`. */
  readonly nodeVersion: string;
  /** Writes people's text. */
  writePeople(text: string): void;
  /** Writes data. */
  writeData(text: string): void;
  /** Asks whoever is at the other end. */
  readonly prompter: Prompter;
  /** People's text goes to a terminal. */
  readonly live: boolean;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  connectAws(settings: AwsSettings): Aws;
  /** Nothing is loaded or connected before the first call. */
  openReaders(): Readers;
  evidenceLog(fleet: string): EvidenceLog;
}
