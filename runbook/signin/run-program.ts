/** Runs a program on this terminal, with the streams and the signals of this process. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, platform } from 'node:os';
import { windowsProgram } from './windows-program';

/** A shell adds this to a signal's number. */
const KILLED = 128;

/**
 * Runs a program to its end.
 *
 * @param signals emits the signals that this process gets. On a terminal the kernel sends Ctrl-C to both processes, so
 *   SIGINT and SIGQUIT are not passed on there
 * @returns its exit code; 128 + n after signal n
 * @throws the system's error (`ENOENT`, `EACCES`) if it could not be started
 */
export async function runProgram(
  program: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
  },
  signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>,
  onTerminal: boolean,
): Promise<number> {
  const { env } = program;
  const { command, args, ...options } =
    platform() === 'win32' ? windowsProgram(program, env, existsSync) : program;
  const child = spawn(command, args, { ...options, env: { ...env }, stdio: 'inherit' });
  const names: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];
  const listeners = names.map((name) => {
    const isForKernel = onTerminal && (name === 'SIGINT' || name === 'SIGQUIT');
    return [name, isForKernel ? () => undefined : () => child.kill(name)] as const;
  });
  for (const [name, listener] of listeners) {
    signals.on(name, listener);
  }
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve(code ?? KILLED + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const [name, listener] of listeners) {
      signals.off(name, listener);
    }
  }
}
