/** `mfa-runbook resume` */
import type { Command } from 'commander';
import { type ResumeRequest, resume } from '../ceremonies/resume';
import { nothingChanged, withPorts } from './open-ports';
import {
  type CommonOptions,
  type Run,
  recordOption,
  usageError,
  withCommonOptions,
  withExamples,
} from './options';
import { noWaitOption } from './root-options';

interface ResumeOptions extends CommonOptions {
  readonly list: boolean;
  readonly abandon: boolean;
  readonly setAside: boolean;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

export function addResume(program: Command, run: Run): void {
  const command = program
    .command('resume')
    .summary('finish what an interrupted run left open')
    .description(
      'Lists the ceremonies that were started on this machine and not finished, finds out from IAM how far each got, and finishes it. If a token was not burned yet, its seed was lost with the run: its device is deleted and created again.',
    )
    .argument('[id...]', 'only these, by the beginning of their id')
    .option('--list', 'only list them', false)
    .option(
      '--abandon',
      'give them up: delete the device, if it is assigned to nobody, and close the journal',
      false,
    )
    .option('--set-aside', 'rename journals that cannot be read, so that they no longer block', false)
    .addOption(noWaitOption())
    .addOption(recordOption());
  withExamples(
    command,
    'mfa-runbook resume --list',
    'mfa-runbook resume',
    'mfa-runbook resume 3f2a90c1 --abandon',
  );
  withCommonOptions(command).action(async (ids: readonly string[], options: ResumeOptions) => {
    const { fleet, reader } = options;
    function removeFile(path: string): Promise<void> {
      return run.host.files.remove(path);
    }
    const request = { fleet, reader, ids, what: purpose(options), removeFile, isLater: !options.wait };
    await withPorts(run, options, (ports) => nothingChanged(run.line, resume(request, ports)));
  });
}

function purpose({ list, abandon, setAside, wait }: ResumeOptions): ResumeRequest['what'] {
  if ([list, abandon, setAside].filter(Boolean).length > 1) {
    throw usageError('--list, --abandon and --set-aside cannot be combined', 'pass one of them');
  }
  if (!wait && (list || abandon || setAside)) {
    throw usageError('--no-wait is for finishing, and the others wait for nothing', 'leave it out');
  }
  if (list) {
    return 'list';
  }
  if (abandon) {
    return 'abandon';
  }
  return setAside ? 'set-aside' : 'finish';
}
