/** `mfa-runbook replace HOLDER --slot SLOT --reason REASON` */
import { type Command, Option } from 'commander';
import { replaceDeclared } from '../ceremonies/by-kind';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import { promptingApart } from './burn';
import { withPorts } from './open-ports';
import {
  type CommonOptions,
  codesOption,
  parseHolder,
  type Run,
  recordOption,
  slotOption,
  spareOption,
  withCommonOptions,
  withExamples,
  witnessOption,
} from './options';
import { noWaitOption, type RootOptions, rootOptions, withRootOptions } from './root-options';

interface ReplaceOptions extends CommonOptions, RootOptions {
  readonly slot: string;
  readonly reason: ReplaceReason;
  readonly spare?: string;
  readonly codes?: '1' | '2';
  readonly witness?: string;
}

export function addReplace(program: Command, run: Run): void {
  const command = program
    .command('replace')
    .summary('replace a token that is lost, stolen, broken or expired')
    .description(
      [
        'Enrolls another token in the slot, and deletes the old device only after that; a stolen token is cut off first.',
        'The new token is the one that the record declares or, while it still declares the old one, a spare of the record.',
        'Of root, or root@ACCOUNT, a person makes the new device and removes the old one in the AWS console, as the command',
        'says. If a run is interrupted, run the same command again to continue, or `mfa-runbook resume`. Prints the ARN of the',
        'new device.',
      ].join(' '),
    )
    .argument('<holder>', 'IAM user name of the holder, or root or root@ACCOUNT', parseHolder)
    .addOption(slotOption('slot of the token to replace, such as primary').makeOptionMandatory())
    .addOption(
      new Option('--reason <reason>', 'why the token is replaced; stolen cuts it off before anything else')
        .choices(REPLACE_REASONS)
        .makeOptionMandatory(),
    )
    .addOption(spareOption())
    .addOption(recordOption())
    .addOption(codesOption('2'))
    .addOption(witnessOption());
  withRootOptions(command).addOption(noWaitOption());
  withExamples(
    command,
    'mfa-runbook replace alice.breakglass --slot primary --reason broken',
    'mfa-runbook replace alice.breakglass --slot primary --reason stolen --spare 86596220000009',
    'mfa-runbook replace alice.breakglass --slot backup --reason expired --witness "Wanda Witt"',
    'mfa-runbook replace root --slot primary --reason lost --spare 86596220000009 --secret',
  );
  withCommonOptions(command).action(async (holder: string, options: ReplaceOptions) => {
    const { fleet, reader, slot, reason, spare, witness } = options;
    const codes = options.codes === '1' ? 1 : 2;
    const root = rootOptions(holder, options);
    function removeFile(path: string): Promise<void> {
      return run.host.files.remove(path);
    }
    const request = {
      fleet,
      reader,
      holder,
      slot,
      reason,
      spare,
      codes,
      witness,
      removeFile,
      isLater: !options.wait,
      ...root,
    } as const;
    await withPorts(promptingApart(run, root.source), options, async (ports) => {
      const replaced = await replaceDeclared(request, ports);
      if (replaced !== undefined) {
        ports.terminal.data(replaced);
      }
    });
  });
}
