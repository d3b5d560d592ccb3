/** `mfa-runbook prove HOLDER --slot SLOT` */
import type { Command } from 'commander';
import { prove } from '../flow/prove';
import { checkWitnessName } from '../flow/witness';
import type { Host } from '../host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface ProveOptions extends CommonOptions {
  readonly slot: string;
  readonly witness?: string;
}

/** Adds the command. */
export function addProve(program: Command, host: Host): void {
  const command = program
    .command('prove')
    .summary('a drill: prove that an enrolled token still works')
    .description(
      [
        'Reads the serial and the clock of an enrolled token over NFC, and has AWS judge two of its codes. That proves',
        'that the token in the safe still works, without the credentials of its holder, and corrects drift. Nothing is',
        'written to the token. Evidence is renewed. Prints the ARN of the device.',
      ].join('\n'),
    )
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the holder in the record, such as primary')
    .option('--witness <name>', 'second person, who types the serial printed on the token')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook prove alice.breakglass --slot primary',
        '  $ mfa-runbook prove alice.breakglass --slot backup --witness "Wanda Witt" --profile mfa-operator',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: ProveOptions) => {
    const witness = options.witness === undefined ? undefined : checkWitnessName(options.witness);
    const ports = sessionPorts(host, options);
    const { fleet, slot, reader } = options;
    const given = formatOptions(options);
    const line = `mfa-runbook prove ${holder} --slot ${slot}${witness === undefined ? '' : ` --witness ${quoted(witness)}`}${given}`;
    try {
      const request = { fleet, holder, slot, reader, witness, command: line, options: given };
      const proven = await prove(request, ports, host.signal);
      ports.terminal.data(proven.deviceArn);
    } finally {
      await ports.close();
    }
  });
}
