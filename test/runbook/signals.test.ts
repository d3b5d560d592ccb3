/** Ctrl-C, as the process hears it. */
import { setTimeout as pause } from 'node:timers/promises';
import { Bench } from '../support/bench';
import { MovableClock } from '../support/clock';
import { withTemporaryFolder } from '../support/temporary-folder';
import { type RunningCommand, startCommand, until } from './built-command';

const FIRST = 'press Ctrl-C again';
const SECOND = 'once more to end at once';

/** A command in the middle of a call that takes so long. */
async function inTheMiddle(slowMs: number, work: (command: RunningCommand) => Promise<void>): Promise<void> {
  const bench = await Bench.open({ clock: new MovableClock() });
  bench.sandbox.faults = () => ({ slowMs });
  try {
    await withTemporaryFolder(async (home) => {
      const { accessKeyId, secretAccessKey } = bench.sandbox.administrator;
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      const command = startCommand(bench, home, env, 'plan', '--verbose');
      await until('the first call', () => command.people().includes('signing in'), command.people);
      await work(command);
    });
  } finally {
    await bench.close();
  }
}

function interrupt(command: RunningCommand): boolean {
  return command.process.kill('SIGINT');
}

/** Interrupts until the command says something, with pauses in which two signals are no longer one Ctrl-C. */
async function interruptUntil(command: RunningCommand, said: string): Promise<void> {
  for (let tries = 0; tries < 20 && !command.people().includes(said); tries++) {
    interrupt(command);
    await pause(400);
  }
}

test('one Ctrl-C that arrives twice, from the terminal and from npm, counts once', async () => {
  await inTheMiddle(1_000, async (command) => {
    interrupt(command);
    interrupt(command);
    expect(await command.ended).toBe(130);
    expect(command.people()).toContain('stopping: SIGINT');
    expect(command.people()).not.toContain(SECOND);
  });
});

test('each Ctrl-C says what the next one does: the third ends the command at once', async () => {
  await inTheMiddle(5_000, async (command) => {
    await interruptUntil(command, SECOND);
    expect(command.people()).toContain(`stopping: SIGINT; ${FIRST}`);
    expect(command.people()).toContain(SECOND);
    interrupt(command);
    expect(await command.ended).toBe(130);
  });
});
