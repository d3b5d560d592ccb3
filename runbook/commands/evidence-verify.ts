/** `mfa-runbook evidence verify [FILE]` */
import type { Command } from 'commander';
import type { Comparison } from '../evidence/compare-evidence';
import { type LogReport, verifyLog } from '../evidence/verify-log';
import { compareWithSsm } from '../review/evidence-review';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import { withFile, withPorts } from './evidence-ports';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';

interface VerifyOptions extends CommonOptions {
  readonly offline: boolean;
}

/** Adds the command. */
export function addEvidenceVerify(group: Command, host: Host): void {
  const command = group
    .command('verify')
    .summary('check the local log: its chain, its lines, and its end against Parameter Store')
    .description(
      'Checks the hash chain and the form of each line of the evidence log of this machine, or of a copy in FILE, and that the newest evidence of each slot in Parameter Store and the log agree. Ends with 3 where they do not.',
    )
    .argument('[file]', 'log of another machine (else the log of this one)')
    .option('--offline', 'do not call AWS: an end that was cut off is not found then', false)
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook evidence verify',
        '  $ mfa-runbook evidence verify --offline ./evidence-of-laptop-2.jsonl',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (file: string | undefined, options: VerifyOptions) => {
    const given = `${options.offline ? ' --offline' : ''}${file === undefined ? '' : ` ${quoted(file)}`}`;
    const again = `mfa-runbook evidence verify${given}${formatOptions(options)}`;
    await withPorts(host, options, again, async (ports) => {
      const place = file ?? `${host.files.stateFolder}/${options.fleet}/evidence.jsonl`;
      const text =
        file === undefined ? await ports.evidenceLog.read() : await withFile(file, readGiven(host, file));
      if (text === '') {
        throw noLog(place, options.fleet);
      }
      const report = verifyLog(text, options.fleet);
      tellLog(ports.terminal, place, report);
      const comparison = options.offline ? undefined : await compareWithSsm(ports, report, options.fleet);
      if (comparison !== undefined) {
        tellComparison(ports.terminal, comparison);
      }
      tellUnchecked(ports.terminal, comparison);
      conclude(ports.terminal, report, comparison);
    });
  });
}

async function readGiven({ files }: Host, file: string): Promise<string> {
  return (await files.read(file)) ?? '';
}

function row(label: string, text: string): string {
  return `${label.padEnd(13)}${text}`;
}

function tellLog(terminal: Terminal, place: string, report: LogReport): void {
  const { id, lines, entries, torn, faults } = report;
  const ceremonies = entries.length === 1 ? '1 ceremony' : `${entries.length} ceremonies`;
  terminal.data(row('log', `${place} (${id ?? 'without an id'})`));
  terminal.data(row('', `${lines === 1 ? '1 line' : `${lines} lines`}, ${ceremonies}${span(report)}`));
  for (const { line, isMarked, wholeOn } of torn) {
    const rest =
      wholeOn === undefined
        ? 'no line holds that ceremony whole'
        : `that ceremony is whole on line ${wholeOn}`;
    const mark = isMarked ? '' : '; it is the last, and the next ceremony will mark it';
    terminal.data(
      row('torn', `line ${line} was cut off while it was written, as by a crash${mark}; ${rest}`),
    );
    terminal.event('torn', { line, isMarked, wholeOn });
  }
  for (const { line, problem } of faults) {
    terminal.data(row('BROKEN', `line ${line} ${problem}`));
    terminal.event('broken', { line, problem });
  }
}

function span({ entries }: LogReport): string {
  const first = entries[0]?.evidence.at.slice(0, 10);
  const last = entries.at(-1)?.evidence.at.slice(0, 10);
  return first === undefined ? '' : ` from ${first} to ${last}`;
}

function tellComparison(terminal: Terminal, comparison: Comparison): void {
  const { parameters, matched, elsewhere, unanchored, faults } = comparison;
  const slots = parameters === 1 ? '1 slot' : `${parameters} slots`;
  const stand =
    matched === 1 ? '1 stands in this log as it should' : `${matched} stand in this log as they should`;
  terminal.data(row('ssm', `${slots} with evidence; ${stand}`));
  for (const [log, count] of elsewhere) {
    terminal.data(row('', `${count} in log ${log}, of another machine: verify a copy of it, too`));
    terminal.event('elsewhere', { log, count });
  }
  if (unanchored > 0) {
    terminal.data(
      row(
        '',
        `${unanchored} ${unanchored === 1 ? 'names' : 'name'} no log: no log could be written at that time`,
      ),
    );
  }
  for (const { parameter, problem } of faults) {
    terminal.data(row('BROKEN', `${parameter} ${problem}`));
    terminal.event('broken', { parameter, problem });
  }
}

function tellUnchecked(terminal: Terminal, comparison: Comparison | undefined): void {
  const unchecked = [
    comparison === undefined
      ? 'Parameter Store (--offline): a log whose last lines were cut off looks whole'
      : 'last lines cut off whose slots have newer evidence from other machines: Parameter Store keeps the newest only',
    'who wrote it: somebody who may write both the log and Parameter Store can write both anew; CloudTrail has the calls',
  ];
  for (const what of unchecked) {
    terminal.data(row('not checked', what));
    terminal.event('not-checked', { what });
  }
}

function conclude(terminal: Terminal, report: LogReport, comparison: Comparison | undefined): void {
  const broken = report.faults.length + (comparison?.faults.length ?? 0);
  terminal.event('verified', {
    log: report.id,
    lines: report.lines,
    ceremonies: report.entries.length,
    torn: report.torn.length,
    matched: comparison?.matched,
    broken,
  });
  if (broken === 0) {
    terminal.say(
      comparison === undefined ? 'the chain is whole' : 'the chain is whole, and agrees with Parameter Store',
    );
    return;
  }
  const lines = report.faults.map(({ line }) => line);
  const where = [
    ...(lines.length === 0 ? [] : [`line ${[...new Set(lines)].join(', ')}`]),
    ...(comparison?.faults ?? []).map(({ parameter }) => parameter),
  ];
  throw new RunbookError('evidence/broken', `the evidence does not hold: ${where.join('; ')}`, {
    hints: [
      'keep a copy of the log as it is, and compare it with CloudTrail: CreateVirtualMFADevice, EnableMFADevice, PutParameter',
      'where a ceremony was cut off before its evidence was complete, `mfa-runbook resume{options}` completes it',
    ],
    exitCode: 3,
  });
}

function noLog(place: string, fleet: string): RunbookError {
  return new RunbookError('evidence/none', `there is no evidence log at ${place}`, {
    hints: [
      `nothing was verified: no ceremony of fleet ${fleet} ran on this machine, or its log was taken away`,
      'to verify the log of another machine, pass a copy: `mfa-runbook evidence verify FILE{options}`',
    ],
  });
}
