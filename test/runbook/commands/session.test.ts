import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessKey } from '../../../runbook/aws/aws';
import { cancelled } from '../../../runbook/runbook-error';
import { parseEvents } from '../../support/json-events';
import {
  ALICE_ARN,
  BACKUP,
  PRIMARY,
  SETTLED_MS,
  SessionBench,
  type SessionBenchOptions,
} from '../../support/session-bench';

let bench: SessionBench;

async function open(options: SessionBenchOptions = {}): Promise<SessionBench> {
  bench = await SessionBench.open(options);
  return bench;
}

afterEach(() => bench.close());

const PROCESS = ['session', '--output', 'credential-process'];

interface ProcessOutput {
  readonly Version: number;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

function parse(data: string): ProcessOutput {
  return JSON.parse(data);
}

function keyOf(data: string): AccessKey {
  const { AccessKeyId, SecretAccessKey, SessionToken } = parse(data);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

function cacheFile(): string {
  const [name, ...others] = bench.files().filter((file) => file.startsWith('cache/'));
  if (name === undefined || others.length > 0) {
    throw new Error(`not one cache file: ${bench.files()}`);
  }
  return join(bench.home, name);
}

/** Runs `session` to its failure; returns its exit code and its error. */
async function failure(...args: readonly string[]) {
  const { exitCode, data } = await bench.run('session', ...args, '--json');
  const { code, message, hints } = parseEvents(data).at(-1) ?? {};
  return { exitCode, code, message, hints };
}

/** No session, no code, no file. */
function expectNothingHappened(): void {
  expect(bench.calls.filter((call) => /GetSessionToken|AssumeRole/.test(call))).toEqual([]);
  expect(bench.files()).toEqual([]);
}

describe('a session', () => {
  test('is opened with a code of the token the prompt names, and is one with MFA', async () => {
    await open();
    await bench.allow(
      { Effect: 'Allow', Action: 'iam:ListMFADevices', Resource: ALICE_ARN },
      {
        Effect: 'Allow',
        Action: 'ssm:DescribeParameters',
        Resource: '*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    );
    const { exitCode, data } = await bench.run(...PROCESS);
    expect(exitCode).toBe(0);
    expect(bench.questions.map(({ message }) => message)).toEqual([
      'code of alice.breakglass primary, token 86596220000001',
    ]);
    expect(parse(data)).toEqual({
      Version: 1,
      AccessKeyId: expect.stringMatching(/^ASIA/),
      SecretAccessKey: expect.any(String),
      SessionToken: expect.any(String),
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    const lasts = Date.parse(parse(data).Expiration) - bench.clock.now();
    expect(Math.abs(lasts - 43_200_000)).toBeLessThan(5_000);
    expect(await bench.sandbox.call(keyOf(data), 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
    expect(bench.calls.slice(0, 3)).toEqual([
      'sts GetCallerIdentity ok',
      'iam ListMFADevices ok',
      'sts GetSessionToken ok',
    ]);
  });

  test.each([
    ['15m', 900],
    ['129600', 129_600],
  ])('lasts %s if that is asked for', async (duration, seconds) => {
    await open();
    const { data } = await bench.run(...PROCESS, '--duration', duration);
    const lasts = Date.parse(parse(data).Expiration) - bench.clock.now();
    expect(Math.abs(lasts - seconds * 1000)).toBeLessThan(5_000);
  });

  test.each([['899'], ['36h1s'], ['tomorrow'], ['']])(
    'a duration of "%s" is refused before anything',
    async (duration) => {
      await open();
      expect(await failure('--duration', duration)).toMatchObject({ exitCode: 2, code: 'usage' });
      expect(bench.calls).toEqual([]);
    },
  );

  test('is refused to the key of another session before AWS is asked', async () => {
    await open();
    bench.credentials = keyOf((await bench.run(...PROCESS)).data);
    const before = bench.calls.length;
    expect(await failure()).toMatchObject({
      exitCode: 1,
      code: 'session/temporary-caller',
      message: expect.stringContaining(bench.credentials.accessKeyId),
    });
    expect(bench.calls).toHaveLength(before);
  });
});

describe('the devices of the caller', () => {
  test('are listed by the name of the user, as policies with its name allow it', async () => {
    const users: unknown[] = [];
    await open({
      wrap: (issuer) => ({
        ...issuer,
        ownDevices: (user) => {
          users.push(user);
          return issuer.ownDevices(user);
        },
      }),
    });
    await bench.run(...PROCESS);
    expect(users).toEqual(['alice.breakglass']);
    expect(bench.calls).toContain('iam ListMFADevices ok');
  });

  test('need not be listed where the profile names one: mfa_serial in either file', async () => {
    for (const file of ['config', 'credentials']) {
      await open();
      await bench.allow({ Effect: 'Deny', Action: 'iam:ListMFADevices', Resource: '*' });
      const header = file === 'config' ? '[profile alice]' : '[alice]';
      bench.write(`.aws/${file}`, `${header}\n  mfa_serial = ${PRIMARY} # primary\n`);
      const { exitCode } = await bench.run(...PROCESS, '--profile', 'alice');
      expect({ file, exitCode, calls: bench.calls.includes('iam ListMFADevices AccessDenied') }).toEqual({
        file,
        exitCode: 0,
        calls: true,
      });
      if (file === 'config') {
        await bench.close();
      }
    }
  });
});

describe('the output', () => {
  test('of env is what a shell evaluates to the session, without the variables that would win over it', async () => {
    await open();
    const { data } = await bench.run('session');
    expect(data).toMatch(
      /^unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SECURITY_TOKEN\nexport AWS_ACCESS_KEY_ID='ASIA[^']+'\nexport AWS_SECRET_ACCESS_KEY='[^']+'\nexport AWS_SESSION_TOKEN='[^']+'\nexport AWS_CREDENTIAL_EXPIRATION='[^']+'\nexport AWS_REGION='eu-central-1'\nexport AWS_DEFAULT_REGION='eu-central-1'\n$/,
    );
  });

  test('of none and of a written profile puts no secret on stdout', async () => {
    await open();
    expect((await bench.run('session', '--output', 'none')).data).toBe('');
    const { data, exitCode } = await bench.run('session', '--write-profile', 'alice-mfa');
    expect({ data, exitCode }).toEqual({ data: '', exitCode: 0 });
    const file = join(bench.home, '.aws/credentials');
    expect(readFileSync(file, 'utf8')).toMatch(
      /^\[alice-mfa\]\n# written by mfa-runbook, expires .*Z\naws_access_key_id = ASIA/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a profile that holds a long-term key is left alone, and no code is spent', async () => {
    await open();
    const text = '[alice]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n';
    const file = bench.write('.aws/credentials', text);
    expect(await failure('--write-profile', 'alice')).toMatchObject({
      exitCode: 1,
      code: 'session/profile-kept',
      message: expect.stringContaining(file),
    });
    expect({ text: readFileSync(file, 'utf8'), questions: bench.questions }).toEqual({ text, questions: [] });
    expect((await bench.run('session', '--write-profile', 'alice-mfa')).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(text);
  });

  test.each([
    ['others may write to its folder', 'session/unsafe-file', (aws: string) => chmodSync(aws, 0o777)],
    ['it is a pipe', 'session/unsafe-file', (_: string, file: string) => execFileSync('mkfifo', [file])],
    [
      'it is read-only',
      'disk/failed',
      (_: string, file: string) => writeFileSync(file, '[a]\nx = 1\n', { mode: 0o400 }),
    ],
    [
      'a setting of ~/.aws/config would be hidden',
      'session/profile-kept',
      (aws: string) => writeFileSync(join(aws, 'config'), '[profile alice-mfa]\ncredential_process = x\n'),
    ],
  ] as const)(
    'no code is spent for a credentials file that cannot be written: %s',
    async (_why, code, spoil) => {
      await open();
      const aws = join(bench.home, '.aws');
      mkdirSync(aws, { mode: 0o700 });
      spoil(aws, join(aws, 'credentials'));
      const before = bench.files();
      expect(await failure('--write-profile', 'alice-mfa')).toMatchObject({ exitCode: 1, code });
      expect({ questions: bench.questions, files: bench.files() }).toEqual({ questions: [], files: before });
    },
  );

  test('of none shows neither the session nor the code that opened it, whatever else is shown', async () => {
    await open();
    const code = bench.primary.code();
    const shown = await Promise.all([
      bench.run('session', '--output', 'none', '--verbose'),
      bench.run('session', '--output', 'none', '--json'),
    ]);
    const text = shown.map(({ people, data }) => people + data).join('\n');
    const kept = JSON.parse(readFileSync(cacheFile(), 'utf8')) as Record<string, string>;
    expect(text).toContain('aws sts:GetSessionToken ok');
    for (const secret of [kept.secretAccessKey, kept.sessionToken, code]) {
      expect(secret).toMatch(/./);
      expect(text).not.toContain(secret);
    }
  });

  test('with --json is one event a line, the session the last', async () => {
    await open();
    const { data } = await bench.run('session', '--json');
    const events = parseEvents(data);
    expect(events.map(({ event }) => event)).toEqual(['ask', 'session']);
    expect(events.at(-1)).toMatchObject({
      from: 'aws',
      device: PRIMARY,
      accessKeyId: expect.stringMatching(/^ASIA/),
    });
    expect((await bench.run('session', '--json', '--output', 'env')).exitCode).toBe(2);
  });
});

describe('the cache', () => {
  test('gives the same session again without a question and without a call, from a file of mode 0600', async () => {
    await open();
    const first = await bench.run(...PROCESS);
    const calls = bench.calls.length;
    const again = await bench.run(...PROCESS);
    expect(again.data).toBe(first.data);
    expect(bench.calls).toHaveLength(calls);
    expect(bench.questions).toHaveLength(1);
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
    expect(readFileSync(cacheFile(), 'utf8')).not.toContain(bench.primary.code());
  });

  test('is not used when less than five minutes remain', async () => {
    await open();
    const first = await bench.run(...PROCESS, '--duration', '900');
    bench.clock.advance(590_000);
    expect((await bench.run(...PROCESS, '--duration', '900')).data).toBe(first.data);
    bench.clock.advance(20_000);
    expect((await bench.run(...PROCESS, '--duration', '900')).data).not.toBe(first.data);
    expect(bench.questions).toHaveLength(2);
  });

  test.each([['--refresh'], ['--no-cache'], ['--duration=8h']])('is passed by with %s', async (option) => {
    await open();
    const first = await bench.run(...PROCESS);
    bench.clock.advance(60_000);
    const second = await bench.run(...PROCESS, option);
    expect(second.exitCode).toBe(0);
    expect(second.data).not.toBe(first.data);
    const third = await bench.run(...PROCESS);
    expect(third.data).toBe(option === '--refresh' ? second.data : first.data);
  });

  test('is not written with --no-cache', async () => {
    await open();
    await bench.run(...PROCESS, '--no-cache');
    expect(bench.files().filter((file) => file.startsWith('cache/'))).toEqual([]);
  });

  test('that cannot be written does not cost the session', async () => {
    await open();
    bench.write('cache', 'a file where the folder should be');
    const { exitCode, data, people } = await bench.run(...PROCESS, '--refresh');
    expect({ exitCode, id: parse(data).AccessKeyId }).toEqual({
      exitCode: 0,
      id: expect.stringMatching(/^ASIA/),
    });
    expect(people).toMatch(/→.* ENOTDIR/);
  });

  test('is not shared between two keys', async () => {
    await open();
    const first = await bench.run(...PROCESS);
    bench.credentials = bench.sandbox.createAccessKey('alice.breakglass');
    bench.clock.advance(60_000);
    expect((await bench.run(...PROCESS)).data).not.toBe(first.data);
  });

  test('a file that others may read is refused, and one that is torn is written again', async () => {
    await open();
    const first = await bench.run(...PROCESS);
    chmodSync(cacheFile(), 0o644);
    expect(await failure()).toMatchObject({
      exitCode: 1,
      code: 'session/unsafe-file',
      message: expect.stringMatching(`^${cacheFile()} .* mode 0644$`),
    });
    chmodSync(cacheFile(), 0o600);
    expect((await bench.run(...PROCESS)).data).toBe(first.data);
    writeFileSync(cacheFile(), first.data.slice(0, 40));
    bench.clock.advance(60_000);
    expect((await bench.run(...PROCESS)).exitCode).toBe(0);
    expect(bench.questions).toHaveLength(2);
  });
});

describe('credential_process', () => {
  test('without a terminal and without a cached session says what to do, and asks nobody', async () => {
    await open();
    bench.live = false;
    const { exitCode, data, people } = await bench.run(...PROCESS);
    expect({ exitCode, data, questions: bench.questions }).toEqual({ exitCode: 1, data: '', questions: [] });
    expect(people).toContain('`mfa-runbook session --output none`');
    expectNothingHappened();
  });

  test('without a terminal gives what a terminal opened', async () => {
    await open();
    expect((await bench.run('session', '--output', 'none')).data).toBe('');
    bench.live = false;
    expect(parse((await bench.run(...PROCESS)).data).AccessKeyId).toMatch(/^ASIA/);
  });

  test.each([
    [
      'asks mfa-runbook itself',
      'credential_process = /usr/local/bin/mfa-runbook session --output credential-process',
    ],
    ['assumes a role', 'role_arn = arn:aws:iam::123456789012:role/emergency\nsource_profile = alice'],
  ])('a profile that %s is refused before it is used', async (_, setting) => {
    await open();
    const config = bench.write('.aws/config', `[profile loop]\n${setting}\n`);
    expect(await failure('--profile', 'loop')).toMatchObject({ exitCode: 1, code: 'session/source-profile' });
    expect(bench.calls).toEqual([]);
    writeFileSync(config, '[profile loop]\nregion = eu-central-1\n');
    expect((await bench.run(...PROCESS, '--profile', 'loop')).exitCode).toBe(0);
  });

  test('a profile with a key of its own never asks us, and is used', async () => {
    await open();
    bench.write('.aws/config', '[profile alice]\ncredential_process = mfa-runbook session --profile alice\n');
    bench.write('.aws/credentials', '[alice]\naws_access_key_id = AKIA\naws_secret_access_key = x\n');
    expect((await bench.run(...PROCESS, '--profile', 'alice')).exitCode).toBe(0);
  });
});

describe('the device', () => {
  test('of several is asked for, by number or slot, and the last one is there for Enter', async () => {
    await open();
    const backup = await bench.enrollBackup();
    bench.clock.advance(SETTLED_MS);
    bench.beginWindow();
    const answers = ['third', 'backup'];
    bench.answer = ({ name }) => (name === 'device' ? (answers.shift() ?? '') : backup.code());
    expect((await bench.run(...PROCESS)).exitCode).toBe(0);
    expect(bench.questions.at(-1)?.message).toBe('code of alice.breakglass backup, token 86596100000002');
    bench.clock.advance(60_000);
    await bench.run(...PROCESS, '--refresh');
    expect(bench.questions.map(({ name }) => name)).toEqual(['device', 'device', 'code', 'device', 'code']);
    expect(bench.questions.at(-1)?.message).toBe('code of alice.breakglass backup, token 86596100000002');
  });

  test.each([['backup'], [BACKUP], ['alice.breakglass.backup.86596100000002']])(
    'is the one that --device %s names',
    async (device) => {
      await open();
      const backup = await bench.enrollBackup();
      bench.clock.advance(SETTLED_MS);
      bench.answer = () => backup.code();
      expect((await bench.run(...PROCESS, '--device', device)).exitCode).toBe(0);
      expect(bench.questions.map(({ message }) => message)).toEqual([
        'code of alice.breakglass backup, token 86596100000002',
      ]);
      expect((await bench.run(...PROCESS, '--device', device)).exitCode).toBe(0);
      expect(bench.questions).toHaveLength(1);
    },
  );

  test('that is not among the caller’s is refused with those that are', async () => {
    await open();
    const { hints, ...failed } = await failure('--device', 'spare');
    expect(failed).toMatchObject({ exitCode: 1, code: 'session/no-device' });
    expect(hints).toEqual([expect.stringMatching(`mfa-runbook session .*--device ${PRIMARY}`)]);
    expect(String(hints)).not.toContain('spare');
    expectNothingHappened();
  });

  test.each([['arn:aws:iam::123456789012:u2f/user/alice/key-1'], ['arn:aws:iam::123456789012:u2f/passkey']])(
    'that is a FIDO key is refused: %s',
    async (arn) => {
      await open({
        wrap: (issuer) => ({ ...issuer, ownDevices: async () => [{ arn, enabledAt: undefined }] }),
      });
      expect(await failure()).toMatchObject({ exitCode: 1, code: 'session/fido' });
      expect(await failure('--device', arn)).toMatchObject({ exitCode: 1, code: 'session/fido' });
      expectNothingHappened();
    },
  );

  test('is asked of the profile, then of memory, if listing is denied; and never guessed', async () => {
    await open();
    await bench.allow({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' });
    expect(await failure()).toMatchObject({ exitCode: 1, code: 'session/no-device' });
    expectNothingHappened();
    bench.write('.aws/config', `[profile alice]\nmfa_serial = ${PRIMARY}\n`);
    expect((await bench.run(...PROCESS, '--profile', 'alice')).exitCode).toBe(0);
    bench.clock.advance(60_000);
    expect((await bench.run(...PROCESS, '--refresh')).exitCode).toBe(0);
    expect(bench.questions).toHaveLength(2);
  });

  test('nobody has is refused', async () => {
    await open();
    await bench.admin('DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber: PRIMARY });
    expect(await failure()).toMatchObject({ exitCode: 1, code: 'session/no-device' });
    expectNothingHappened();
  });
});

describe('a person who stops', () => {
  test.each([['device'], ['code']])('at the question for the %s leaves no file', async (name) => {
    await open();
    await bench.enrollBackup();
    bench.clock.advance(SETTLED_MS);
    bench.answer = (question) => (question.name === name ? undefined : '1');
    const { exitCode, data } = await bench.run(...PROCESS);
    expect({ exitCode, data, last: bench.questions.at(-1)?.name }).toEqual({
      exitCode: 130,
      data: '',
      last: name,
    });
    expectNothingHappened();
  });

  test('while a countdown runs sends nothing more', async () => {
    await open();
    await bench.run(...PROCESS);
    const sleep = bench.run(...PROCESS, '--refresh');
    bench.stop.abort(cancelled());
    const { exitCode } = await sleep;
    expect({ exitCode, questions: bench.questions.length }).toEqual({ exitCode: 130, questions: 1 });
    expect(bench.calls.filter((call) => call.includes('GetSessionToken'))).toHaveLength(1);
  });

  test('while AWS answers gets no session printed, and finds it cached', async () => {
    let calls = 0;
    await open({
      wrap: (issuer) => ({
        ...issuer,
        sessionToken: async (request) => {
          calls++;
          const credentials = await issuer.sessionToken(request);
          if (calls === 1) {
            bench.stop.abort(cancelled());
          }
          return credentials;
        },
      }),
    });
    const { exitCode, data } = await bench.run(...PROCESS);
    expect({ exitCode, data }).toEqual({ exitCode: 130, data: '' });
    bench.stop = new AbortController();
    expect((await bench.run(...PROCESS)).exitCode).toBe(0);
    expect(calls).toBe(1);
  });

  test('just after the code was typed has it neither sent nor used up', async () => {
    await open();
    bench.answer = () => {
      bench.stop.abort(cancelled());
      return bench.primary.code();
    };
    expect((await bench.run(...PROCESS)).exitCode).toBe(130);
    expectNothingHappened();
  });

  test('before the first call changes nothing', async () => {
    await open();
    bench.stop.abort(cancelled());
    expect((await bench.run(...PROCESS)).exitCode).toBe(130);
    expect({ calls: bench.calls, files: bench.files() }).toEqual({ calls: [], files: [] });
  });
});
