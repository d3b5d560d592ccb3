/**
 * A process that takes a lock again and again: `lock-contender LOCK LOG ROUNDS LIFETIME_MS`. It logs when it enters and
 * leaves, and kills itself LIFETIME_MS after it first entered (0: never), wherever it is then. The lifetime starts there so
 * that every process enters at least once, however busy the machine is.
 */
import { appendFileSync } from 'node:fs';
import { argv, kill, pid } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { takeLockWhenFree } from '../../../runbook/files/file-lock';

const [, , lock = '', log = '', rounds = '', lifetimeMs = ''] = argv;

async function contend(): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) {
    const held = await takeLockWhenFree(lock, 120_000);
    appendFileSync(log, `enter ${pid}\n`);
    if (round === 0 && Number(lifetimeMs) > 0) {
      setTimeout(() => kill(pid, 'SIGKILL'), Number(lifetimeMs));
    }
    await pause(Math.random() * 3);
    appendFileSync(log, `leave ${pid}\n`);
    await held.release();
  }
}

contend().then(
  () => kill(pid, 'SIGKILL'),
  (error: unknown) => {
    appendFileSync(log, `error ${pid} ${String(error)}\n`);
    kill(pid, 'SIGKILL');
  },
);
