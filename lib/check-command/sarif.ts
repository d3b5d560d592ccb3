/**
 * The report as SARIF 2.1.0, which code scanning reads.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Location, Log, Result, Run } from 'sarif';
import { RULES } from '../checks/rules';
import { VERSION } from '../checks/version';
import { printableJson } from '../record/rules';
import type { Report, ReportedFinding } from './report';

const DOCUMENTATION = 'https://github.com/cdk-mfa-guardrails/cdk-mfa-guardrails';

/** The id of the notification about a place that is not judged. */
const NOT_JUDGED = 'NotJudged';

/** Formats a report as SARIF. Places that are not judged are notifications of the run, not results. */
export function showSarif({ findings, notJudged }: Report): string {
  const run: Run = {
    tool: {
      driver: {
        name: 'cdk-mfa-guardrails',
        version: VERSION,
        informationUri: DOCUMENTATION,
        rules: RULES.map(({ id, summary, severity }) => ({
          id,
          name: id,
          shortDescription: { text: summary },
          helpUri: `${DOCUMENTATION}/blob/main/docs/constructs/checks.md`,
          defaultConfiguration: { level: severity },
        })),
      },
    },
    results: findings.map(resultOf),
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: notJudged.map(({ file, line, path, reason }) => ({
          descriptor: { id: NOT_JUDGED },
          level: 'note',
          message: { text: path === '' ? reason : `${path}: ${reason}` },
          locations: [locationOf(file, line)],
        })),
      },
    ],
  };
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return `${printableJson(log, 2)}\n`;
}

function resultOf({ rule, severity, file, line, path, message, fix }: ReportedFinding): Result {
  const [ruleId = rule] = rule.split('[');
  return {
    ruleId,
    ruleIndex: RULES.findIndex(({ id }) => id === ruleId),
    level: severity,
    message: { text: `${message}. Fix: ${fix}.` },
    locations: [{ ...locationOf(file, line), logicalLocations: [{ fullyQualifiedName: path }] }],
    // Lines move; the place in the file does not.
    partialFingerprints: { 'place/v1': `${rule} ${path}` },
  };
}

function locationOf(file: string, line: number): Location {
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } } };
}

/** Returns a URI relative to the working directory, as code scanning expects, or an absolute one if the file is elsewhere. */
function uriOf(file: string): string {
  const path = isAbsolute(file) ? relative('.', file) : file;
  return path.startsWith('..') ? pathToFileURL(file).href : path.split(sep).map(encodeURIComponent).join('/');
}
