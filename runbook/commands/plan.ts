/** `mfa-runbook plan` */
import { type Command, Option } from 'commander';
import type { TextRule } from '../../lib/record/rules';
import type { Ports } from '../ceremony/ports';
import { formatPlan } from '../report/plan-table';
import { type MadePlan, makePlan } from '../review/make-plan';
import { ASKED_FOR_HOLDERS } from '../review/other-devices';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import { nothingChanged, withPorts } from './open-ports';
import { type CommonOptions, parserOf, type Run, withCommonOptions, withExamples } from './options';

interface PlanOptions extends CommonOptions {
  readonly inventory?: string;
  readonly assumeRoot?: boolean;
  readonly viewRoleName?: string;
  readonly thorough?: boolean;
}

/** The name of an IAM role. */
const ROLE_RULE: TextRule = {
  noun: 'role name',
  pattern: /^[\w+=,.@-]+$/,
  maxLength: 64,
  refusal: 'is not the name of an IAM role',
  fix: 'write the name alone, such as --view-role-name mfa-view',
};

export function addPlan(program: Command, run: Run): void {
  const command = program
    .command('plan')
    .summary('show what needs doing: enroll, replace, prove, retire, order')
    .description(
      [
        'Compares the record with IAM and the evidence, and lists what needs doing, each with its command: tokens to enroll, replace and prove, devices to retire, unfinished ceremonies, second factors that are not of the fleet, what will lock holders out, and how many tokens to order at what cost. Changes nothing.',
        '',
        'The supply section of tokens.yaml says how many tokens are wanted, how long they last and what they cost.',
        '',
        'Exits with 0 if nothing needs doing, with 3 if something does.',
      ].join('\n'),
    )
    .option('--inventory <file>', 'inventory with the supply section (default: tokens.yaml, if it exists)');
  command
    .addOption(
      new Option(
        '--assume-root',
        'list the MFA devices of root users by sts:AssumeRoot, from the management account of the organization or its delegated administrator',
      ).conflicts('viewRoleName'),
    )
    .option(
      '--view-role-name <name>',
      "list the virtual MFA devices of root users through the role of this name in each root user's account",
      parserOf(ROLE_RULE),
    );
  command.option(
    '--thorough',
    `list the devices of each holder, which alone shows FIDO keys and hardware TOTP tokens that are not of the fleet (default: only where the account has some, and at most ${ASKED_FOR_HOLDERS} holders)`,
  );
  withExamples(command, 'mfa-runbook plan', 'mfa-runbook plan --inventory fleets/break-glass.yaml --json');
  withCommonOptions(command, '--reader', '--yes', '--trace-apdu').action(async (options: PlanOptions) => {
    await withPorts(run, options, (ports) => nothingChanged(run.line, plan(run, options, ports)));
  });
}

async function plan({ host: { files } }: Run, options: PlanOptions, ports: Ports): Promise<void> {
  const { fleet } = options;
  const made = await makePlan(ports, files, options);
  ports.signal.throwIfAborted();
  show(made, ports.terminal);
  if (made.toDo !== undefined) {
    throw new RunbookError('plan/to-do', `to do in fleet ${fleet}: ${made.toDo}`, {
      hints: ['do what is listed above, then run `{command}` again'],
      exitCode: 3,
    });
  }
}

/** Prints a table for people, or with `--json` one event for each item. */
function show(made: MadePlan, terminal: Terminal): void {
  const { nowMs, ...heading } = made.heading;
  terminal.event('plan', { ...heading, at: new Date(nowMs).toISOString() });
  for (const item of made.items) {
    terminal.event('item', { ...item });
  }
  const { dueBeforeMs, ...order } = made.order;
  terminal.event('order', { ...order, dueBefore: new Date(dueBeforeMs).toISOString() });
  terminal.event('summary', { ...made.counts });
  for (const part of formatPlan(made)) {
    if (typeof part === 'string') {
      terminal.table([{ cells: [part] }]);
    } else {
      terminal.table(part, '  ');
    }
  }
}
