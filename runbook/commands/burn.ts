/** `mfa-runbook burn --qr FILE`, and `mfa-runbook burn --secret` */
import type { Command } from 'commander';
import { SERIAL_RULE } from '../../lib/record/rules';
import { type BurnSeedRequest, burnSeed } from '../ceremonies/burn-seed';
import { RunbookError } from '../runbook-error';
import { withPorts } from './open-ports';
import {
  type CommonOptions,
  parserOf,
  type Run,
  usageError,
  withCommonOptions,
  withExamples,
} from './options';

interface BurnOptions extends CommonOptions {
  readonly qr?: string;
  readonly secret: boolean;
  readonly unrecorded?: string;
  readonly tokenProfile?: number;
}

export function addBurn(program: Command, run: Run): void {
  const command = program
    .command('burn')
    .summary('burn a secret that a service shows onto a token')
    .description(
      [
        "Burns the secret of a service, or of a colleague's AWS console, onto the token on the reader, and checks two codes. Nothing is changed in IAM, and the secret is kept nowhere.",
        '',
        'The record must declare the token, and no device in IAM may use it; with --unrecorded, AWS is not called.',
      ].join('\n'),
    )
    .option('--qr <file>', 'picture of the QR code, PNG or JPEG; - reads it from standard input')
    .option('--secret', 'ask for the secret key, which is not shown while it is typed or pasted', false)
    .option(
      '--unrecorded <serial>',
      'serial of the token, in full, if no record declares it',
      parserOf(SERIAL_RULE),
    )
    .option('--token-profile <number>', 'profile of a multi-profile token, 0 to 99', parseProfile);
  withExamples(
    command,
    'mfa-runbook burn --qr ~/Pictures/screenshot.png',
    'mfa-runbook burn --secret --unrecorded 86596220000001',
    'wl-paste | mfa-runbook burn --qr -',
  );
  withCommonOptions(command).action(async (options: BurnOptions) => {
    const { fleet, reader, unrecorded, tokenProfile: profile } = options;
    const source = sourceOf(options);
    await withPorts(promptingApart(run, source), options, async (ports) => {
      await burnSeed({ fleet, reader, source, unrecorded, profile }, ports, (path) =>
        run.host.files.remove(path),
      );
    });
  });
}

function parseProfile(given: string): number {
  if (!/^\d{1,2}$/.test(given)) {
    throw usageError(`"${given}" is not the number of a profile`, 'profiles have the numbers 0 to 99');
  }
  return Number(given);
}

function sourceOf({ qr, secret }: BurnOptions): BurnSeedRequest['source'] {
  if (qr !== undefined && !secret) {
    return { kind: 'picture', path: qr };
  }
  if (qr === undefined && secret) {
    return { kind: 'typed' };
  }
  throw usageError(
    secret ? '--qr and --secret are two ways to hand over one secret' : 'the secret is missing',
    'pass --qr with a picture of the code, or --secret to be asked for the key; see `mfa-runbook burn --help`',
  );
}

/** Takes answers from the terminal itself where standard input is the picture. */
export function promptingApart(run: Run, source: BurnSeedRequest['source'] | undefined): Run {
  if (source?.kind !== 'picture' || source.path !== '-') {
    return run;
  }
  const prompter = run.host.openTerminalDevice();
  if (prompter === undefined) {
    throw new RunbookError(
      'seed/no-terminal',
      'standard input is the picture, and there is no terminal to ask for codes on',
      {
        hints: ['write the picture to a file and pass its name with --qr, or run this in a terminal'],
        state: 'nothing was read, the token was not written',
        exitCode: 2,
      },
    );
  }
  return { ...run, host: { ...run.host, prompter } };
}
