/** `mfa-runbook replace HOLDER --slot SLOT --reason REASON` */
import { type Command, Option } from 'commander';
import { replace } from '../ceremonies/replace';
import { isRoot } from '../ceremonies/root-subject';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import { withPorts } from './open-ports';
import {
  type CommonOptions,
  codesOption,
  parseHolder,
  type Run,
  recordOption,
  slotOption,
  spareOption,
  usageError,
  withCommonOptions,
  withExamples,
  witnessOption,
} from './options';

interface ReplaceOptions extends CommonOptions {
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
        'If a run is interrupted, run the same command again to continue, or `mfa-runbook resume`. Prints the ARN of the',
        'new device.',
      ].join(' '),
    )
    .argument('<holder>', 'IAM user name of the holder', parseHolder)
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
  withExamples(
    command,
    'mfa-runbook replace alice.breakglass --slot primary --reason broken',
    'mfa-runbook replace alice.breakglass --slot primary --reason stolen --spare 86596220000009',
    'mfa-runbook replace alice.breakglass --slot backup --reason expired --witness "Wanda Witt"',
  );
  withCommonOptions(command).action(async (holder: string, options: ReplaceOptions) => {
    const { fleet, reader, slot, reason, spare, witness } = options;
    if (isRoot(holder)) {
      throw usageError(
        `a token of ${holder} is not replaced in one step: only root itself removes its devices`,
        `retire the old one: \`mfa-runbook retire ${holder} --slot ${slot}\``,
        `declare the new one in tokens.yaml, run \`cdk deploy\`, then \`mfa-runbook enroll ${holder} --slot ${slot}\``,
      );
    }
    const codes = options.codes === '1' ? 1 : 2;
    const request = { fleet, reader, holder, slot, reason, spare, codes, witness } as const;
    await withPorts(run, options, async (ports) => {
      ports.terminal.data(await replace(request, ports));
    });
  });
}
