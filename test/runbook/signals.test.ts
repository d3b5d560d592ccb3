/** Ctrl-C, as the process hears it. */
import { setTimeout as pause } from 'node:timers/promises';
import { Bench } from '../support/bench';
import { MovableClock } from '../support/clock';
import { withTemporaryFolder } from '../support/temporary-folder';
import { type RunningCommand, startCommand, until } from './built-command';

const SECOND = 'once more ends at once';

/** A command in the middle of a call that takes its time. */
async function inTheMiddle(work: (command: RunningCommand) => Promise<void>): Promise<void> {
  const bench = await Bench.open({ clock: new MovableClock() });
  bench.sandbox.faults = () => ({ slowMs: 1000 });
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

test('one Ctrl-C that arrives twice, from the terminal and from npm, counts once', async () => {
  await inTheMiddle(async (command) => {
    interrupt(command);
    await pause(30);
    interrupt(command);
    expect(await command.ended).toBe(130);
    expect(command.people()).toContain('stopping: SIGINT');
    expect(command.people()).not.toContain(SECOND);
  });
});

test('a second Ctrl-C, a moment later, says what a third one would do', async () => {
  await inTheMiddle(async (command) => {
    interrupt(command);
    await pause(400);
    interrupt(command);
    expect(await command.ended).toBe(130);
    expect(command.people()).toContain(SECOND);
  });
});
