/** Everything a flow needs from outside. Tests and the demo bring their own. */
import type { Aws } from '../aws/ports';
import type { Clock } from '../clock';
import type { EvidenceLog } from '../report/evidence-log';
import type { Terminal } from '../terminal';
import type { Readers } from '../token/readers';
import type { Transport } from '../token/transport';
import type { Journals } from './journal';
import type { SeedPhase } from './seed-phase';

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
}
