/**
 * Starts the process of a seed: short-lived, without core dumps, without its parent's environment, out of reach of the
 * terminal's signals, and with nowhere to write to but the channel.
 */
import type * as ChildProcesses from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { seedPhaseEnvironment } from './environment';
import type { SeedProcess } from './remote-seed-phase';
import type { FromPhase } from './wire';

/** A program of Node's that serves a seed phase on its IPC channel. */
export interface SeedProgram {
  /** Path of Node. */
  readonly node: string;
  /** Flags of Node, the file to run, and its arguments. */
  readonly args: readonly string[];
  /** What the process is given a part of. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As Node names it. */
  readonly platform: string;
}

/** What of a Node process tells how to start another. */
export interface NodeProcess {
  readonly execPath: string;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly allowedNodeEnvironmentFlags: ReadonlySet<string>;
}

/** Nodes that have it open no debugger for a signal; for the others the program listens to that signal itself. */
const NO_DEBUGGER = '--disable-sigusr1';

/**
 * The program that the command's own one is accompanied by.
 *
 * @param main file of the command: the built one has `seed-phase.js` beside it, the source `seed-phase/program.ts`
 */
export function seedProgramBeside(main: string, node: NodeProcess): SeedProgram {
  const flags = node.allowedNodeEnvironmentFlags.has(NO_DEBUGGER) ? [NO_DEBUGGER] : [];
  const folder = dirname(main);
  const program = main.endsWith('.ts')
    ? [
        `--import=${pathToFileURL(createRequire(main).resolve('tsx'))}`,
        join(folder, 'seed-phase', 'program.ts'),
      ]
    : [join(folder, 'seed-phase.js')];
  return { node: node.execPath, args: [...flags, ...program], env: node.env, platform: node.platform };
}

/**
 * Core dumps off, for good. The limit keeps the kernel from writing one; a collector such as systemd-coredump or apport
 * is given one whatever the limit, so of this process none of the memory would be in it (core(5), "Controlling which
 * mappings are written to the core dump"). And where the system has a way to say so, the process ends with its parent
 * even while it stands still in a library's call, and cannot hear that its channel was closed.
 */
const WRAPPER = [
  'ulimit -c 0 || exit 70',
  'if [ -w /proc/self/coredump_filter ]; then echo 0 > /proc/self/coredump_filter || exit 70; fi',
  'if setpriv --pdeathsig KILL true 2>/dev/null; then exec setpriv --pdeathsig KILL "$@"; fi',
  'exec "$@"',
].join('\n');

/** Starts it. A program that cannot be started is one that ended at once. */
export function startSeedProcess({ node, args, env, platform }: SeedProgram): SeedProcess {
  // Loaded here because loading costs some milliseconds, and most commands hold no seed.
  const { spawn }: typeof ChildProcesses = require('node:child_process');
  const isWindows = platform === 'win32';
  const [file, ...rest] = isWindows ? [node, ...args] : ['/bin/sh', '-c', WRAPPER, 'sh', node, ...args];
  const child = spawn(file, rest, {
    env: seedPhaseEnvironment(env),
    // Nothing it could print is for people: of a crash the stack, and of some crashes the data, would be in it.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // A group of its own: Ctrl-C goes to the whole group, also before the program listens to signals.
    detached: !isWindows,
    windowsHide: true,
  });
  return {
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromPhase)),
    ended: new Promise((resolve) => {
      child.on('error', ({ message }) => resolve(`could not be started: ${message}`));
      child.once('close', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    }),
    kill: () => void child.kill('SIGKILL'),
  };
}
