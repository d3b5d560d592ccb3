/**
 * Which process is which, so that what a dead one left behind can be told from what a living one holds.
 *
 * A process number alone does not say: it is given out again. So a process is known by its number, by where that number
 * means something (this machine, and on Linux this PID namespace), and on Linux by when it started. Elsewhere a number
 * that was given out again looks alive, which errs on the side of caution.
 */
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, platform } from 'node:os';
import { kill, pid as ownPid } from 'node:process';

/** One process, for good: no two have the same. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Eight hex digits: the machine, and the PID namespace. */
  readonly place: string;
  /** Eight hex digits: when it started; zeros where that cannot be known. */
  readonly started: string;
}

/** What can be said of a process; `elsewhere`: it runs, or ran, where its number means nothing to us. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

const UNKNOWN_START = '0'.repeat(8);

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** `undefined` where the file is not there or not ours to read: not Linux, no /proc, or the process is gone. */
function readProc(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

interface LinuxProcess {
  readonly started: string;
  /** It has ended, and waits for its parent to notice. */
  readonly isOver: boolean;
}

/** proc(5), /proc/pid/stat: field 3 is the state, field 22 the start in ticks since boot; field 2 may hold spaces. */
async function findLinuxProcess(pid: number): Promise<LinuxProcess | undefined> {
  if (platform() !== 'linux') {
    return undefined;
  }
  const [stat, boot] = await Promise.all([
    readProc(`/proc/${pid}/stat`),
    readProc('/proc/sys/kernel/random/boot_id'),
  ]);
  if (stat === undefined || boot === undefined) {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === undefined || ticks === undefined) {
    return undefined;
  }
  return { started: shortHash(`${boot.trim()} ${ticks}`), isOver: state === 'Z' || state === 'X' };
}

async function identifyThisProcess(): Promise<ProcessIdentity> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const own = await findLinuxProcess(ownPid);
  return {
    pid: ownPid,
    place: shortHash(`${hostname()} ${namespace}`),
    started: own?.started ?? UNKNOWN_START,
  };
}

let identity: Promise<ProcessIdentity> | undefined;

/** This process. */
export function thisProcess(): Promise<ProcessIdentity> {
  identity ??= identifyThisProcess();
  return identity;
}

/** Whether a process still runs. `dead` is certain; once dead, dead for good. */
export async function judgeProcess(other: ProcessIdentity): Promise<Liveness> {
  const own = await thisProcess();
  if (other.place !== own.place) {
    return 'elsewhere';
  }
  if (!answersSignals(other.pid)) {
    return 'dead';
  }
  const seen = await findLinuxProcess(other.pid);
  // Another user's process may be hidden from us: then its number has to do.
  if (seen === undefined) {
    return 'alive';
  }
  if (seen.isOver) {
    return 'dead';
  }
  return other.started === UNKNOWN_START || other.started === seen.started ? 'alive' : 'dead';
}

/** Signal 0 reaches nobody, and says whether it could have. */
function answersSignals(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** `{pid}-{place}-{started}`: fit for a file name. */
export function formatIdentity({ pid, place, started }: ProcessIdentity): string {
  return `${pid}-${place}-${started}`;
}

/** Reads one back; `undefined` for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [, pid, place, started] = /^([1-9]\d{0,9})-([0-9a-f]{8})-([0-9a-f]{8})$/.exec(text) ?? [];
  return pid === undefined || place === undefined || started === undefined
    ? undefined
    : { pid: Number(pid), place, started };
}
