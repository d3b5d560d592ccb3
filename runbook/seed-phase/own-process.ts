/**
 * Guards the process of one seed from the inside: against signals, debuggers, and the death of its parent.
 *
 * The process ends when it is told to, and immediately when its channel closes, whatever it is doing: a parent that died
 * can no longer enable the device, and `mfa-runbook resume` repairs a burn that was cut short. It ends by SIGKILL,
 * because an orderly exit waits for the threads of the reader's library.
 */
import type * as Inspector from 'node:inspector';
import { RunbookError } from '../runbook-error';
import { type ServedParts, serveSeedPhase } from './serve';
import type { ToPhase } from './wire';

/** `EX_USAGE` and `EX_SOFTWARE` of sysexits.h. */
const USAGE = 64;
const DEFECT = 70;

/** Ignored signals: the parent acts on those of the terminal, and SIGUSR1 would open a debugger. */
const IGNORED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const;

/** Serves a seed phase on the IPC channel of this process. */
export function serveOverIpc(own: NodeJS.Process, parts: Omit<ServedParts, 'checkProcess' | 'leave'>): void {
  if (own.send === undefined) {
    own.stderr.write(
      'mfa-runbook: error: only mfa-runbook can start this program; run `mfa-runbook --help`\n',
    );
    own.exit(USAGE);
  }
  for (const name of IGNORED) {
    own.on(name, () => undefined);
  }
  // Silently: the message of an unknown error may quote what was being read.
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

/** Refuses to hold a seed under a debugger, which reads all memory; one may have been opened before signals were ignored. */
function refuseDebugger(own: NodeJS.Process): void {
  if (!own.features.inspector) {
    return;
  }
  const inspector: typeof Inspector = require('node:inspector');
  const url = inspector.url();
  if (url === undefined) {
    return;
  }
  throw new RunbookError(
    'seed-phase/inspected',
    `a debugger is listening on ${url}, in the process that would hold the seed`,
    {
      hints: ['find out what opened it (SIGUSR1, or a wrapper around node), then run `mfa-runbook resume`'],
    },
  );
}
