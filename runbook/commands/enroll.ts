/** `mfa-runbook enroll HOLDER --slot SLOT`, and `mfa-runbook enroll --all` */
import { type Command, Option } from 'commander';
import { enroll } from '../ceremonies/enroll';
import { enrollAll } from '../ceremonies/enroll-all';
import type { TypedCodes } from '../operator/prove-codes';
import { checkWitnessName } from '../operator/witness';
import { RunbookError } from '../runbook-error';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { type SessionPorts, sessionPorts } from './session-ports';

interface EnrollOptions extends CommonOptions {
  readonly slot?: string;
  readonly all: boolean;
  readonly codes?: '1' | '2';
  readonly witness?: string;
}

/** Adds the command. */
export function addEnroll(program: Command, host: Host): void {
  const command = program
    .command('enroll')
    .summary('enrol the token that the record declares for a holder, or all of them')
    .description(
      [
        'Enrols one token: checks it against the record, creates the MFA device in IAM, burns its seed onto the token, checks the codes the token shows, and enables the device with two of them.',
        '',
        'With --all the whole fleet in one sitting: lay the tokens on in any order, each tells by its serial whose it is. A run that was cut off is gone on with by running it again.',
      ].join('\n'),
    )
    .argument('[holder]', 'IAM user name of the holder')
    .option('--slot <slot>', 'slot of the holder in the record, such as primary')
    .option('--all', 'every token of the record that is not enrolled yet', false)
    .addOption(
      new Option(
        '--codes <number>',
        'how many codes to type; with 1 the one before it is computed (default: 2, with --all 1)',
      ).choices(['1', '2']),
    )
    .option('--witness <name>', 'second person, who types the serial printed on the token')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook enroll alice.breakglass --slot primary',
        '  $ mfa-runbook enroll alice.breakglass --slot backup --codes 1 --profile mfa-operator',
        '  $ mfa-runbook enroll --all --witness "Wanda Witt"',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string | undefined, options: EnrollOptions) => {
    checkTarget(holder, options);
    const witness = options.witness === undefined ? undefined : checkWitnessName(options.witness);
    const ports = sessionPorts(host, options);
    try {
      if (options.all) {
        await all(options, witness, ports, host.signal);
      } else {
        await one(holder ?? '', options.slot ?? '', options, witness, ports, host.signal);
      }
    } finally {
      await ports.close();
    }
  });
}

function checkTarget(holder: string | undefined, options: EnrollOptions): void {
  const hint = 'run `mfa-runbook enroll --help`: name a holder and --slot, or give --all';
  function wrong(message: string): RunbookError {
    return new RunbookError('usage', message, { hints: [hint], exitCode: 2 });
  }
  if (options.all && (holder !== undefined || options.slot !== undefined)) {
    throw wrong('--all takes every token of the record: it goes with neither a holder nor --slot');
  }
  if (options.all) {
    return;
  }
  if (holder === undefined) {
    throw wrong('the holder is missing');
  }
  if (options.slot === undefined) {
    throw wrong(`the slot of ${holder} is missing: --slot`);
  }
}

async function one(
  holder: string,
  slot: string,
  options: EnrollOptions,
  witness: string | undefined,
  ports: SessionPorts,
  signal: AbortSignal,
): Promise<void> {
  const codes: TypedCodes = options.codes === '1' ? 1 : 2;
  const { fleet, reader } = options;
  const command = `mfa-runbook enroll ${holder} --slot ${slot}${formatEnrollOptions(options)}`;
  const given = formatOptions(options);
  const request = { fleet, holder, slot, reader, codes, witness, command, options: given };
  const enrolment = await enroll(request, ports, signal);
  ports.terminal.data(enrolment.deviceArn);
}

async function all(
  options: EnrollOptions,
  witness: string | undefined,
  ports: SessionPorts,
  signal: AbortSignal,
): Promise<void> {
  const codes: TypedCodes = options.codes === '2' ? 2 : 1;
  const { fleet, reader } = options;
  const command = `mfa-runbook enroll --all${formatEnrollOptions(options)}`;
  const given = formatOptions(options);
  const request = { fleet, reader, codes, witness, command, options: given };
  await enrollAll(request, ports, signal);
}

function formatEnrollOptions(options: EnrollOptions): string {
  return [
    options.codes === undefined ? '' : ` --codes ${options.codes}`,
    options.witness === undefined ? '' : ` --witness ${quoted(options.witness)}`,
    formatOptions(options),
  ].join('');
}
