/** `mfa-runbook doctor` */
import type { Command } from 'commander';
import type { Ports } from '../ceremony/ports';
import { type Check, examine } from '../review/doctor';
import { RunbookError } from '../runbook-error';
import { withPorts } from './open-ports';
import { type CommonOptions, type Run, withCommonOptions, withExamples } from './options';

const MARKS: Readonly<Record<Check['verdict'], string>> = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' };

export function addDoctor(program: Command, run: Run): void {
  const command = program
    .command('doctor')
    .summary('check the reader, the credentials, the clock and the record')
    .description(
      'Checks everything that an enrollment needs: Node, the reader, AWS credentials, the clock and the record. Changes nothing. Prints one line per check.',
    );
  withExamples(command, 'mfa-runbook doctor', 'mfa-runbook doctor --profile mfa-operator --json');
  withCommonOptions(command, '--yes', '--trace-apdu').action(async (options: CommonOptions) => {
    await withPorts(run, options, (ports) => check(run, options, ports));
  });
}

async function check({ host }: Run, { fleet, reader }: CommonOptions, ports: Ports): Promise<void> {
  const { terminal } = ports;
  const failed: string[] = [];
  for await (const { name, verdict, finding, hints } of examine(ports, {
    fleet,
    reader,
    nodeVersion: host.nodeVersion,
    machineFacts: () => host.machineFacts(),
  })) {
    host.signal.throwIfAborted();
    if (verdict === 'failed') {
      failed.push(name);
    }
    terminal.event('check', { name, verdict, finding, hints });
    terminal.table([
      { cells: [MARKS[verdict], name.padEnd(11), finding] },
      ...hints.map((hint) => ({ cells: ['', '', `hint: ${hint}`] })),
    ]);
  }
  if (failed.length > 0) {
    throw new RunbookError('doctor/failed', `not ready: ${failed.join(', ')}`, {
      hints: ['follow the hints above, then run `{command}` again'],
      state: 'nothing was changed',
    });
  }
}
