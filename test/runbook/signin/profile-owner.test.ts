/** The operator's own session: the role of a profile, with the SDK, the shared files and AWS. */
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Aws } from '../../../runbook/aws/aws';
import { connectAws } from '../../../runbook/aws/connect';
import { connectSessions } from '../../../runbook/aws/connect-sessions';
import { diskFiles } from '../../../runbook/files/disk-files';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { profileOwner } from '../../../runbook/signin/profile-owner';
import { CommandLine } from '../../../runbook/terminal/command-line';
import { LinePrompter } from '../../../runbook/terminal/line-prompter';
import { StreamTerminal } from '../../../runbook/terminal/stream-terminal';
import { parseEvents } from '../../support/json-events';
import { ALICE_ARN, BACKUP, PRIMARY, SessionBench } from '../../support/session-bench';

let bench: SessionBench;
let role: string;
let said: string;
const rejections: unknown[] = [];
const surroundings = { ...process.env };
function onRejection(reason: unknown): void {
  rejections.push(reason);
}

beforeEach(async () => {
  said = '';
  rejections.length = 0;
  process.on('unhandledRejection', onRejection);
  bench = await SessionBench.open();
  role = await bench.createRole('operator', {
    Principal: { AWS: ALICE_ARN },
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  });
  await bench.admin('PutRolePolicy', {
    RoleName: 'operator',
    PolicyName: 'all',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    }),
  });
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) {
    delete process.env[name];
  }
  Object.assign(process.env, {
    HOME: bench.home,
    AWS_CONFIG_FILE: join(bench.home, '.aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(bench.home, '.aws/credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  jest.spyOn(Date, 'now').mockImplementation(() => bench.clock.now());
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  expect(rejections).toEqual([]);
  process.off('unhandledRejection', onRejection);
  jest.restoreAllMocks();
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, surroundings);
  await bench.close();
});

/** One command of the operator. */
function command(profile = 'operator'): Aws {
  const settings = {
    region: 'eu-central-1',
    endpoint: bench.endpoint,
    profile,
    now: () => bench.clock.now(),
  };
  function writePeople(text: string): void {
    said += text;
  }
  const terminal = new StreamTerminal({
    writePeople,
    writeData: writePeople,
    prompter: new LinePrompter(async (question) => {
      bench.questions.push(question);
      return bench.answer(question);
    }, writePeople),
    live: false,
    color: false,
    json: false,
    verbose: false,
    yes: false,
  });
  const clock = {
    now: () => bench.clock.now(),
    sleep: async (ms: number) => {
      bench.waitedMs += ms;
      bench.clock.advance(ms);
    },
  };
  const owner = profileOwner(
    {
      profile,
      env: process.env,
      issuerWith: (credentials) => connectSessions({ ...settings, credentials }),
      signal: bench.stop.signal,
    },
    {
      terminal,
      canAsk: true,
      clock,
      files: diskFiles({ stateFolder: join(bench.home, 'state'), cacheFolder: join(bench.home, 'cache') }),
      privateFiles: localPrivateFiles,
      line: CommandLine.of(['plan']),
    },
  );
  return connectAws({ ...settings, owner });
}

/** The shared files; each name of a test is read again, because the SDK keeps files by their path. */
function profiles(text: string): void {
  const { accessKeyId, secretAccessKey } = bench.credentials;
  const name = `.aws/config-${bench.clock.now()}-${Math.random()}`;
  process.env.AWS_CONFIG_FILE = bench.write(
    name,
    `[profile alice]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n${text}`,
  );
}
function operator(device = PRIMARY, more = ''): void {
  profiles(`[profile operator]\nrole_arn = ${role}\nsource_profile = alice\nmfa_serial = ${device}\n${more}`);
}
/** The code of the RunbookError below a fault of the chain. */
async function causeOf(aws: Aws): Promise<unknown> {
  const fault = await aws.identity().then(
    () => undefined,
    (error: unknown) => error,
  );
  return (fault as { cause?: { code?: unknown } } | undefined)?.cause?.code;
}
function assumed(): readonly string[] {
  return bench.calls.filter((call) => call.includes('AssumeRole'));
}
function keptFile(): string {
  const [name, ...others] = readdirSync(join(bench.home, 'cache/sessions'));
  expect(others).toEqual([]);
  return join(bench.home, 'cache/sessions', String(name));
}

test('a code is asked for once, with a blank or without, and the session is kept for the next command', async () => {
  operator();
  bench.answer = () => bench.primary.code().replace(/^(...)/, '$1 ');
  const aws = command();
  const [identity] = await Promise.all([aws.identity(), aws.session(), aws.virtualDevices()]);
  expect(identity.arn).toBe('arn:aws:sts::123456789012:assumed-role/operator/alice.breakglass');
  expect((await command().identity()).arn).toBe(identity.arn);
  expect({ questions: bench.questions.length, assumed: assumed() }).toEqual({
    questions: 1,
    assumed: ['sts AssumeRole ok'],
  });
  expect(statSync(keptFile()).mode & 0o777).toBe(0o600);
});

test('a kept session that others can read is refused, and the next command says so', async () => {
  operator();
  await command().identity();
  chmodSync(keptFile(), 0o644);
  expect(await causeOf(command())).toBe('session/unsafe-file');
  expect(bench.questions).toHaveLength(1);
});

test('a wrong code costs one of three tries, and the next is waited for', async () => {
  operator();
  const answers = ['000000', '000001'];
  bench.answer = () => answers.shift() ?? bench.primary.code();
  await command().identity();
  expect(bench.questions).toHaveLength(3);
  expect(assumed()).toEqual([
    'sts AssumeRole AccessDenied',
    'sts AssumeRole AccessDenied',
    'sts AssumeRole ok',
  ]);
  expect(bench.waitedMs).toBeGreaterThan(30_000);
});

test('three wrong codes end it, each sent once', async () => {
  operator();
  let count = 0;
  bench.answer = () => `00000${count++}`;
  expect(await causeOf(command())).toBe('session/wrong-code');
  expect(assumed()).toHaveLength(3);
});

test('a code that another command used is not sent again: the next is waited for', async () => {
  operator();
  const { exitCode } = await bench.run('session', '--output', 'none');
  const waited = bench.waitedMs;
  await command().identity();
  expect({ exitCode, rejected: assumed().filter((call) => !call.endsWith('ok')) }).toEqual({
    exitCode: 0,
    rejected: [],
  });
  expect(bench.waitedMs).toBeGreaterThan(waited);
});

test('the session is renewed when the ceremony says so, never at a call', async () => {
  operator(PRIMARY, 'duration_seconds = 3600\n');
  const aws = command();
  await aws.identity();
  bench.clock.advance(52 * 60_000);
  await aws.identity();
  await aws.virtualDevices();
  expect(bench.questions).toHaveLength(1);
  await aws.renewSession();
  expect(bench.questions).toHaveLength(2);
  bench.clock.advance(30 * 60_000);
  await aws.identity();
  await aws.renewSession();
  expect({ questions: bench.questions.length, assumed: assumed() }).toEqual({
    questions: 2,
    assumed: ['sts AssumeRole ok', 'sts AssumeRole ok'],
  });
});

test('a role without a device is assumed without a code, and refused with a cause', async () => {
  const free = await bench.createRole('free', { Principal: { AWS: ALICE_ARN } });
  profiles(
    `[profile operator]\nrole_arn = ${free}\nsource_profile = alice\n[profile strict]\nrole_arn = ${role}\nsource_profile = alice\n`,
  );
  expect((await command().identity()).arn).toMatch(/assumed-role\/free/);
  expect(await causeOf(command('strict'))).toBe('session/role-refused');
  expect(bench.questions).toEqual([]);
});

test.each([
  ['no such profile', '', 'profile/missing'],
  [
    'a source_profile that is not there',
    '[profile operator]\nrole_arn = R\nsource_profile = alcie',
    'profile/source-missing',
  ],
  [
    'a circle',
    '[profile operator]\nrole_arn = R\nsource_profile = b\n[profile b]\nrole_arn = R\nsource_profile = operator',
    'profile/circle',
  ],
  [
    'a profile that names itself',
    '[profile operator]\nrole_arn = R\nsource_profile = operator',
    'profile/circle',
  ],
  [
    'a source without a secret',
    '[profile operator]\nrole_arn = R\nsource_profile = b\n[profile b]\naws_access_key_id = AKIA',
    'profile/incomplete',
  ],
  [
    'a source with an empty secret',
    '[profile operator]\nrole_arn = R\nsource_profile = b\n[profile b]\naws_access_key_id = AKIA\naws_secret_access_key =',
    'profile/incomplete',
  ],
  ['no source', '[profile operator]\nrole_arn = R', 'profile/incomplete'],
  [
    'two sources',
    '[profile operator]\nrole_arn = R\nsource_profile = alice\ncredential_source = Environment',
    'profile/incomplete',
  ],
  [
    'a credential_source without its variables',
    '[profile operator]\nrole_arn = R\ncredential_source = Environment',
    'profile/credential-source',
  ],
  [
    'a container that is none',
    '[profile operator]\nrole_arn = R\ncredential_source = EcsContainer',
    'profile/credential-source',
  ],
  [
    'a credential_source that is none',
    '[profile operator]\nrole_arn = R\ncredential_source = environment',
    'profile/credential-source',
  ],
  [
    'an sso_session that is not there',
    '[profile operator]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r',
    'profile/sso',
  ],
  [
    'a name that only aws reads',
    '[profile   operator]\nrole_arn = R\nsource_profile = alice',
    'profile/unreadable',
  ],
  [
    'a FIDO key',
    '[profile operator]\nrole_arn = R\nsource_profile = alice\nmfa_serial = arn:aws:iam::123456789012:u2f/user/alice/key',
    'session/fido',
  ],
  [
    'a serial printed on a token',
    '[profile operator]\nrole_arn = R\nsource_profile = alice\nmfa_serial = 86596220000001',
    'session/no-device',
  ],
  [
    'a device of another user',
    `[profile operator]\nrole_arn = R\nsource_profile = alice\nmfa_serial = ${BACKUP}`,
    'session/no-device',
  ],
])('%s has a cause of its own', async (_what, text, code) => {
  profiles(text.replaceAll('= R', `= ${role}`));
  expect(await causeOf(command())).toBe(code);
  // Only for a device of the caller's that AWS must judge is a code asked for.
  expect(bench.questions.length).toBe(text.includes(BACKUP) ? 1 : 0);
});

test('no code is asked for while the source of the role cannot be had, and nothing rejects behind the prompt', async () => {
  profiles(
    `[profile operator]\nrole_arn = ${role}\nsource_profile = b\nmfa_serial = ${PRIMARY}\n[profile b]\ncredential_process = false\n`,
  );
  expect(await causeOf(command())).toBe('profile/source-failed');
  expect(bench.questions).toEqual([]);
});

/** Sources of credentials that only the SDK can try. */
const SOURCES: readonly (readonly [what: string, settings: string, code: string])[] = [
  ['a program that fails', 'credential_process = false', 'profile/source-failed'],
  ['a program that prints no JSON', 'credential_process = echo x', 'profile/source-failed'],
  ['no token file', 'role_arn = R\nweb_identity_token_file = /nowhere/token', 'profile/source-failed'],
  ['no sign-in', 'login_session = arn:aws:iam::123456789012:user/alice', 'profile/source-failed'],
  ['no sign-in of SSO', 'sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r', 'profile/sso'],
  [
    'no sign-in of SSO, in the older form',
    'sso_start_url = https://example.com\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r',
    'profile/sso',
  ],
];

/** Writes a profile `b` of that source, and `operator`, which assumes a role with it. */
function sourceProfiles(settings: string): void {
  const sso = '[sso-session s]\nsso_start_url = https://example.com\nsso_region = eu-central-1\n';
  const source = `[profile b]\n${settings.replace('= R', `= ${role}`)}\n${sso}`;
  profiles(`${source}[profile operator]\nrole_arn = ${role}\nsource_profile = b\nmfa_serial = ${PRIMARY}\n`);
}

test.each(SOURCES)(
  '%s has a cause, directly and as the source of a role, and no code is asked for',
  async (_what, settings, code) => {
    sourceProfiles(settings);
    expect([await causeOf(command()), await causeOf(command('b'))]).toEqual([code, code]);
    expect(bench.questions).toEqual([]);
  },
);

/** Runs a command for a person's own session. @returns its error, and what it says in the end */
async function ownSession(...args: readonly string[]) {
  bench.usesProfiles = true;
  bench.env = process.env;
  const { exitCode, data } = await bench.run(...args, '--json');
  const { code, hints, state } = parseEvents(data).at(-1) ?? {};
  return { exitCode, code, hints, state };
}

describe.each([
  ['session', ['session']],
  ['assume', ['assume', 'arn:aws:iam::123456789012:role/operator']],
  ['exec', ['exec', '--', 'true']],
])('%s', (name, args) => {
  function withOptions(...options: readonly string[]): readonly string[] {
    return name === 'exec' ? ['exec', ...options, '--json', '--', 'true'] : [...args, ...options];
  }

  test.each(SOURCES)('names the cause of a source: %s', async (_what, settings, code) => {
    // A role of a web identity is no key of one's own.
    const isRole = settings.startsWith('role_arn');
    sourceProfiles(settings);
    expect(await ownSession(...withOptions('--profile', 'b'))).toMatchObject({
      exitCode: 1,
      code: isRole ? 'session/source-profile' : code,
      state: expect.stringContaining('no code was sent'),
    });
    expect(bench.questions).toEqual([]);
  });

  test('names the cause of a source of the environment', async () => {
    const AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/x';
    Object.assign(process.env, { AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token', AWS_ROLE_ARN });
    expect(await ownSession(...withOptions())).toMatchObject({ exitCode: 1, code: 'profile/source-failed' });
  });

  test('tells people without a key of `aws login`', async () => {
    const { exitCode, code, hints } = await ownSession(...withOptions());
    expect({ exitCode, code }).toEqual({ exitCode: 1, code: 'aws/no-credentials' });
    expect(String(hints)).toContain('aws login');
    expect(String(hints)).toContain('mfa-runbook assume');
  });
});

test('a container that does not answer has a cause', async () => {
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = 'http://127.0.0.1:1/none';
  expect(await ownSession('session')).toMatchObject({ exitCode: 1, code: 'profile/source-failed' });
});

test('people who set neither AWS_PROFILE nor keys in the environment get no warning of the SDK', async () => {
  operator();
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  process.env.AWS_ACCESS_KEY_ID = 'AKIA';
  process.env.AWS_SECRET_ACCESS_KEY = 's';
  expect((await command().identity()).arn).toMatch(/assumed-role\/operator/);
  expect(warn).not.toHaveBeenCalled();
});

test('neither code nor secret is said', async () => {
  operator();
  const code = bench.primary.code();
  await command().identity();
  const kept = JSON.parse(readFileSync(keptFile(), 'utf8')) as Record<string, string>;
  for (const secret of [code, kept.secretAccessKey, kept.sessionToken, bench.credentials.secretAccessKey]) {
    expect(secret).toMatch(/./);
    expect(said).not.toContain(secret);
  }
});
