/** `mfa-runbook doctor` */
import type { Command } from 'commander';
import { type Check, examine } from '../review/doctor';
import { RunbookError } from '../runbook-error';
import type { Host } from './host';
import { type CommonOptions, formatOptions, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

const MARKS: Readonly<Record<Check['verdict'], string>> = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' };

/** Adds the command. */
export function addDoctor(program: Command, host: Host): void {
  const command = program
    .command('doctor')
    .summary('check the reader, the credentials, the clock and the record')
    .description(
      'Checks everything an enrolment needs: Node, the reader, AWS credentials, the clock and the record. Changes nothing.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mfa-runbook doctor\n  $ mfa-runbook doctor --profile mfa-operator --json',
    );
  withCommonOptions(command).action(async (options: CommonOptions) => {
    const ports = sessionPorts(host, options);
    const again = `mfa-runbook doctor${formatOptions(options)}`;
    try {
      const failed: string[] = [];
      const subject = {
        fleet: options.fleet,
        reader: options.reader,
        nodeVersion: host.nodeVersion,
        command: again,
      };
      for await (const check of examine(subject, ports)) {
        host.signal.throwIfAborted();
        if (check.verdict === 'failed') {
          failed.push(check.name);
        }
        ports.terminal.event('check', { ...check });
        ports.terminal.data(`${MARKS[check.verdict]}  ${check.name.padEnd(12)}${check.finding}`);
        for (const hint of check.hints) {
          ports.terminal.data(`${' '.repeat(18)}hint: ${hint}`);
        }
      }
      if (failed.length === 0) {
        return;
      }
      throw new RunbookError('doctor/failed', `not ready: ${failed.join(', ')}`, {
        hints: [`follow the hints above, then run \`${again}\``],
        state: 'nothing was changed',
      });
    } finally {
      await ports.close();
    }
  });
}
