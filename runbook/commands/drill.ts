/** `mfa-runbook prove HOLDER --slot SLOT`, and `mfa-runbook resync HOLDER --slot SLOT` */
import type { Command } from 'commander';
import { prove } from '../ceremonies/prove';
import { resync } from '../ceremonies/resync';
import { checkWitnessName } from '../operator/witness';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface DrillOptions extends CommonOptions {
  readonly slot: string;
  readonly witness?: string;
}

/** In what the two differ. */
interface DrillCommand {
  readonly name: 'prove' | 'resync';
  readonly hold: typeof prove;
  readonly summary: string;
  readonly description: string;
  /** What follows the holder in the second example. */
  readonly example: string;
}

const PROVE: DrillCommand = {
  name: 'prove',
  hold: prove,
  summary: 'a drill: prove that an enrolled token still works',
  description:
    'Reads the serial and the clock of an enrolled token over NFC, and has AWS judge two of its codes. That proves that the token in the safe still works, without the credentials of its holder, and corrects drift. Nothing is written to the token. Evidence is renewed. Prints the ARN of the device.',
  example: '--slot backup --witness "Wanda Witt" --profile mfa-operator',
};

const RESYNC: DrillCommand = {
  name: 'resync',
  hold: resync,
  summary: 'let AWS find the clock of a token anew, without a reader',
  description:
    'For a holder whose codes AWS no longer takes, because the clock of the token ran off: type the serial printed on the token and two of its codes, or have the holder read them out on the phone. Needs no card reader; with one, prefer `mfa-runbook prove`. Evidence is renewed. Prints the ARN of the device.',
  example: '--slot backup --profile mfa-operator',
};

/** Adds `prove`. */
export function addProve(program: Command, host: Host): void {
  addDrill(PROVE, program, host);
}

/** Adds `resync`. */
export function addResync(program: Command, host: Host): void {
  addDrill(RESYNC, program, host);
}

function addDrill(
  { name, hold, summary, description, example }: DrillCommand,
  program: Command,
  host: Host,
): void {
  const command = program
    .command(name)
    .summary(summary)
    .description(description)
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the holder in the record, such as primary')
    .option('--witness <name>', 'second person, who types the serial printed on the token')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        `  $ mfa-runbook ${name} alice.breakglass --slot primary`,
        `  $ mfa-runbook ${name} alice.breakglass ${example}`,
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: DrillOptions) => {
    const witness = options.witness === undefined ? undefined : checkWitnessName(options.witness);
    const ports = sessionPorts(host, options);
    const { fleet, slot, reader } = options;
    const given = formatOptions(options);
    const by = witness === undefined ? '' : ` --witness ${quoted(witness)}`;
    const line = `mfa-runbook ${name} ${holder} --slot ${slot}${by}${given}`;
    try {
      const request = { fleet, holder, slot, reader, witness, command: line, options: given };
      ports.terminal.data((await hold(request, ports, host.signal)).deviceArn);
    } finally {
      await ports.close();
    }
  });
}
