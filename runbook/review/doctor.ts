/** Checks everything that an enrollment needs. A check that fails does not keep the others from running. */
import { countOf } from '../../lib/record/text';
import type { CallerIdentity } from '../aws/aws';
import { explain } from '../ceremony/explain';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import type { MachineFacts } from '../files/machine-facts';
import { readRecord } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import { STEP_SECONDS } from '../token/codes';
import { pickReader } from '../token/pick-reader';
import { remediesFor } from './reader-obstacles';

export interface Check {
  readonly name: 'node' | 'reader' | 'credentials' | 'clock' | 'record';
  readonly verdict: 'ok' | 'failed' | 'skipped';
  readonly finding: string;
  readonly hints: readonly string[];
}

/** The oldest version of Node that this program runs on. */
const OLDEST_NODE = [20, 12] as const;

/** Runs the checks one after the other. */
export async function* examine(
  ports: Pick<Ports, 'aws' | 'line' | 'readers'>,
  subject: {
    readonly fleet: string;
    readonly reader: string | undefined;
    readonly nodeVersion: string;
    /** Read only if the reader cannot be used. */
    machineFacts(): Promise<MachineFacts>;
  },
): AsyncGenerator<Check> {
  const { aws, line, readers } = ports;
  async function check(name: Check['name'], find: () => string | Promise<string>): Promise<Check> {
    try {
      return { name, verdict: 'ok', finding: await find(), hints: [] };
    } catch (error) {
      const { message, hints } = explain(error, line);
      const remedies = name === 'reader' ? remediesFor(error, await subject.machineFacts()) : [];
      return { name, verdict: 'failed', finding: message, hints: [...remedies, ...hints] };
    }
  }
  let caller = undefined as CallerIdentity | undefined;
  yield await check('node', () => checkNode(subject.nodeVersion));
  yield await check('reader', async () => describeReaders(await readers.list(), subject.reader));
  yield await check('credentials', async () => {
    caller = await aws.identity();
    return caller.arn;
  });
  if (caller === undefined) {
    yield skipped('clock', 'the time of AWS is known only once the credentials work');
    yield skipped('record', 'the record can be read only once the credentials work');
    return;
  }
  const identity = caller;
  yield await check('clock', () => describeClock(identity));
  yield await check('record', () => describeRecord(aws, subject.fleet));
}

function skipped(name: Check['name'], finding: string): Check {
  return { name, verdict: 'skipped', finding, hints: [] };
}

function checkNode(version: string): string {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return version;
  }
  throw new RunbookError(
    'doctor/failed',
    `Node ${version} is too old: mfa-runbook needs ${OLDEST_NODE.join('.')} or later`,
    {
      hints: ['install a current version of Node, then run `{command}` again'],
    },
  );
}

/** Of several readers, a command takes the one that a token is on, so none has to be named. */
function describeReaders(names: readonly string[], wanted: string | undefined): string {
  return wanted === undefined && names.length > 1
    ? `${names.length} readers: ${names.join(', ')}; the one with a token on it is used`
    : pickReader(names, wanted);
}

function describeClock(identity: CallerIdentity): string {
  checkClock(identity);
  const seconds = Math.abs((identity.clockOffsetMs ?? 0) / 1000);
  return `within ${Math.max(1, Math.ceil(seconds))} s of AWS's; a code lasts ${STEP_SECONDS} s`;
}

async function describeRecord(aws: Ports['aws'], fleet: string): Promise<string> {
  const { manifest, record } = await readRecord(aws, fleet);
  const { generation, holders, tokens } = manifest;
  const { length: roots } = record.roots;
  const andRoots = roots === 0 ? '' : `, ${countOf(roots, 'root user')}`;
  return `${fleet}: ${countOf(holders, 'holder')}${andRoots}, ${countOf(tokens, 'token')}, generation ${generation.slice(0, 12)}`;
}
