/**
 * Starts the process that holds a seed: short-lived, without core dumps, without its parent's environment, out of reach
 * of the terminal's signals, and able to write only to its channel.
 */
import type * as ChildProcesses from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { seedPhaseEnvironment, seedPhaseFlags } from './environment';
import type { SeedProcess } from './remote-seed-phase';
import type { FromPhase } from './wire';

/** A Node program that serves a seed phase on its IPC channel. */
interface SeedProgram {
  /** Path of Node. */
  readonly node: string;
  /** Flags of Node, the file to run, and its arguments. */
  readonly args: readonly string[];
  /** The environment; the process gets only the variables of `environment.ts`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** Keeps Node from opening a debugger on a signal. Where Node lacks the flag, the program handles that signal itself. */
const NO_DEBUGGER = '--disable-sigusr1';

/**
 * Finds the seed's program, which is installed with the command.
 *
 * @param main file of the command: the built one has `seed-phase.js` in its folder, the source `seed-phase/program.ts`
 */
export function seedProgramBeside(
  main: string,
  node: Pick<NodeJS.Process, 'execPath' | 'execArgv' | 'platform' | 'env' | 'allowedNodeEnvironmentFlags'>,
): SeedProgram {
  const flags = [
    ...(node.allowedNodeEnvironmentFlags.has(NO_DEBUGGER) ? [NO_DEBUGGER] : []),
    ...seedPhaseFlags(node),
  ];
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
 * Turns core dumps off. The limit keeps the kernel from writing a core file. A collector such as systemd-coredump or
 * apport gets a dump regardless of the limit, so the filter excludes all of this process's memory from it (core(5),
 * "Controlling which mappings are written to the core dump"). Where `setpriv` exists, the process also dies with its
 * parent, even while it is blocked in a library call and cannot notice that its channel was closed.
 */
const WRAPPER = [
  'ulimit -c 0 || exit 70',
  'if [ -w /proc/self/coredump_filter ]; then echo 0 > /proc/self/coredump_filter || exit 70; fi',
  'if setpriv --pdeathsig KILL true 2>/dev/null; then exec setpriv --pdeathsig KILL "$@"; fi',
  'exec "$@"',
].join('\n');

/** Descriptor of the command's standard input in the process: for a secret that is typed, or a picture that is piped in. */
export const COMMAND_INPUT = 4;

/** Starts the process. A program that cannot be started counts as one that ended at once. */
export function startSeedProcess({ node, args, env, platform }: SeedProgram): SeedProcess {
  // Loaded here because loading takes some milliseconds, and most commands hold no seed.
  const { spawn }: typeof ChildProcesses = require('node:child_process');
  const isWindows = platform === 'win32';
  const [file, ...rest] = isWindows ? [node, ...args] : ['/bin/sh', '-c', WRAPPER, 'sh', node, ...args];
  const child = spawn(file, rest, {
    env: seedPhaseEnvironment(env),
    // Its output could contain the stack of a crash, and sometimes data: none of it may be shown.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', 0],
    // A process group of its own: Ctrl-C goes to the whole group, even before the program handles signals.
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
