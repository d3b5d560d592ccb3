/** Measures processes: CPU of the whole process by bash's `time`, memory by a hook that Node loads first. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '../support/temporary-folder';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The exit code it must end with. @default 0 */
  readonly exitCode?: number;
}

const MACHINE_SETTINGS: RegExp = require('../support/machine-settings.js');

/** Returns this machine's environment without its settings: a bundle of certificates alone costs Node some 45 ms. */
export function quietEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !MACHINE_SETTINGS.test(name) && name !== 'NODE_OPTIONS'),
  );
}

/**
 * A bash script that runs its arguments and writes their CPU seconds, user and system, to the file `$CPU_FILE`. The
 * descriptors from 3 on may be the IPC channel of the program.
 */
const TIMED = 'TIMEFORMAT="%U %S"; { time "$@" 2>&9; } 9>&2 2>"$CPU_FILE"';

/** The arguments of bash that run a program and write its CPU time to a file. */
export function timed(file: string, program: readonly string[]): readonly string[] {
  return ['-c', `CPU_FILE='${file}'; ${TIMED}`, 'bash', ...program];
}

/** The CPU milliseconds that `timed` wrote; lines of bash about a signal may come before them. */
export function readCpuMs(file: string): number {
  const [user = '', system = ''] = readFileSync(file, 'utf8').trim().split('\n').at(-1)?.split(' ') ?? [];
  return Math.round(1000 * (Number(user) + Number(system)));
}

/** The flags of Node with which a process writes its greatest resident size to the file. */
export function memoryFlags(): readonly string[] {
  return ['--require', join(__dirname, 'write-memory.cjs')];
}

export function readMemoryMiB(file: string): number {
  return Math.round(Number(readFileSync(file, 'utf8')) / 1024);
}

/** Runs every program in turn, as often as told. @returns for each the least CPU milliseconds of a run */
export async function leastCpuMs(programs: readonly Program[], runs: number): Promise<readonly number[]> {
  const least = programs.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < runs; run++) {
    for (const [at, program] of programs.entries()) {
      least[at] = Math.min(least[at] ?? 0, await cpuMs(program));
    }
  }
  return least;
}

async function cpuMs(program: Program): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'cpu');
    await execute({ ...program, file: 'bash', args: timed(file, [program.file, ...program.args]) });
    return readCpuMs(file);
  });
}

/** The greatest resident size of a Node program. */
export async function memoryMiB(program: Program): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'memory');
    const env = { ...quietEnvironment(), ...program.env, MEMORY_FILE: file };
    await execute({ ...program, args: [...memoryFlags(), ...program.args], env });
    return readMemoryMiB(file);
  });
}

/** Runs a program to its end. @throws where it does not end as it must */
export function execute({ file, args, env, cwd, exitCode = 0 }: Program): Promise<string> {
  const child = spawn(file, args, {
    env: { ...quietEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let data = '';
  let people = '';
  child.stdout.on('data', (chunk: Buffer) => {
    data += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    people += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === exitCode
        ? resolve(data)
        : reject(new Error(`${file} ${args.join(' ')} ended with ${code}, must be ${exitCode}: ${people}`)),
    );
  });
}
