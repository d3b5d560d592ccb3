/** The options every command takes. */
import type { Command } from 'commander';
import { FLEET_RULE, textProblem } from '../../lib/record/rules';
import { RunbookError } from '../runbook-error';

/** What the common options parse to. */
export interface CommonOptions {
  readonly fleet: string;
  readonly profile?: string;
  readonly region?: string;
  readonly reader?: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly traceApdu: boolean;
}

/** The fleet of the example inventory, and of everyone who has but one. */
const DEFAULT_FLEET = 'break-glass';

/** Adds the common options to a command. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--fleet <name>', 'fleet whose record is used', parseFleet, DEFAULT_FLEET)
    .option('--profile <name>', 'AWS profile (else AWS_PROFILE and the usual chain)')
    .option('--region <name>', 'AWS Region of the record (else AWS_REGION and the usual chain)')
    .option('--reader <name>', 'card reader, by its name or a part of it, when several are plugged in')
    .option('--json', 'print one JSON event a line on stdout', false)
    .option('--yes', 'answer every confirmation with yes (codes are still asked for)', false)
    .option('--verbose', 'show every AWS call', false)
    .option('--trace-apdu', 'show what goes to and from the token, secrets withheld', false);
}

/** @throws RunbookError `usage`: the name becomes part of paths */
function parseFleet(given: string): string {
  const problem = textProblem(FLEET_RULE, given);
  if (problem === undefined) {
    return given;
  }
  throw new RunbookError('usage', problem.message, { hints: [problem.fix], exitCode: 2 });
}

/** As a shell takes it. */
export function quoted(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

/** The common options as the person gave them, for a command line in a hint. */
export function formatOptions(options: CommonOptions): string {
  return [
    options.fleet === DEFAULT_FLEET ? '' : ` --fleet ${quoted(options.fleet)}`,
    options.profile === undefined ? '' : ` --profile ${quoted(options.profile)}`,
    options.region === undefined ? '' : ` --region ${quoted(options.region)}`,
    options.reader === undefined ? '' : ` --reader ${quoted(options.reader)}`,
  ].join('');
}
