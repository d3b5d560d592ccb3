/** `mfa-runbook resume` */
import type { Command } from 'commander';
import { type ResumeRequest, resume } from '../ceremonies/resume';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import type { Host } from './host';
import { type CommonOptions, formatOptions, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface ResumeOptions extends CommonOptions {
  readonly list: boolean;
  readonly abandon: boolean;
  readonly setAside: boolean;
}

/** Adds the command. */
export function addResume(program: Command, host: Host): void {
  const command = program
    .command('resume')
    .summary('finish what a run that was cut off left open')
    .description(
      'Lists what runs on this machine began and did not finish, finds out from IAM how far each got, and finishes it. The seed of a token that was not burned yet is lost with the run: its device is deleted and made anew.',
    )
    .argument('[id...]', 'which ones, by the beginning of their id; without any: all')
    .option('--list', 'only list them', false)
    .option(
      '--abandon',
      'give them up: delete the device, if it is assigned to nobody, and close the journal',
      false,
    )
    .option('--set-aside', 'put journals that cannot be read out of the way, under another name', false)
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook resume --list',
        '  $ mfa-runbook resume',
        '  $ mfa-runbook resume 3f2a90c1 --abandon',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (ids: readonly string[], options: ResumeOptions) => {
    const what = purpose(options);
    const given = formatOptions(options);
    const ports = sessionPorts(host, options);
    try {
      const { fleet, reader } = options;
      await resume({ fleet, reader, ids, what, options: given }, ports, host.signal);
    } catch (error) {
      const failure = explain(error, { command: `mfa-runbook resume${given}`, options: given });
      throw failure.state === undefined ? failure.withState('nothing was changed') : failure;
    } finally {
      await ports.close();
    }
  });
}

function purpose({ list, abandon, setAside }: ResumeOptions): ResumeRequest['what'] {
  const asked = [list, abandon, setAside].filter(Boolean).length;
  if (asked > 1) {
    throw new RunbookError('usage', '--list, --abandon and --set-aside do not go together', {
      hints: ['give one of them'],
      exitCode: 2,
    });
  }
  if (list) {
    return 'list';
  }
  if (abandon) {
    return 'abandon';
  }
  return setAside ? 'set-aside' : 'finish';
}
