/**
 * Runs pcscd with the virtual reader of vsmartcard, for tests of the whole PC/SC stack.
 *
 * A pcscd that is already running is used and left alone; otherwise one is started, which ends with this process at the
 * latest. Readers are listed in a separate process, which can be killed when the native part of nfc-pcsc blocks it.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

export const VIRTUAL_READER = 'Virtual PCD 00 00';
export const SECOND_VIRTUAL_READER = 'Virtual PCD 00 01';

const SOCKET = '/run/pcscd/pcscd.comm';
const PID_FILE = '/run/pcscd/pcscd.pid';
const PROGRAMS = ['/usr/sbin/pcscd', '/usr/local/sbin/pcscd', '/sbin/pcscd'];
const DRIVER_CONFIGURATION = '/etc/reader.conf.d/vpcd';
const SOCKET_TIMEOUT_MS = 60_000;
const READER_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export interface RunningPcscd {
  /** It was already running; then `stop` does nothing. */
  readonly wasRunning: boolean;
  stop(): Promise<void>;
}

/** Describes what this machine lacks for the PC/SC tests; undefined when it has everything. */
export function whyNoPcscd(): string | undefined {
  const load = spawnSync(process.execPath, ['-e', 'require("nfc-pcsc")'], {
    cwd: __dirname,
    timeout: SOCKET_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  if (load.status !== 0) {
    return 'nfc-pcsc is not installed, or its native part does not load';
  }
  if (!existsSync(DRIVER_CONFIGURATION)) {
    return 'vsmartcard-vpcd is not installed';
  }
  if (existsSync(SOCKET)) {
    return undefined;
  }
  if (!findProgram()) {
    return 'pcscd is not installed';
  }
  const directory = existsSync(dirname(SOCKET)) ? dirname(SOCKET) : dirname(dirname(SOCKET));
  return isAllowed(directory, constants.W_OK)
    ? undefined
    : `pcscd is not running, and ${directory} is not writable`;
}

/**
 * Starts pcscd if needed, and waits until it lists the virtual reader.
 *
 * @throws Error when it does not; call `whyNoPcscd` first
 */
export async function startPcscd(): Promise<RunningPcscd> {
  const child = (await isListening()) ? undefined : spawnPcscd();
  try {
    await awaitSocket(child);
    await awaitVirtualReader();
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { wasRunning: child === undefined, stop: () => stop(child) };
}

function spawnPcscd(): ChildProcess {
  const program = findProgram();
  if (!program) {
    throw new Error('pcscd is not installed');
  }
  mkdirSync(dirname(SOCKET), { recursive: true });
  removeLeftovers();
  // With setpriv, it ends with this process even if this process is killed.
  const isSetprivThere = spawnSync('setpriv', ['--version']).status === 0;
  return isSetprivThere
    ? spawn('setpriv', ['--pdeathsig', 'TERM', program, '-f'], { stdio: 'ignore' })
    : spawn(program, ['-f'], { stdio: 'ignore' });
}

/**
 * Removes the files of a pcscd that was killed: while both exist, a new one refuses to start if any process has the
 * pid of the old one. Call it only when nothing listens on the socket.
 */
function removeLeftovers(): void {
  const pid = readOr(PID_FILE, '').trim();
  if (pid !== '' && readOr(`/proc/${pid}/comm`, '').trim() === 'pcscd') {
    throw new Error(`pcscd is running as process ${pid} but does not listen on ${SOCKET}: stop it`);
  }
  for (const path of [SOCKET, PID_FILE]) {
    rmSync(path, { force: true });
  }
}

async function awaitSocket(child: ChildProcess | undefined): Promise<void> {
  const deadline = Date.now() + SOCKET_TIMEOUT_MS;
  while (!(await isListening())) {
    if (child && hasEnded(child)) {
      throw new Error(`pcscd exited at once with code ${child.exitCode}`);
    }
    if (Date.now() > deadline) {
      throw new Error(`pcscd did not open ${SOCKET} within ${SOCKET_TIMEOUT_MS} ms`);
    }
    await sleep(POLL_MS);
  }
}

/** Runs `await-reader.ts`, which exits with 0 when the reader is listed. */
async function awaitVirtualReader(): Promise<void> {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const script = join(__dirname, 'await-reader.ts');
  try {
    await promisify(execFile)(process.execPath, ['--import', loader, script, VIRTUAL_READER], {
      timeout: READER_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
  } catch (cause) {
    throw new Error(
      `pcscd does not list "${VIRTUAL_READER}"; if it was started before vpcd was installed, restart it`,
      {
        cause,
      },
    );
  }
}

/** Stops pcscd; it needs SIGKILL when a driver waits for a card that does not answer. */
async function stop(child: ChildProcess | undefined): Promise<void> {
  if (!child || hasEnded(child)) {
    return;
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
  for (const path of [SOCKET, PID_FILE]) {
    rmSync(path, { force: true });
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Connects to the socket, because its file may be left over from a pcscd that was killed. */
function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(SOCKET, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function findProgram(): string | undefined {
  return PROGRAMS.find((path) => isAllowed(path, constants.X_OK));
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function readOr(path: string, missing: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return missing;
  }
}
