/** The host of one process: the same that `main.ts` gives, with every way out through the scheduler. */

import type { Aws } from '../../runbook/aws/aws';
import type { AwsSettings } from '../../runbook/aws/session';
import type { Host } from '../../runbook/commands/host';
import { LocalSeedPhase } from '../../runbook/seed-phase/local-seed-phase';
import { HEALTHY_MACHINE } from '../support/healthy-machine';
import { MemoryFiles } from '../support/memory-files';
import { MemoryPrivateFiles } from '../transcripts/memory-private-files';
import type { Disk } from './machine';
import type { WayOut } from './outside';
import type { Person } from './person';

/** The parts that a process runs with. */
interface ProcessHostParts {
  readonly outside: WayOut;
  readonly machine: Disk;
  readonly person: Person;
  readonly connectAws: (settings: AwsSettings) => Aws;
  /** This machine's clock, unix milliseconds. */
  readonly now: () => number;
  /** Told of everything the process prints. */
  readonly onOutput: (text: string) => void;
}

/** A host for `run`. */
export function processHost({ outside, machine, person, connectAws, now, onOutput }: ProcessHostParts): Host {
  const clock = { now, sleep: (ms: number, signal: AbortSignal) => outside.sleep(ms, signal) };
  return {
    env: {},
    openTerminalDevice: () => undefined,
    nodeVersion: 'v20.12.0',
    machineFacts: async () => HEALTHY_MACHINE,
    writePeople: (text) => {
      person.reads(text);
      onOutput(text);
    },
    writeData: onOutput,
    dataLost: async () => undefined,
    prompter: person.prompterFor(outside),
    live: false,
    clock,
    signal: outside.process.signal,
    connectAws,
    connectSessions: () => {
      throw new Error('no ceremony opens a session of its own');
    },
    spawn: async () => {
      throw new Error('no ceremony starts a program');
    },
    openReaders: () => person.readersFor(outside),
    openSeedPhase: ({ aws, readers, onTrace: _trace }) =>
      new LocalSeedPhase({
        aws,
        readers,
        trace: (transport) => transport,
        clock,
        input: person.inputFor(outside),
      }),
    journals: machine.journalsFor(outside),
    evidenceLog: (fleet) => machine.evidenceLogFor(outside, fleet),
    files: machine.filesFor(outside),
    privateFiles: new MemoryPrivateFiles(new MemoryFiles()),
  };
}
