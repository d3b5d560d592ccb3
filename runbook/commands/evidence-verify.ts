/** `mfa-runbook evidence verify [FILE]` */
import type { Command } from 'commander';
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import type { Comparison } from '../evidence/compare-evidence';
import { type LogReport, verifyLog } from '../evidence/verify-log';
import { compareWithSsm } from '../review/evidence-review';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import { withFile } from './named-file';
import { nothingChanged, withPorts } from './open-ports';
import { type CommonOptions, type Run, withCommonOptions, withExamples } from './options';

interface VerifyOptions extends CommonOptions {
  readonly offline: boolean;
}

export function addEvidenceVerify(group: Command, run: Run): void {
  const command = group
    .command('verify')
    .summary('check the local log: its chain, its lines, and its end against Parameter Store')
    .description(
      'Checks the hash chain and the form of each line of the evidence log of this machine, or of a copy in FILE, and that the log agrees with the newest evidence of each slot in Parameter Store. Prints what was checked and what was not. Exits with 3 if anything disagrees.',
    )
    .argument('[file]', 'log of another machine (default: the log of this one)')
    .option('--offline', 'do not call AWS; lines missing at the end are then not noticed', false);
  withExamples(
    command,
    'mfa-runbook evidence verify',
    'mfa-runbook evidence verify --offline ./evidence-of-laptop-2.jsonl',
  );
  withCommonOptions(command, '--reader', '--yes', '--trace-apdu').action(
    async (file: string | undefined, options: VerifyOptions) => {
      await withPorts(run, options, (ports) =>
        nothingChanged(run.line, verify(run, { ...options, file }, ports)),
      );
    },
  );
}

async function verify(
  { host: { files } }: Run,
  { file, fleet, offline }: VerifyOptions & { readonly file: string | undefined },
  ports: Ports,
): Promise<void> {
  const { terminal } = ports;
  const place = file ?? `${files.stateFolder}/${fleet}/evidence.jsonl`;
  const text = file === undefined ? await ports.evidenceLog.read() : await withFile(file, files.read(file));
  if (text === undefined || text === '') {
    throw new RunbookError('evidence/none', `there is no evidence log at ${place}`, {
      hints: [
        `nothing was verified: no ceremony of fleet ${fleet} ran on this machine, or its log was removed`,
        'to verify the log of another machine, pass a copy: `mfa-runbook evidence verify FILE{options}`',
      ],
    });
  }
  const report = verifyLog(text, fleet);
  tellLog(terminal, place, report);
  const comparison = offline ? undefined : await compareWithSsm(ports, report, fleet);
  if (comparison !== undefined) {
    tellComparison(terminal, comparison);
  }
  tellUnchecked(terminal, comparison);
  conclude(terminal, report, comparison);
}

/** Prints a line with a label. */
function tell(terminal: Terminal, label: string, text: string): void {
  terminal.table([{ cells: [label.padEnd(11), text] }]);
}

function tellLog(terminal: Terminal, place: string, report: LogReport): void {
  const { id, lines, entries, torn, faults } = report;
  const count = `${countOf(lines, 'line')}, ${countOf(entries.length, 'ceremony', 'ceremonies')}`;
  const [first, last] = [entries[0], entries.at(-1)].map((entry) => entry?.evidence.at.slice(0, 10));
  const span = first === undefined ? '' : ` from ${first} to ${last}`;
  tell(terminal, 'log', `${place} (${id ?? 'without an id'})`);
  tell(terminal, '', `${count}${span}`);
  for (const { line, isMarked, wholeOn } of torn) {
    const mark = isMarked ? '' : '; it is the last, and the next ceremony will mark it';
    const rest =
      wholeOn === undefined ? 'no line has all of that ceremony' : `line ${wholeOn} has all of that ceremony`;
    tell(terminal, 'torn', `line ${line} was cut short while it was written${mark}; ${rest}`);
    terminal.event('torn', { line, isMarked, wholeOn });
  }
  for (const { line, problem } of faults) {
    tell(terminal, 'BROKEN', `line ${line} ${problem}`);
    terminal.event('broken', { line, problem });
  }
}

function tellComparison(terminal: Terminal, comparison: Comparison): void {
  const { parameters, matched, elsewhere, unanchored, faults } = comparison;
  tell(
    terminal,
    'ssm',
    `${countOf(parameters, 'slot')} with evidence; ${matched} in agreement with this log`,
  );
  for (const [log, count] of elsewhere) {
    tell(terminal, '', `${count} in log ${log} of another machine: verify a copy of it, too`);
    terminal.event('elsewhere', { log, count });
  }
  if (unanchored > 0) {
    tell(terminal, '', `${unanchored} in no log: none could be written at that time`);
  }
  for (const { parameter, problem } of faults) {
    tell(terminal, 'BROKEN', `${parameter} ${problem}`);
    terminal.event('broken', { parameter, problem });
  }
}

function tellUnchecked(terminal: Terminal, comparison: Comparison | undefined): void {
  const unchecked = [
    comparison === undefined
      ? 'Parameter Store (--offline): a log whose last lines are missing looks complete'
      : 'missing last lines of slots with newer evidence from other machines: Parameter Store keeps the newest only',
    'who wrote it: somebody who may write both the log and Parameter Store can rewrite both; CloudTrail has the calls',
  ];
  for (const what of unchecked) {
    tell(terminal, 'not checked', what);
    terminal.event('not-checked', { what });
  }
}

function conclude(terminal: Terminal, report: LogReport, comparison: Comparison | undefined): void {
  const lines = report.faults.map(({ line }) => line);
  const parameters = (comparison?.faults ?? []).map(({ parameter }) => parameter);
  const broken = lines.length + parameters.length;
  terminal.event('verified', {
    log: report.id,
    lines: report.lines,
    ceremonies: report.entries.length,
    torn: report.torn.length,
    matched: comparison?.matched,
    broken,
  });
  if (broken === 0) {
    const agreement = comparison === undefined ? '' : ', and agrees with Parameter Store';
    terminal.say(`the chain is intact${agreement}`);
    return;
  }
  const brokenLines = lines.length === 0 ? [] : [`line ${[...new Set(lines)].join(', ')}`];
  const where = [...brokenLines, ...parameters].join('; ');
  throw new RunbookError('evidence/broken', `the evidence is not consistent: ${where}`, {
    hints: [
      'keep a copy of the log as it is, and compare it with CloudTrail: CreateVirtualMFADevice, EnableMFADevice, PutParameter',
      'if a ceremony was interrupted before its evidence was complete, run `mfa-runbook resume{options}` to complete it',
    ],
    exitCode: 3,
  });
}
