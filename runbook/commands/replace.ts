/** `mfa-runbook replace HOLDER --slot SLOT --reason REASON` */
import { type Command, Option } from 'commander';
import { replace } from '../ceremonies/replace';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import type { TypedCodes } from '../operator/prove-codes';
import { checkWitnessName } from '../operator/witness';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface ReplaceOptions extends CommonOptions {
  readonly slot: string;
  readonly reason: ReplaceReason;
  readonly spare?: string;
  readonly codes?: '1' | '2';
  readonly witness?: string;
}

/** Adds the command. */
export function addReplace(program: Command, host: Host): void {
  const command = program
    .command('replace')
    .summary('put another token in the place of one that is out of use')
    .description(
      [
        'Enrols another token in the slot, and only then takes the old one out of IAM; a stolen one is cut off first.',
        'The other token is the one the record declares by now; while it still declares the old one, a spare of the record.',
        'A run that was cut off is gone on with by running it again, or by `mfa-runbook resume`.',
      ].join('\n'),
    )
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the token that goes, such as primary')
    .addOption(
      new Option('--reason <reason>', 'why it is out of use; stolen cuts it off before anything else')
        .choices(REPLACE_REASONS)
        .makeOptionMandatory(),
    )
    .option('--spare <serial>', 'the spare to take (else the only one, or the one laid on the reader)')
    .addOption(
      new Option(
        '--codes <number>',
        'how many codes to type; with 1 the one before it is computed (default: 2)',
      ).choices(['1', '2']),
    )
    .option('--witness <name>', 'second person, who types the serial printed on the new token')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook replace alice.breakglass --slot primary --reason broken',
        '  $ mfa-runbook replace alice.breakglass --slot primary --reason stolen --spare 86596220000009',
        '  $ mfa-runbook replace alice.breakglass --slot backup --reason expired --witness "Wanda Witt"',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: ReplaceOptions) => {
    const witness = options.witness === undefined ? undefined : checkWitnessName(options.witness);
    const { fleet, reader, slot, reason, spare } = options;
    const codes: TypedCodes = options.codes === '1' ? 1 : 2;
    const ports = sessionPorts(host, options);
    try {
      const request = {
        fleet,
        reader,
        holder,
        slot,
        reason,
        spare,
        codes,
        witness,
        command: commandLine(holder, options),
        options: formatOptions(options),
      };
      const { deviceArn } = await replace(request, ports, host.signal);
      ports.terminal.data(deviceArn);
    } finally {
      await ports.close();
    }
  });
}

function commandLine(holder: string, options: ReplaceOptions): string {
  return [
    `mfa-runbook replace ${holder} --slot ${options.slot} --reason ${options.reason}`,
    options.spare === undefined ? '' : ` --spare ${quoted(options.spare)}`,
    options.codes === undefined ? '' : ` --codes ${options.codes}`,
    options.witness === undefined ? '' : ` --witness ${quoted(options.witness)}`,
    formatOptions(options),
  ].join('');
}
