/** Runs a program on this terminal: its streams are ours, signals reach it, its exit code is handed back. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Where signals arrive; `process` is one. */
export interface SignalSource {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
}

/** What a shell adds to a signal's number. */
const KILLED = 128;

/**
 * Runs it to its end.
 *
 * @param signals told of what is sent to this process. On a terminal the kernel sends Ctrl-C to both, so SIGINT and
 *   SIGQUIT are not passed on there
 * @returns its exit code; 128 + n after signal n
 * @throws the system's error (`ENOENT`, `EACCES`) where it could not be started
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signals: SignalSource,
  onTerminal: boolean,
): Promise<number> {
  const child = spawn(command, args, { env: { ...env }, stdio: 'inherit' });
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
