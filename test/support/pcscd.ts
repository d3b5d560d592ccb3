/**
 * pcscd with the virtual reader of vsmartcard, for tests that go through the whole PC/SC stack.
 *
 * Starts only what does not run, stops only what it started. The readers are listed in a process of its own: the
 * native part of nfc-pcsc can be loaded once in a process, and that is for the caller to do.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

export const VIRTUAL_READER = 'Virtual PCD 00 00';
export const SECOND_VIRTUAL_READER = 'Virtual PCD 00 01';

const SOCKET = '/run/pcscd/pcscd.comm';
const PROGRAMS = ['/usr/sbin/pcscd', '/usr/local/sbin/pcscd', '/sbin/pcscd'];
const DRIVER_CONFIGURATION = '/etc/reader.conf.d/vpcd';
const SOCKET_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

export interface RunningPcscd {
  /** Whether it ran before; then `stop` leaves it. */
  readonly wasRunning: boolean;
  stop(): Promise<void>;
}

/** What this machine lacks for the PC/SC tests, in words for a person; undefined when it has all. */
export function whyNoPcscd(): string | undefined {
  if (spawnSync(process.execPath, ['-e', 'require("nfc-pcsc")'], { cwd: __dirname }).status !== 0) {
    return 'nfc-pcsc is not installed, or its native part does not load';
  }
  if (!existsSync(DRIVER_CONFIGURATION)) return 'vsmartcard-vpcd is not installed';
  if (existsSync(SOCKET)) return undefined;
  if (!findProgram()) return 'pcscd is not installed';
  const directory = existsSync(dirname(SOCKET)) ? dirname(SOCKET) : dirname(dirname(SOCKET));
  return isAllowed(directory, constants.W_OK)
    ? undefined
    : `pcscd does not run, and ${directory} is not ours to write`;
}

/**
 * Makes sure that pcscd runs and lists the virtual reader.
 *
 * @throws Error when it does not; see `whyNoPcscd` first
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
  if (!program) throw new Error('pcscd is not installed');
  mkdirSync(dirname(SOCKET), { recursive: true });
  return spawn(program, ['-f'], { stdio: 'ignore' });
}

async function awaitSocket(child: ChildProcess | undefined): Promise<void> {
  const deadline = Date.now() + SOCKET_TIMEOUT_MS;
  while (!(await isListening())) {
    if (child && child.exitCode !== null) throw new Error(`pcscd ended at once with code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`pcscd opened no ${SOCKET} within ${SOCKET_TIMEOUT_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** Runs `await-reader.ts`, which ends well once the reader is listed. */
async function awaitVirtualReader(): Promise<void> {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const script = join(__dirname, 'await-reader.ts');
  const child = spawn(process.execPath, ['--import', loader, script, VIRTUAL_READER], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`pcscd does not list "${VIRTUAL_READER}": ${complaint.trim()}`);
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** The socket's file may be left over from a pcscd that was killed. */
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
