/** Everything a ceremony or a review needs from outside. Tests and the demo bring their own. */
import type { Place } from '../../lib/record/place';
import type { Aws } from '../aws/aws';
import type { Clock } from '../clock';
import type { EvidenceLog } from '../evidence/evidence-log';
import type { SeedPhase } from '../seed-phase/seed-phase';
import type { CommandLine } from '../terminal/command-line';
import type { Terminal } from '../terminal/terminal';
import type { Readers } from '../token/readers';
import type { Transport } from '../token/transport';
import type { Journals } from './journal';

/** Codes that were sent to AWS from this machine in the last minutes, by any command. */
export interface UsedCodes {
  /** The code of this token was sent before. */
  has(place: Place, code: string): Promise<boolean>;
  /** A code of this token was sent in the current step, so that it may still show it. */
  isUsedNow(place: Place): Promise<boolean>;
}

/** The tokens that refused their key on this machine. */
export interface LockedTokens {
  /** Path of their list, for people. */
  readonly path: string;
  /** Tells the day since which a token is on the list; `undefined` if it is not. */
  since(serial: string): Promise<string | undefined>;
  add(serial: string): Promise<void>;
}

export interface Ports {
  readonly aws: Aws;
  readonly usedCodes: UsedCodes;
  readonly lockedTokens: LockedTokens;
  readonly readers: Readers;
  /** Wraps a card's transport, for `--trace-apdu`. */
  readonly trace: (transport: Transport) => Transport;
  /** Opens a seed phase; the caller ends it. */
  readonly openSeedPhase: () => SeedPhase;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly journals: Journals;
  readonly evidenceLog: EvidenceLog;
  /** Name and version of this program, for evidence. */
  readonly tool: string;
  /** The command line that continues from here, for hints. */
  readonly line: CommandLine;
}
