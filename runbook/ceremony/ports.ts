/** Everything a flow needs from outside. Tests and the demo bring their own. */
import type { Aws } from '../aws/aws';
import type { Clock } from '../clock';
import type { EvidenceLog } from '../evidence/evidence-log';
import type { SeedPhase } from '../seed-phase/seed-phase';
import type { CommandLine } from '../terminal/command-line';
import type { Terminal } from '../terminal/terminal';
import type { Readers } from '../token/readers';
import type { Transport } from '../token/transport';
import type { Journals } from './journal';

/** The world outside a flow. */
export interface Ports {
  readonly aws: Aws;
  readonly readers: Readers;
  /** Wraps a card's transport, for `--trace-apdu`. */
  readonly trace: (transport: Transport) => Transport;
  /** A new seed phase; the caller ends it. */
  readonly openSeedPhase: () => SeedPhase;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly journals: Journals;
  readonly evidenceLog: EvidenceLog;
  /** Name and version of this program, for evidence. */
  readonly tool: string;
  /** The command line of this run, for what is said about others. */
  readonly line: CommandLine;
}
