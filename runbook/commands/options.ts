/** The options that every command takes, and arguments that several take: each is judged before anything happens. */
import { type Command, Option } from 'commander';
import { parseRootHolder } from '../../lib/record/names';
import { nearestWord } from '../../lib/record/nearest-word';
import { formatPlace, parsePlace } from '../../lib/record/place';
import {
  FLEET_RULE,
  HOLDER_RULE,
  SERIAL_RULE,
  SLOT_RULE,
  type TextRule,
  textProblem,
  USER_RULE,
} from '../../lib/record/rules';
import { checkWitnessName } from '../operator/witness';
import { RunbookError } from '../runbook-error';
import { type CommandLine, quoted } from '../terminal/command-line';
import type { Host } from './host';

/** One run of the program. */
export interface Run {
  readonly host: Host;
  /** The command line as it was typed, for hints. */
  readonly line: CommandLine;
  /** Ends the run with the exit code of the program that `exec` ran. */
  readonly exitWith: (exitCode: number) => void;
}

export interface CommonOptions {
  readonly fleet: string;
  readonly profile?: string;
  readonly region?: string;
  readonly reader?: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly traceApdu: boolean;
  /** Of commands that talk to a token: the file to record it in. */
  readonly record?: string;
}

/** The fleet of the example inventory, and of everyone who has only one. */
const DEFAULT_FLEET = 'break-glass';

/** The SDK makes host names from it. */
const REGION_RULE: TextRule = {
  noun: 'Region',
  pattern: /^[a-z]{2,}(-[a-z]+)+-\d+$/,
  maxLength: 32,
  refusal: 'is not the name of a Region',
  fix: 'write it like eu-central-1',
};

/** The name of a profile may contain blanks, but nothing that ends a section header. */
const PROFILE_RULE: TextRule = {
  noun: 'profile',
  pattern: /^(?!\s)[^\p{Cc}\p{Zl}\p{Zp}[\]]+(?<!\s)$/u,
  maxLength: 128,
  refusal: 'is not the name of a profile',
  fix: 'use a profile of ~/.aws/config or ~/.aws/credentials',
};

export function usageError(message: string, ...hints: readonly string[]): RunbookError {
  return new RunbookError('usage', message, { hints, exitCode: 2 });
}

/**
 * Makes a parser that refuses what breaks the rule, and suggests what was probably meant.
 *
 * @param known values that are likely
 */
export function parserOf(rule: TextRule, ...known: readonly string[]): (given: string) => string {
  return (given) => {
    const problem = textProblem(rule, given);
    if (problem === undefined) {
      return given;
    }
    const plain = given.trim().replace(/(?<=\d)\s+(?=\d)/g, '');
    const meant =
      [plain, plain.toLowerCase()].find((text) => textProblem(rule, text) === undefined) ??
      nearestWord(given, known);
    const suggestion = meant === undefined ? [] : [`did you mean \`${meant}\`?`];
    throw usageError(problem.message, ...suggestion, problem.fix);
  };
}

const parseUser = parserOf(HOLDER_RULE);

/** Parses an IAM user name, or `root` or `root@ACCOUNT`. */
export function parseHolder(given: string): string {
  const holder = parseUser(given);
  if (textProblem(USER_RULE, holder) !== undefined && parseRootHolder(holder) === undefined) {
    throw usageError(
      `${quoted(given)} is no root user`,
      'write `root` for the root user of your own account, or root@ and 12 digits, such as `root@123456789012`',
    );
  }
  return holder;
}
const parseSlot = parserOf(SLOT_RULE, 'primary', 'backup');

/** The options of every command, so that an alias or a hint can carry them from one to the next. */
function commonOptions(): readonly Option[] {
  return [
    new Option('--fleet <name>', 'fleet whose record is used')
      .argParser(parserOf(FLEET_RULE, DEFAULT_FLEET))
      .default(DEFAULT_FLEET),
    new Option('--profile <name>', 'AWS profile (default: AWS_PROFILE, then the usual chain)').argParser(
      parserOf(PROFILE_RULE),
    ),
    new Option(
      '--region <name>',
      'AWS Region of the record (default: AWS_REGION, then the usual chain)',
    ).argParser(parserOf(REGION_RULE)),
    new Option(
      '--reader <name>',
      'card reader, by its name or a part of it (default: MFA_RUNBOOK_READER, then the only one, or the only one with a card)',
    ),
    new Option('--json', 'print one JSON event per line on stdout').default(false),
    new Option('--yes', 'answer every confirmation with yes (codes are still asked for)').default(false),
    new Option('--verbose', 'show every AWS call').default(false),
    new Option(
      '--trace-apdu',
      'show what goes to and from the token: names and titles on it, too, but no secrets',
    ).default(false),
  ];
}

export type CommonFlag =
  | '--fleet'
  | '--profile'
  | '--region'
  | '--reader'
  | '--json'
  | '--yes'
  | '--verbose'
  | '--trace-apdu';

/** Adds the common options. @param unused those that the command takes but has no use for: its help does not show them */
export function withCommonOptions(command: Command, ...unused: readonly CommonFlag[]): Command {
  for (const option of commonOptions()) {
    command.addOption(option.hideHelp(unused.some((flag) => flag === option.long)));
  }
  return command;
}

export function slotOption(description = 'slot of the holder in the record, such as primary'): Option {
  return new Option('--slot <slot>', description).argParser(parseSlot);
}

export function spareOption(): Option {
  return new Option(
    '--spare <serial>',
    'spare to take, such as SERIAL or SERIAL+07 for a profile (default: the only one, or the one laid on the reader)',
  ).argParser((given) => {
    const place = parsePlace(given);
    const serial = parserOf(SERIAL_RULE)(place?.serial ?? given);
    return place === undefined ? serial : formatPlace({ ...place, serial });
  });
}

export function recordOption(): Option {
  return new Option(
    '--record <file>',
    'record what goes to and from the token in a new file: names and titles on it, too, but no secrets',
  );
}

/** @param usually how many are typed without the option, for the help */
export function codesOption(usually: string): Option {
  return new Option(
    '--codes <number>',
    `how many codes to type; with 1 the one before it is computed (default: ${usually})`,
  ).choices(['1', '2']);
}

export function witnessOption(): Option {
  return new Option('--witness <name>', 'second person, who types the serial printed on the token').argParser(
    (name) => checkWitnessName(name),
  );
}

/** Adds lines to the end of a command's help. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  $ ${line}`)].join('\n'));
}
