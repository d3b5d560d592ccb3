/** Checks everything that an enrollment needs. A check that fails does not keep the others from running. */
import { countOf } from '../../lib/record/text';
import type { CallerIdentity } from '../aws/aws';
import { explain } from '../ceremony/explain';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { readRecord } from '../record/declared-token';
import type { CommandLine } from '../terminal/command-line';
import { STEP_SECONDS } from '../token/codes';
import { pickReader } from '../token/pick-reader';

/** The result of one check. */
export interface Check {
  readonly name: 'node' | 'reader' | 'credentials' | 'clock' | 'record';
  readonly verdict: 'ok' | 'failed' | 'skipped';
  readonly finding: string;
  readonly hints: readonly string[];
}

/** The parameters of the checks. */
export interface Subject {
  readonly fleet: string;
  readonly reader: string | undefined;
  readonly nodeVersion: string;
  /** The command line, for hints. */
  readonly line: CommandLine;
}

/** The oldest version of Node that this program runs on. */
const OLDEST_NODE = [20, 12] as const;

function ok(name: Check['name'], finding: string): Check {
  return { name, verdict: 'ok', finding, hints: [] };
}

/** Runs the checks one after the other. */
export async function* examine(subject: Subject, ports: Ports): AsyncGenerator<Check> {
  yield examineNode(subject.nodeVersion);
  yield await examineReader(subject, ports);
  const identity = await attempt('credentials', subject, () => ports.aws.identity());
  if ('verdict' in identity) {
    yield identity;
    yield skipped('clock', 'the time of AWS is known only once the credentials work');
    yield skipped('record', 'the record can be read only once the credentials work');
    return;
  }
  yield ok('credentials', identity.arn);
  yield examineClock(subject, identity);
  yield await examineRecord(subject, ports);
}

function skipped(name: Check['name'], finding: string): Check {
  return { name, verdict: 'skipped', finding, hints: [] };
}

function failed(name: Check['name'], subject: Subject, error: unknown): Check {
  const { message, hints } = explain(error, subject.line);
  return { name, verdict: 'failed', finding: message, hints };
}

async function attempt<T extends object>(
  name: Check['name'],
  subject: Subject,
  work: () => Promise<T>,
): Promise<T | Check> {
  try {
    return await work();
  } catch (error) {
    return failed(name, subject, error);
  }
}

function examineNode(nodeVersion: string): Check {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return ok('node', nodeVersion);
  }
  return {
    name: 'node',
    verdict: 'failed',
    finding: `${nodeVersion} is older than ${OLDEST_NODE.join('.')}`,
    hints: ['install a current version of Node'],
  };
}

async function examineReader(subject: Subject, ports: Ports): Promise<Check> {
  try {
    const names = await ports.readers.list();
    return ok('reader', pickReader(names, subject.reader));
  } catch (error) {
    return failed('reader', subject, error);
  }
}

function examineClock(subject: Subject, identity: CallerIdentity): Check {
  try {
    checkClock(identity);
    const seconds = Math.abs((identity.clockOffsetMs ?? 0) / 1000);
    return ok(
      'clock',
      `within ${Math.max(1, Math.ceil(seconds))} s of AWS's; a code lasts ${STEP_SECONDS} s`,
    );
  } catch (error) {
    return failed('clock', subject, error);
  }
}

async function examineRecord(subject: Subject, ports: Ports): Promise<Check> {
  const { fleet } = subject;
  const deployed = await attempt('record', subject, () => readRecord(ports.aws, fleet));
  if ('verdict' in deployed) {
    return deployed;
  }
  const { generation, holders, tokens } = deployed.manifest;
  return ok(
    'record',
    `${fleet}: ${countOf(holders, 'holder')}, ${countOf(tokens, 'token')}, generation ${generation.slice(0, 12)}`,
  );
}
