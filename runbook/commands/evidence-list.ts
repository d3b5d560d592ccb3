/** `mfa-runbook evidence list` */
import type { Command } from 'commander';
import type { Evidence } from '../evidence/evidence';
import { type ListedEvidence, listEvidence } from '../review/evidence-review';
import { RunbookError } from '../runbook-error';
import { withPorts } from './evidence-ports';
import type { Host } from './host';
import { type CommonOptions, formatOptions, withCommonOptions } from './options';

const DAY_MS = 86_400_000;

/** Adds the command. */
export function addEvidenceList(group: Command, host: Host): void {
  const command = group
    .command('list')
    .summary('the newest evidence of each slot: who, when, which token')
    .description(
      'Lists the newest evidence of each slot of the fleet, from Parameter Store. Changes nothing.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mfa-runbook evidence list\n  $ mfa-runbook evidence list --fleet payments --json',
    );
  withCommonOptions(command).action(async (options: CommonOptions) => {
    await withPorts(host, options, `mfa-runbook evidence list${formatOptions(options)}`, async (ports) => {
      const { terminal, clock } = ports;
      const { path, evidence, unreadable } = await listEvidence(ports, options.fleet);
      const nowMs = clock.now();
      for (const each of evidence) {
        terminal.event('evidence', { ...each, ageDays: ageDays(each, nowMs) });
      }
      for (const line of formatTable(evidence, nowMs)) {
        terminal.data(line);
      }
      for (const each of unreadable) {
        terminal.event('unreadable', each);
      }
      if (evidence.length + unreadable.length === 0) {
        terminal.note(`there is no evidence below ${path} in this account and Region`);
      }
      if (unreadable.length > 0) {
        throw unreadableError(unreadable);
      }
    });
  });
}

/** Whole days since the ceremony. */
function ageDays({ at }: Evidence, nowMs: number): number {
  return Math.floor((nowMs - Date.parse(at)) / DAY_MS);
}

function formatTable(listed: readonly Evidence[], nowMs: number): readonly string[] {
  if (listed.length === 0) {
    return [];
  }
  const rows = [
    ['HOLDER', 'SLOT', 'CEREMONY', 'TOKEN', 'WHEN (UTC)', 'DAYS', 'BY', 'WITNESS'],
    ...listed.map((evidence) => [
      evidence.holder,
      evidence.slot,
      evidence.ceremony,
      evidence.tokenSerial,
      `${evidence.at.slice(0, 10)} ${evidence.at.slice(11, 16)}`,
      String(ageDays(evidence, nowMs)),
      evidence.by,
      evidence.witness ?? '-',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function unreadableError(unreadable: ListedEvidence['unreadable']): RunbookError {
  const faults = unreadable.map(({ parameter, problem }) => `${parameter} ${problem}`);
  return new RunbookError('evidence/unreadable', `not evidence: ${faults.join('; ')}`, {
    hints: [
      'look in CloudTrail (PutParameter) for who wrote it, and run `mfa-runbook prove HOLDER --slot SLOT{options}`: it writes new evidence',
    ],
    exitCode: 3,
  });
}
