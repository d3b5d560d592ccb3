/** Standard output that takes nothing, or not all of it: the built command says so and fails. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALICE_PRIMARY, Bench } from '../support/bench';
import { MovableClock } from '../support/clock';
import { withTemporaryFolder } from '../support/temporary-folder';

const COMMAND = join(__dirname, '..', '..', 'runbook', 'build', 'mfa-runbook.js');
const OF_PRIMARY = ['alice.breakglass', '--slot', 'primary'];

let bench: Bench;
beforeAll(async () => {
  // The clock of this machine, because the built command has that one.
  bench = await Bench.open({ clock: new MovableClock() });
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  await bench.run('enroll', ...OF_PRIMARY, '--codes', '1');
});
afterAll(() => bench.close());

interface Ended {
  readonly exitCode: number | null;
  readonly people: string;
}

/** Runs a line of the shell in which `$0` is the command, with its output going anywhere. */
function shell(home: string, line: string): Promise<Ended> {
  const { accessKeyId, secretAccessKey } = bench.sandbox.administrator;
  const child = spawn('bash', ['-c', line, COMMAND], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE: process.execPath,
      HOME: home,
      XDG_STATE_HOME: home,
      AWS_ENDPOINT_URL: bench.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  let people = '';
  child.stderr.on('data', (chunk: Buffer) => {
    people += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, people })));
}

/** Every command that prints without a person and a reader. */
const PRINTING: readonly (readonly string[])[] = [
  ['--help'],
  ['--version'],
  ['token', 'info', '--help'],
  ['plan', '--json', '--help'],
  ['plan'],
  ['plan', '--json'],
  ['doctor', '--json'],
  ['evidence', 'list'],
  ['evidence', 'list', '--json'],
  ['evidence', 'certificate', ...OF_PRIMARY],
  ['evidence', 'certificate', ...OF_PRIMARY, '--output', '/dev/stdout'],
  ['evidence', 'verify', '--json'],
  ['token', 'list', '--json'],
  ['enroll', ...OF_PRIMARY],
  ['retire', 'alice.breakglass', '--slot', 'backup', '--json'],
  ['session', '--json'],
];

test.each(PRINTING)('%s %s %s %s %s %s %s to a full device fails, with one reason', async (...args) => {
  await withTemporaryFolder(async (home) => {
    const { exitCode, people } = await shell(home, `exec "$NODE" "$0" ${args.join(' ')} > /dev/full`);
    // A file that was named on the command line is a mistake there.
    expect(exitCode).toBe(args.includes('--output') ? 2 : 1);
    expect(people.match(/mfa-runbook: error: .*ENOSPC/g)).toHaveLength(1);
  });
});

test('a command that prints nothing does not care, and a file that it names is judged alike', async () => {
  await withTemporaryFolder(async (home) => {
    const certificate = 'evidence certificate alice.breakglass --slot primary --output';
    const kept = await shell(home, `exec "$NODE" "$0" ${certificate} ${home}/page > /dev/full`);
    expect(kept.exitCode).toBe(0);
    const { exitCode, people } = await shell(home, `exec "$NODE" "$0" ${certificate} /dev/full`);
    expect(exitCode).toBe(2);
    expect(people.match(/mfa-runbook: error: .*ENOSPC/g)).toHaveLength(1);
  });
});

test('what ended the command is said too, because its event was lost', async () => {
  await withTemporaryFolder(async (home) => {
    const line = `exec "$NODE" "$0" retire nobody --slot primary --json > /dev/full`;
    const { exitCode, people } = await shell(home, line);
    expect(exitCode).toBe(1);
    expect(people).toContain('nobody');
    expect(people).toContain('ENOSPC');
  });
});

test.each(['--help', 'plan --json'])('%s on a disk that takes a part of it fails', async (command) => {
  await withTemporaryFolder(async (home) => {
    const file = join(home, 'out');
    // A file of at most 512 bytes is this shell's nearly full disk.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$NODE" "$0" ${command} > ${file}`;
    const whole = await shell(home, `exec "$NODE" "$0" ${command} > ${file}`);
    const length = readFileSync(file).length;
    const cut = await shell(home, limited.replace('ulimit -f 1', 'ulimit -S -f 1'));
    expect(length).toBeGreaterThan(1_024);
    expect(readFileSync(file).length).toBeLessThan(length);
    expect([whole.exitCode, cut.exitCode]).toEqual([command === '--help' ? 0 : 3, 1]);
    expect(cut.people).toContain('mfa-runbook: error: ');
  });
});

test.each(['--help', 'evidence list', 'evidence list --json'])(
  '%s for a reader that has gone ends without a word',
  async (command) => {
    await withTemporaryFolder(async (home) => {
      const line = `set -o pipefail; (sleep 0.5; exec "$NODE" "$0" ${command}) | true`;
      const { exitCode, people } = await shell(home, line);
      expect(exitCode).toBe(130);
      expect(people).not.toContain('mfa-runbook: ');
    });
  },
);
