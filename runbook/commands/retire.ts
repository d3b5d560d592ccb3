/** `mfa-runbook retire HOLDER --slot SLOT`, and `mfa-runbook retire HOLDER --all-devices` */
import type { Command } from 'commander';
import { retire } from '../ceremonies/retire';
import { RunbookError } from '../runbook-error';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

interface RetireOptions extends CommonOptions {
  readonly slot?: string;
  readonly allDevices: boolean;
  readonly confirm?: string;
}

/** Adds the command. */
export function addRetire(program: Command, host: Host): void {
  const command = program
    .command('retire')
    .summary('take the devices of a holder out of IAM, before the user or the stack is deleted')
    .description(
      [
        "Deactivates and deletes a holder's devices that mfa-runbook made: IAM deletes no user who has one.",
        'Other devices (security keys, phones) are never touched: they are listed, with the commands that remove them.',
        "The operator types the holder's name; --yes does not answer that, --confirm does.",
      ].join('\n'),
    )
    .argument('<holder>', 'IAM user name of the holder; the user may be gone already')
    .option('--slot <slot>', 'one slot; refuses the last device of the holder')
    .option('--all-devices', 'everything the holder has of the fleet, the last device included', false)
    .option('--confirm <holder>', "the holder's name once more, instead of typing it when asked")
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook retire alice.breakglass --slot backup',
        '  $ mfa-runbook retire alice.breakglass --all-devices',
        '  $ mfa-runbook retire alice.breakglass --all-devices --confirm alice.breakglass',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: RetireOptions) => {
    checkTarget(holder, options);
    const ports = sessionPorts(host, options);
    try {
      const { fleet, slot } = options;
      const isConfirmed = options.confirm !== undefined;
      const given = formatOptions(options);
      const command = commandLine(holder, options);
      const request = { fleet, holder, slot, isConfirmed, command, options: given };
      for (const { deviceArn } of await retire(request, ports, host.signal)) {
        ports.terminal.data(deviceArn);
      }
    } finally {
      await ports.close();
    }
  });
}

function checkTarget(holder: string, { slot, allDevices, confirm }: RetireOptions): void {
  function usage(message: string, hint: string): RunbookError {
    return new RunbookError('usage', message, { hints: [hint], exitCode: 2 });
  }
  if (allDevices === (slot !== undefined)) {
    throw usage(
      allDevices
        ? '--all-devices takes every slot: it does not go with --slot'
        : `what to retire of ${holder} is missing`,
      'give --slot or --all-devices',
    );
  }
  if (confirm !== undefined && confirm !== holder) {
    throw usage(
      `--confirm says ${quoted(confirm)}, the holder is ${holder}`,
      `give --confirm ${quoted(holder)}, or type the name when asked`,
    );
  }
}

function commandLine(holder: string, options: RetireOptions): string {
  return [
    `mfa-runbook retire ${quoted(holder)}`,
    options.slot === undefined ? ' --all-devices' : ` --slot ${quoted(options.slot)}`,
    options.confirm === undefined ? '' : ` --confirm ${quoted(options.confirm)}`,
    formatOptions(options),
  ].join('');
}
