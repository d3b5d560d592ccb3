import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEvents } from '../../support/json-events';
import { ALICE, ALICE_ARN, SessionBench } from '../../support/session-bench';

let bench: SessionBench;

beforeEach(async () => {
  bench = await SessionBench.open();
});

afterEach(() => bench.close());

/** A program that writes its environment to a file, and ends as it is told. */
function program(ending: string): readonly string[] {
  return [
    process.execPath,
    '-e',
    `require('node:fs').writeFileSync(${JSON.stringify(environmentFile())}, JSON.stringify(process.env)); ${ending}`,
  ];
}

function environmentFile(): string {
  return join(bench.home, 'environment.json');
}
function environment(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(environmentFile(), 'utf8'));
}

test('a program finds the session in its environment, and nothing that would win over it', async () => {
  bench.write('.aws/credentials', '[alice]\naws_access_key_id = AKIA\naws_secret_access_key = x\n');
  bench.env = {
    ...bench.env,
    AWS_PROFILE: 'alice',
    AWS_DEFAULT_PROFILE: 'alice',
    AWS_SECURITY_TOKEN: 'old',
    KEPT: 'as it is',
  };
  const { exitCode, data } = await bench.run('exec', '--', ...program(''));
  expect({ exitCode, data }).toEqual({ exitCode: 0, data: '' });
  const found = environment();
  expect(found).toMatchObject({
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
    AWS_CREDENTIAL_EXPIRATION: expect.stringMatching(/Z$/),
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    KEPT: 'as it is',
  });
  for (const rival of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SECURITY_TOKEN']) {
    expect(found).not.toHaveProperty(rival);
  }
  const credentials = {
    accessKeyId: String(found.AWS_ACCESS_KEY_ID),
    secretAccessKey: String(found.AWS_SECRET_ACCESS_KEY),
    sessionToken: String(found.AWS_SESSION_TOKEN),
  };
  expect(await bench.whoIs(credentials)).toBe(ALICE_ARN);
});

test('the role of --role is what the program is', async () => {
  const role = await bench.createRole('emergency', {
    Principal: { AWS: ALICE_ARN },
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  });
  expect((await bench.run('exec', '--role', role, '--', ...program(''))).exitCode).toBe(0);
  const found = environment();
  const credentials = {
    accessKeyId: String(found.AWS_ACCESS_KEY_ID),
    secretAccessKey: String(found.AWS_SECRET_ACCESS_KEY),
    sessionToken: String(found.AWS_SESSION_TOKEN),
  };
  expect(await bench.whoIs(credentials)).toBe(`arn:aws:sts::123456789012:assumed-role/emergency/${ALICE}`);
});

test.each([
  ['process.exit(7)', 7],
  ["process.kill(process.pid, 'SIGKILL')", 137],
])('the exit code of a program that ends by %s is ours: %i', async (ending, exitCode) => {
  expect((await bench.run('exec', '--', ...program(ending))).exitCode).toBe(exitCode);
});

test.each([['SIGTERM'], ['SIGHUP'], ['SIGINT']])(
  '%s reaches the program, which ends as it likes',
  async (name) => {
    // It listens first: a signal that comes before would end it, as it would without `exec`.
    const listen = `process.on('${name}', () => process.exit(42)); setTimeout(() => {}, 60_000);`;
    const [node = '', flag = '', write = ''] = program('');
    const ended = bench.run('exec', '--', node, flag, listen + write);
    while (!canRead()) {
      await sleep(20);
    }
    bench.signals.emit(name);
    expect((await ended).exitCode).toBe(42);
    expect(bench.signals.listenerCount(name)).toBe(0);
  },
);

function canRead(): boolean {
  try {
    return environment() !== undefined;
  } catch {
    return false;
  }
}

test('the second program starts without a code', async () => {
  await bench.run('exec', '--', ...program(''));
  const first = environment().AWS_ACCESS_KEY_ID;
  await bench.run('exec', '--', ...program(''));
  expect(environment().AWS_ACCESS_KEY_ID).toBe(first);
  expect(bench.questions).toHaveLength(1);
});

test('without a terminal nobody is asked, and the program does not run', async () => {
  bench.live = false;
  const { exitCode, people } = await bench.run('exec', '--duration', '1h', '--', ...program(''));
  expect({ exitCode, questions: bench.questions, ran: canRead() }).toEqual({
    exitCode: 1,
    questions: [],
    ran: false,
  });
  expect(people).toContain('`mfa-runbook session --duration 1h --output none`');
});

test('without a terminal a program runs with what the hint opened', async () => {
  await bench.run('session', '--duration', '1h', '--output', 'none');
  bench.live = false;
  expect((await bench.run('exec', '--duration', '1h', '--', ...program(''))).exitCode).toBe(0);
  expect(environment().AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
});

test('a person who stops at the code runs no program', async () => {
  bench.answer = () => undefined;
  expect((await bench.run('exec', '--', ...program(''))).exitCode).toBe(130);
  expect({ ran: canRead(), files: bench.files() }).toEqual({ ran: false, files: [] });
});

test.each([['--refresh'], ['--no-cache']])(
  'a person who stops is told the same command, %s included',
  async (option) => {
    bench.answer = () => undefined;
    const { exitCode, people } = await bench.run('exec', option, '--', 'aws', 's3', 'ls');
    expect(people).toContain(`\`mfa-runbook exec ${option} -- aws s3 ls\``);
    expect(exitCode).toBe(130);
  },
);

test('a missing program is an error, and the session stays', async () => {
  const { exitCode, data } = await bench.run('exec', '--json', '--', 'no-such-program-anywhere');
  expect(exitCode).toBe(1);
  expect(parseEvents(data).at(-1)).toMatchObject({
    code: 'session/no-program',
    message: expect.stringMatching(/no-such-program-anywhere.*ENOENT/),
  });
  expect((await bench.run('exec', '--', ...program(''))).exitCode).toBe(0);
  expect(bench.questions).toHaveLength(1);
});
