/** The result of the command, as text and as JSON. */
import type { checkTemplates } from '../checks/check-templates';
import type { Severity } from '../checks/rule';
import { printable, printableJson } from '../record/rules';
import { countOf } from '../record/text';
import type { Documents } from './documents';

/** The findings, the places that are not judged, and the number of files. */
export interface Report {
  readonly findings: readonly ReportedFinding[];
  readonly notJudged: readonly ReportedPlace[];
  readonly files: number;
}

interface ReportedPlace {
  readonly file: string;
  readonly line: number;
  /** The place in the file, its keys joined by dots; empty for the whole file. */
  readonly path: string;
  readonly reason: string;
}

/** A finding of the report. */
export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** Makes the report, in the order of the files. */
export function reportOf(documents: Documents, checked: ReturnType<typeof checkTemplates>): Report {
  return {
    findings: checked.findings.map(({ id, severity, path: file, logicalId, location, problem, fix }) => {
      const { owner, ...place } = documents.placeOf(file, logicalId, location);
      return { rule: id, severity, file, ...place, message: said(owner, problem), fix };
    }),
    notJudged: [
      ...documents.notJudged.map(({ file, reason }) => ({ file, line: 1, path: '', reason })),
      ...checked.notJudged.map(({ path: file, logicalId, location, reason }) => {
        const { owner, ...place } = documents.placeOf(file, logicalId, location);
        return { file, ...place, reason: said(owner, reason) };
      }),
    ],
    files: documents.templates.length + documents.notJudged.length,
  };
}

function said(owner: string | undefined, text: string): string {
  return owner === undefined ? text : `${owner}: ${text}`;
}

/** Formats a report as one JSON object. */
export function showJson({ findings, notJudged }: Report): string {
  return `${printableJson({ findings, notJudged }, 2)}\n`;
}

/** Formats a report for people: findings, the places that are not judged, and counts. */
export function showText({ findings, notJudged, files }: Report): string {
  const lines = [
    ...findings.flatMap(({ file, line, severity, rule, path, message, fix }) => [
      `${file}:${line}: ${severity}: ${rule}: ${path}: ${message}`,
      `    fix: ${fix}`,
    ]),
    ...notJudged.map(
      ({ file, line, path, reason }) =>
        `${file}:${line}: not judged: ${path === '' ? '' : `${path}: `}${reason}`,
    ),
  ];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const total = [
    countOf(errors, 'error'),
    countOf(findings.length - errors, 'warning'),
    `${notJudged.length} not judged`,
  ].join(', ');
  return `${[...lines, `${total}, in ${countOf(files, 'file')}`]
    .map((line) => printable(line))
    .join('\n')}\n`;
}
