/** Seed phases in this very process, for a host in a test or in the demo. */
import type { Clock } from '../../runbook/clock';
import type { Host } from '../../runbook/commands/host';
import { LocalSeedPhase } from '../../runbook/seed-phase/local-seed-phase';
import type { SeedInput } from '../../runbook/seed-source/read-seed';
import { TracingTransport } from '../../runbook/token/trace';
import { MemoryPrivateFiles } from '../transcripts/memory-private-files';
import { MemoryFiles } from './memory-files';

/** For a phase whose seeds all come from AWS. */
export const NO_INPUT: SeedInput = {
  picture: () => Promise.reject(new Error('nobody handed a picture over')),
  typed: () => Promise.reject(new Error('nobody typed a secret')),
};

/** @param clock what the tokens' clocks are set by */
export function localSeedPhases(
  clock: Pick<Clock, 'now'>,
  input: SeedInput = NO_INPUT,
): Host['openSeedPhase'] {
  return ({ aws, readers, onTrace }) =>
    new LocalSeedPhase({
      aws,
      readers,
      trace: (transport) => (onTrace === undefined ? transport : new TracingTransport(transport, onTrace)),
      clock,
      input,
    });
}

/** For a host whose commands open no sessions and start no programs. */
export const noSessions: Pick<Host, 'connectSessions' | 'spawn' | 'privateFiles' | 'openTerminalDevice'> = {
  openTerminalDevice: () => undefined,
  // Of one run: a host that lasts longer has its own.
  get privateFiles() {
    return new MemoryPrivateFiles(new MemoryFiles());
  },
  connectSessions: () => {
    throw new Error('this host opens no sessions');
  },
  spawn: async () => {
    throw new Error('this host starts no programs');
  },
};
