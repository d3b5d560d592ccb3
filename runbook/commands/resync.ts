/** `mfa-runbook resync HOLDER --slot SLOT` */
import type { Command } from 'commander';
import { resync } from '../flow/resync';
import { checkWitnessName } from '../flow/witness';
import type { Host } from '../host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface ResyncOptions extends CommonOptions {
  readonly slot: string;
  readonly witness?: string;
}

/** Adds the command. */
export function addResync(program: Command, host: Host): void {
  const command = program
    .command('resync')
    .summary('let AWS find the clock of a token anew, without a reader')
    .description(
      'For a holder whose codes AWS no longer takes, because the clock of the token ran off: type the serial printed on the token and two of its codes, or have the holder read them out on the phone. Needs no card reader; with one, prefer `mfa-runbook prove`. Evidence is renewed. Prints the ARN of the device.',
    )
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the holder in the record, such as primary')
    .option('--witness <name>', 'second person, who types the serial printed on the token')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook resync alice.breakglass --slot primary',
        '  $ mfa-runbook resync alice.breakglass --slot backup --profile mfa-operator',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: ResyncOptions) => {
    const witness = options.witness === undefined ? undefined : checkWitnessName(options.witness);
    const ports = sessionPorts(host, options);
    const { fleet, slot, reader } = options;
    const given = formatOptions(options);
    const line = `mfa-runbook resync ${holder} --slot ${slot}${witness === undefined ? '' : ` --witness ${quoted(witness)}`}${given}`;
    try {
      const request = { fleet, holder, slot, reader, witness, command: line, options: given };
      const done = await resync(request, ports, host.signal);
      ports.terminal.data(done.deviceArn);
    } finally {
      await ports.close();
    }
  });
}
