/** `mfa-runbook enroll HOLDER --slot SLOT`, and `mfa-runbook enroll --all` */
import type { Command } from 'commander';
import { enrollDeclared } from '../ceremonies/by-kind';
import { enrollAll } from '../ceremonies/enroll-all';
import { promptingApart } from './burn';
import { withPorts } from './open-ports';
import {
  type CommonOptions,
  codesOption,
  parseHolder,
  type Run,
  recordOption,
  slotOption,
  usageError,
  withCommonOptions,
  withExamples,
  witnessOption,
} from './options';
import { noWaitOption, type RootOptions, rootOptions, withRootOptions } from './root-options';

interface EnrollOptions extends CommonOptions, RootOptions {
  readonly slot?: string;
  readonly all: boolean;
  readonly codes?: '1' | '2';
  readonly witness?: string;
}

export function addEnroll(program: Command, run: Run): void {
  const command = program
    .command('enroll')
    .summary('enroll the token that the record declares for a slot, or all tokens')
    .description(
      [
        'Enrolls one token: checks it against the record, creates the MFA device in IAM, burns its seed onto the token, checks the codes that the token shows, enables the device with two of them, and prints its ARN. A hardware-totp token has its seed from its maker: AWS checks two of its codes and enables it by the serial printed on it, and no reader is needed. A fido2 key is registered in the console: the steps and the name to type are shown, and the command waits until IAM lists the key.',
        '',
        'With --all, enrolls the whole fleet in one sitting: lay the tokens on the reader in any order, each is recognized by its serial. If a run is interrupted, run the same command again to continue.',
        '',
        'For `root`, the root user of your own account, or `root@ACCOUNT`, a person creates the device in the AWS console: the command says what to press and which name to type, burns the secret of the QR code there, and waits until AWS lists the device. It sees the devices of your own account; of another one through a role there (--view-role) or a session of sts:AssumeRoot (--assume-root), else it takes your word.',
      ].join('\n'),
    )
    .argument('[holder]', 'IAM user name of the holder, or root or root@ACCOUNT', parseHolder)
    .addOption(slotOption())
    .option('--all', 'every token of the record that is not enrolled yet', false)
    .addOption(codesOption('2, with --all 1'))
    .addOption(witnessOption())
    .addOption(noWaitOption());
  withRootOptions(command).addOption(recordOption());
  withExamples(
    command,
    'mfa-runbook enroll alice.breakglass --slot primary',
    'mfa-runbook enroll alice.breakglass --slot backup --codes 1 --profile mfa-operator',
    'mfa-runbook enroll --all --witness "Wanda Witt"',
    'mfa-runbook enroll root --slot primary',
    'mfa-runbook enroll root@222222222222 --slot primary --secret --assume-root',
  );
  withCommonOptions(command).action(async (holder: string | undefined, options: EnrollOptions) => {
    const subject = subjectOf(holder, options);
    const { fleet, reader, witness, codes = subject === 'all' ? '1' : '2' } = options;
    const typed = codes === '1' ? 1 : 2;
    const request = { fleet, reader, witness, codes: typed } as const;
    const root = rootOptions(subject === 'all' ? undefined : subject.holder, options);
    function removeFile(path: string): Promise<void> {
      return run.host.files.remove(path);
    }
    await withPorts(promptingApart(run, root.source), options, async (ports) => {
      if (subject === 'all') {
        await enrollAll(request, ports);
        return;
      }
      const rest = { ...root, removeFile, isLater: !options.wait };
      const enrolled = await enrollDeclared({ ...request, ...subject, ...rest }, ports);
      if (enrolled !== undefined) {
        ports.terminal.data(enrolled);
      }
    });
  });
}

function subjectOf(
  holder: string | undefined,
  { all, slot, wait }: EnrollOptions,
): 'all' | { readonly holder: string; readonly slot: string } {
  if (all && !wait) {
    throw usageError('--all takes no --no-wait: it enrolls tokens on the reader', 'pass one of them');
  }
  if (all && holder === undefined && slot === undefined) {
    return 'all';
  }
  if (!all && holder !== undefined && slot !== undefined) {
    return { holder, slot };
  }
  const mistake = all
    ? '--all enrolls every token of the record, so it takes no holder and no --slot'
    : `the ${holder === undefined ? 'holder' : `slot of ${holder}`} is missing`;
  throw usageError(mistake, 'name a holder and pass --slot, or pass --all; see `mfa-runbook enroll --help`');
}
