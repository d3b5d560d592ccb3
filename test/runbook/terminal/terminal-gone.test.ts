/** The terminal is closed at a prompt: the built command ends, and lets go of the slot. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { MovableClock } from '../../support/clock';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { until } from '../built-command';

const COMMAND = join(__dirname, '..', '..', '..', 'runbook', 'build', 'mfa-runbook.js');

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only nobody has asked how.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('closing the terminal at a prompt ends the command', async () => {
  const bench = await Bench.open({ clock: new MovableClock() });
  try {
    bench.layAndAnswer(bench.token(ALICE_PRIMARY));
    // With one code nobody waits, and the sandbox's clock stays that of this machine.
    await bench.run('enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1');
    const before = await bench.devices();
    await withTemporaryFolder(async (folder) => {
      const pidFile = join(folder, 'pid');
      const { accessKeyId, secretAccessKey } = bench.sandbox.administrator;
      // `script` makes a terminal without a width.
      const line = `stty cols 200 rows 40; echo $$ > ${pidFile}; exec ${process.execPath} ${COMMAND} retire alice.breakglass --all-devices`;
      // `script` holds the other end of the terminal.
      const holder = spawn('script', ['-qec', line, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          XDG_STATE_HOME: folder,
          TERM: 'xterm',
          AWS_ENDPOINT_URL: bench.endpoint,
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_EC2_METADATA_DISABLED: 'true',
        },
      });
      let shown = '';
      holder.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
      });
      await until(
        'the prompt',
        () => shown.includes("type the holder's name") && existsSync(pidFile),
        () => shown,
      );
      const pid = Number(readFileSync(pidFile, 'utf8'));
      expect(isAlive(pid)).toBe(true);
      holder.kill('SIGKILL');
      await until(
        'the end of the command',
        () => !isAlive(pid),
        () => shown,
      );
    });
    expect(await bench.devices()).toEqual(before);
  } finally {
    await bench.close();
  }
});
