/** `mfa-runbook plan` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import { formatPlan } from '../report/plan-table';
import { type MadePlan, makePlan } from '../review/make-plan';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import { type SessionPorts, sessionPorts } from './session-ports';

interface PlanOptions extends CommonOptions {
  readonly inventory?: string;
}

/** Adds the command. */
export function addPlan(program: Command, host: Host): void {
  const command = program
    .command('plan')
    .summary('what is to enrol, replace, prove, retire and order')
    .description(
      [
        'Compares the record with IAM and the evidence, and lists what is to be done, each with the command that does it:',
        'tokens to enrol, replace and prove, devices to retire, what was left unfinished, and how many tokens to order at',
        'what cost. Changes nothing.',
        '',
        'How many tokens are wanted, how long they last and what they cost stands in the supply section of tokens.yaml.',
      ].join('\n'),
    )
    .option(
      '--inventory <file>',
      'inventory with the supply section (default: tokens.yaml, where there is one)',
    )
    .addHelpText(
      'after',
      [
        '',
        'Exits with 0 when there is nothing to do, with 3 when there is.',
        '',
        'Examples:',
        '  $ mfa-runbook plan',
        '  $ mfa-runbook plan --inventory fleets/break-glass.yaml --json',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (options: PlanOptions) => {
    const ports = sessionPorts(host, options);
    try {
      const made = await planned(options, ports, host);
      host.signal.throwIfAborted();
      show(made, ports.terminal);
      if (made.toDo === undefined) {
        return;
      }
      throw new RunbookError('plan/to-do', `to do in fleet ${options.fleet}: ${made.toDo}`, {
        hints: ['do what is listed above, then plan again'],
        state: 'nothing was changed',
        exitCode: 3,
      });
    } finally {
      await ports.close();
    }
  });
}

/** Whatever goes wrong: planning changes nothing. */
async function planned(options: PlanOptions, ports: SessionPorts, host: Host): Promise<MadePlan> {
  const request = requestOf(options);
  try {
    return await makePlan(request, ports, host.files);
  } catch (error) {
    throw explain(error, { command: request.command, options: request.suffix }).withState(
      'nothing was changed',
    );
  }
}

function requestOf(options: PlanOptions) {
  const { fleet, inventory } = options;
  const suffix = formatOptions(options);
  const file = inventory === undefined ? '' : ` --inventory ${quoted(inventory)}`;
  return { fleet, inventory, suffix, command: `mfa-runbook plan${file}${suffix}` };
}

/** A table for people, or with `--json` one event for each item. */
function show({ table, plan, counts }: MadePlan, terminal: Terminal): void {
  const { nowMs, ...heading } = table.heading;
  terminal.event('plan', { ...heading, at: new Date(nowMs).toISOString() });
  for (const item of table.items) {
    terminal.event('item', { ...item });
  }
  const { dueBeforeMs, ...order } = plan.order;
  terminal.event('order', { ...order, dueBefore: new Date(dueBeforeMs).toISOString() });
  terminal.event('summary', { ...counts });
  for (const line of formatPlan(table)) {
    terminal.data(line);
  }
}
