/** `mfa-runbook evidence list` */
import type { Command } from 'commander';
import { formatPlace } from '../../lib/record/place';
import type { Ports } from '../ceremony/ports';
import { type Evidence, placeOfEvidence } from '../evidence/evidence';
import { listEvidence } from '../review/evidence-review';
import { RunbookError } from '../runbook-error';
import type { Row } from '../terminal/table';
import { nothingChanged, withPorts } from './open-ports';
import { type CommonOptions, type Run, withCommonOptions, withExamples } from './options';

const DAY_MS = 86_400_000;

/** Adds the command. */
export function addEvidenceList(group: Command, run: Run): void {
  const command = group
    .command('list')
    .summary('list the newest evidence of each slot: who, when, which token')
    .description(
      'Prints a table of the newest evidence of each slot of the fleet, from Parameter Store. Changes nothing.',
    );
  withExamples(command, 'mfa-runbook evidence list', 'mfa-runbook evidence list --fleet payments --json');
  withCommonOptions(command, '--reader', '--yes', '--trace-apdu').action(async (options: CommonOptions) => {
    await withPorts(run, options, (ports) => nothingChanged(run.line, list(options.fleet, ports)));
  });
}

async function list(fleet: string, ports: Ports): Promise<void> {
  const { terminal, clock } = ports;
  const { path, evidence, unreadable } = await listEvidence(ports, fleet);
  const nowMs = clock.now();
  for (const each of evidence) {
    terminal.event('evidence', { ...each, ageDays: ageDays(each, nowMs) });
  }
  terminal.table(tableOf(evidence, nowMs));
  for (const each of unreadable) {
    terminal.event('unreadable', each);
  }
  if (evidence.length + unreadable.length === 0) {
    terminal.note(`there is no evidence below ${path} in this account and Region`);
  }
  if (unreadable.length > 0) {
    const faults = unreadable.map(({ parameter, problem }) => `${parameter} ${problem}`);
    throw new RunbookError('evidence/unreadable', `cannot read evidence: ${faults.join('; ')}`, {
      hints: [
        'look in CloudTrail (PutParameter) for who wrote it, then write new evidence with `mfa-runbook prove HOLDER --slot SLOT{options}`',
      ],
      exitCode: 3,
    });
  }
}

/** Counts the whole days since the ceremony. */
function ageDays({ at }: Evidence, nowMs: number): number {
  return Math.floor((nowMs - Date.parse(at)) / DAY_MS);
}

function tableOf(listed: readonly Evidence[], nowMs: number): readonly Row[] {
  if (listed.length === 0) {
    return [];
  }
  const heads = ['HOLDER', 'SLOT', 'CEREMONY', 'TOKEN', 'WHEN (UTC)', 'DAYS', 'BY', 'WITNESS'];
  const rows = [
    heads,
    ...listed.map((evidence) => [
      evidence.holder,
      evidence.slot,
      evidence.ceremony,
      formatPlace(placeOfEvidence(evidence)),
      `${evidence.at.slice(0, 10)} ${evidence.at.slice(11, 16)}`,
      String(ageDays(evidence, nowMs)),
      evidence.by,
      evidence.witness ?? '-',
    ]),
  ];
  return rows.map((cells) => ({ cells }));
}
