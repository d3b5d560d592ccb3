/** `mfa-runbook enroll HOLDER --slot SLOT` */
import { type Command, Option } from 'commander';
import { enroll } from '../flow/enroll';
import type { TypedCodes } from '../flow/prove-codes';
import type { Host } from '../host';
import { type CommonOptions, formatOptions, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface EnrollOptions extends CommonOptions {
  readonly slot: string;
  readonly codes: '1' | '2';
}

/** Adds the command. */
export function addEnroll(program: Command, host: Host): void {
  const command = program
    .command('enroll')
    .summary('enrol the token that the record declares for a holder')
    .description(
      [
        'Enrols one token: checks it against the record, creates the MFA device in IAM, burns its seed onto the token,',
        'checks the codes the token shows, and enables the device with two of them.',
      ].join('\n'),
    )
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the holder in the record, such as primary')
    .addOption(
      new Option('--codes <number>', 'how many codes to type; with 1 the one before it is computed')
        .choices(['1', '2'])
        .default('2'),
    )
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook enroll alice.breakglass --slot primary',
        '  $ mfa-runbook enroll alice.breakglass --slot backup --codes 1 --profile mfa-operator',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: EnrollOptions) => {
    const ports = sessionPorts(host, options);
    try {
      const codes: TypedCodes = options.codes === '1' ? 1 : 2;
      const enrolment = await enroll(
        {
          fleet: options.fleet,
          holder,
          slot: options.slot,
          reader: options.reader,
          codes,
          command: `mfa-runbook enroll ${holder} --slot ${options.slot}${codes === 1 ? ' --codes 1' : ''}${formatOptions(options)}`,
        },
        ports,
        host.signal,
      );
      ports.terminal.data(enrolment.deviceArn);
    } finally {
      await ports.close();
    }
  });
}
