/**
 * Identifies processes, to tell what a dead process left behind from what a living one holds.
 *
 * A process id alone is not enough, because ids are reused. A process is identified by its id, by the place where that id
 * is valid (this machine, and on Linux this PID namespace), and on Linux by its start time. On other systems a reused id
 * looks alive, which errs on the side of caution.
 */
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, platform } from 'node:os';
import { kill, pid as ownPid } from 'node:process';

/** The identity of one process; no two processes have the same. */
interface ProcessIdentity {
  readonly pid: number;
  /** Eight hex digits: the machine, and the PID namespace. */
  readonly place: string;
  /** Eight hex digits: the start time; zeros if it is unknown. */
  readonly started: string;
}

/** The state of a process; `elsewhere`: it runs, or ran, where its id means nothing to this machine. */
type Liveness = 'alive' | 'dead' | 'elsewhere';

const UNKNOWN_START = '0'.repeat(8);

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Reads a file of /proc; `undefined` on other systems than Linux, without /proc, or if the process is gone. */
function readProc(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/**
 * Reads /proc/pid/stat (proc(5)): field 3 is the state, field 22 the start in ticks since boot; field 2 may hold spaces. A
 * process that is over has ended, and its parent has not yet collected it.
 */
async function findLinuxProcess(
  pid: number,
): Promise<{ readonly started: string; readonly isOver: boolean } | undefined> {
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

export function thisProcess(): Promise<ProcessIdentity> {
  identity ??= identifyThisProcess();
  return identity;
}

/** Judges whether a process still runs. `dead` is certain and final. */
export async function judgeProcess(other: ProcessIdentity): Promise<Liveness> {
  const own = await thisProcess();
  if (other.place !== own.place) {
    return 'elsewhere';
  }
  if (!answersSignals(other.pid)) {
    return 'dead';
  }
  const seen = await findLinuxProcess(other.pid);
  // Another user's process may be hidden: then its id has to suffice.
  if (seen === undefined) {
    return 'alive';
  }
  if (seen.isOver) {
    return 'dead';
  }
  return other.started === UNKNOWN_START || other.started === seen.started ? 'alive' : 'dead';
}

/** Signal 0 is not delivered, but tells whether a signal could be. */
function answersSignals(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Formats an identity as `{pid}-{place}-{started}`, which is valid in a file name. */
export function formatIdentity({ pid, place, started }: ProcessIdentity): string {
  return `${pid}-${place}-${started}`;
}

/** Parses an identity; `undefined` for any other text. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [, pid, place, started] = /^([1-9]\d{0,9})-([0-9a-f]{8})-([0-9a-f]{8})$/.exec(text) ?? [];
  return pid === undefined || place === undefined || started === undefined
    ? undefined
    : { pid: Number(pid), place, started };
}
