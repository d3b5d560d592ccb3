/** The built command as a process of its own, against a bench. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../support/bench';

const COMMAND = join(__dirname, '..', '..', 'runbook', 'build', 'mfa-runbook.js');

/** Waits until something is so, at most a minute: it ends what hangs, and judges no speed. */
export async function until(what: string, holds: () => boolean, shown: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) {
      throw new Error(`${what} did not happen within a minute: ${shown()}`);
    }
    await pause(20);
  }
}

/** A running command: what it has said so far, and how it ends. */
export interface RunningCommand {
  readonly process: ChildProcessWithoutNullStreams;
  people(): string;
  data(): string;
  /** The exit code; `null` after a signal that was not caught. */
  readonly ended: Promise<number | null>;
}

/** Starts the command with an environment of its own. */
export function startCommand(
  bench: Bench,
  home: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): RunningCommand {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_STATE_HOME: home,
      AWS_ENDPOINT_URL: bench.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  let people = '';
  let data = '';
  child.stderr.on('data', (chunk: Buffer) => {
    people += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    data += chunk.toString();
  });
  return {
    process: child,
    people: () => people,
    data: () => data,
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}
