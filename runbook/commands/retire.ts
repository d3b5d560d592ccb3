/** `mfa-runbook retire HOLDER --slot SLOT`, and `mfa-runbook retire HOLDER --all-devices` */
import type { Command } from 'commander';
import { retireHolder } from '../ceremonies/retire-holder';
import { retireRoot } from '../ceremonies/retire-root';
import { isRoot } from '../ceremonies/root-subject';
import { quoted } from '../terminal/command-line';
import { withPorts } from './open-ports';
import {
  type CommonOptions,
  parseHolder,
  type Run,
  slotOption,
  usageError,
  withCommonOptions,
  withExamples,
} from './options';
import { assumeRootOption, noWaitOption, viewRoleOption, wayIn } from './root-options';

interface RetireOptions extends CommonOptions {
  readonly slot?: string;
  readonly allDevices: boolean;
  readonly confirm?: string;
  readonly viewRole?: string;
  readonly assumeRoot: boolean;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

export function addRetire(program: Command, run: Run): void {
  const command = program
    .command('retire')
    .summary('delete the devices of a holder, before the user or the stack is deleted')
    .description(
      [
        'Deactivates and deletes the devices that mfa-runbook made for a holder: IAM refuses to delete a user who has one.',
        'Other devices (security keys, phones) are never touched: they are listed, with the commands that remove them.',
        "The operator types the holder's name to confirm; --yes does not answer that, --confirm does. Prints the ARN of",
        'each deleted device.',
      ].join(' '),
    )
    .argument(
      '<holder>',
      'IAM user name of the holder, who may already be deleted, or root or root@ACCOUNT',
      parseHolder,
    )
    .addOption(slotOption("one slot; the holder's last device is refused"))
    .option('--all-devices', 'all devices of the holder in the fleet, the last one included', false)
    .option('--confirm <holder>', "the holder's name again, instead of typing it when asked")
    .addOption(viewRoleOption())
    .addOption(assumeRootOption())
    .addOption(noWaitOption());
  withExamples(
    command,
    'mfa-runbook retire alice.breakglass --slot backup',
    'mfa-runbook retire alice.breakglass --all-devices',
    'mfa-runbook retire alice.breakglass --all-devices --confirm alice.breakglass',
  );
  withCommonOptions(command, '--reader', '--yes', '--trace-apdu').action(
    async (holder: string, options: RetireOptions) => {
      checkTarget(holder, options);
      const { fleet, slot, confirm } = options;
      const request = { fleet, holder, slot, isConfirmed: confirm !== undefined };
      const way = wayIn(holder, options);
      await withPorts(run, options, async (ports) => {
        if (slot !== undefined && isRoot(holder)) {
          const rest = { slot, reader: undefined, witness: undefined, way, isLater: !options.wait };
          const retired = await retireRoot({ ...request, ...rest }, ports);
          if (retired !== undefined) {
            ports.terminal.data(retired);
          }
          return;
        }
        for (const { deviceArn } of await retireHolder(request, ports)) {
          ports.terminal.data(deviceArn);
        }
      });
    },
  );
}

function checkTarget(holder: string, { slot, allDevices, confirm, wait }: RetireOptions): void {
  if (allDevices && slot !== undefined) {
    throw usageError('--all-devices and --slot cannot be combined', 'pass one of them');
  }
  if (!wait && !isRoot(holder)) {
    throw usageError(
      '--no-wait is for the root user, whose device is removed in the console',
      'leave it out',
    );
  }
  if (allDevices && isRoot(holder)) {
    throw usageError(
      '--all-devices is for a user who is to be deleted',
      `pass --slot to retire one of ${holder}`,
    );
  }
  if (!allDevices && slot === undefined) {
    throw usageError(
      `neither a slot nor all devices of ${holder} were named`,
      'pass --slot or --all-devices',
    );
  }
  if (confirm !== undefined && confirm !== holder) {
    throw usageError(
      `--confirm says ${quoted(confirm)}, the holder is ${holder}`,
      `pass --confirm ${quoted(holder)}, or type the name when asked`,
    );
  }
}
