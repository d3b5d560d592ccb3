/**
 * The process of one seed, from inside: what it does about signals, debuggers, and the death of its parent.
 *
 * It ends when it is told to, and at once when the channel closes, whatever it does: a parent that died cannot enable
 * the device any more, so a burn cut short costs nothing that `mfa-runbook resume` does not set right. It ends by
 * SIGKILL, because an orderly exit waits for the threads of the reader's library.
 */
import type * as Inspector from 'node:inspector';
import { RunbookError } from '../runbook-error';
import { type ServedParts, serveSeedPhase } from './serve';
import type { ToPhase } from './wire';

/** `EX_USAGE` and `EX_SOFTWARE` of sysexits.h. */
const USAGE = 64;
const DEFECT = 70;

/** The terminal's signals are the parent's to act on; and SIGUSR1 would open a debugger. */
const UNHEARD = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const;

/** Serves a seed phase on the IPC channel of this process. */
export function serveOverIpc(own: NodeJS.Process, parts: Omit<ServedParts, 'checkProcess' | 'leave'>): void {
  if (own.send === undefined) {
    own.stderr.write('mfa-runbook: error: this program is started by mfa-runbook alone\n');
    own.exit(USAGE);
  }
  for (const name of UNHEARD) {
    own.on(name, () => undefined);
  }
  // Silent: the words of an unknown error may quote what was being read.
  own.on('uncaughtException', () => own.exit(DEFECT));
  own.on('unhandledRejection', () => own.exit(DEFECT));
  function leave(): void {
    return void own.kill(own.pid, 'SIGKILL');
  }
  own.on('disconnect', leave);
  serveSeedPhase(
    {
      send: (message) => void (own.connected && own.send?.(message)),
      onMessage: (listener) => void own.on('message', (message) => listener(message as ToPhase)),
    },
    { ...parts, checkProcess: () => refuseDebugger(own), leave },
  );
}

/** A debugger reads every byte: one may have been opened before this program listened to signals. */
function refuseDebugger(own: NodeJS.Process): void {
  if (!own.features.inspector) {
    return;
  }
  const inspector: typeof Inspector = require('node:inspector');
  const url = inspector.url();
  if (url === undefined) {
    return;
  }
  throw new RunbookError('seed-phase/inspected', `a debugger listens on ${url}, where a seed would be`, {
    hints: ['find out what opened it (SIGUSR1, or a wrapper around node), then run `mfa-runbook resume`'],
  });
}
