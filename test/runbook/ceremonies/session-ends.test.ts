/**
 * The operator's session ends by the clock in the middle of a ceremony: it is renewed between two tokens or before codes are
 * asked for, never while a prompt is open or after a code was typed. With the SDK, the shared files and a code of their own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAws } from '../../../runbook/aws/connect';
import { connectSessions } from '../../../runbook/aws/connect-sessions';
import { diskFiles } from '../../../runbook/files/disk-files';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import { enrollPhone, type Phone } from '../../support/operator';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ROLE = 'arn:aws:iam::123456789012:role/operator';
const MINUTE_MS = 60_000;
/** The shortest session of a role: it begins with a quarter of an hour. */
const SESSION_SECONDS = 900;

let bench: Bench;
let phone: Phone;
let home: string;
/** Prompts and calls that matter, in order. */
let order: string[];
/** When the session was opened. */
let openedAtMs = 0;
const surroundings = { ...process.env };

function allow(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'session-ends-'));
  bench = await Bench.open({
    wrapHost: (host) => ({
      ...host,
      env: process.env,
      connectAws: (settings) => connectAws({ ...settings, region: 'eu-central-1', endpoint: bench.endpoint }),
      connectSessions: (settings) =>
        connectSessions({ ...settings, region: 'eu-central-1', endpoint: bench.endpoint }),
      files: diskFiles({ stateFolder: join(home, 'state'), cacheFolder: join(home, 'cache') }),
      privateFiles: localPrivateFiles,
    }),
  });
  await bench.admin('iam', 'CreateUser', { UserName: 'olga' });
  await bench.admin('iam', 'CreateRole', {
    RoleName: 'operator',
    AssumeRolePolicyDocument: allow({
      Principal: { AWS: 'arn:aws:iam::123456789012:user/olga' },
      Action: 'sts:AssumeRole',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
  });
  await bench.admin('iam', 'PutRolePolicy', {
    RoleName: 'operator',
    PolicyName: 'all',
    PolicyDocument: allow({ Action: '*', Resource: '*' }),
  });
  phone = await enrollPhone(bench.sandbox, 'olga', { name: 'olga-phone' });
  bench.clock.advance(MINUTE_MS);
  const key = bench.sandbox.createAccessKey('olga');
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) {
    delete process.env[name];
  }
  const config = join(home, 'config');
  writeFileSync(
    config,
    [
      '[profile olga]',
      `aws_access_key_id = ${key.accessKeyId}`,
      `aws_secret_access_key = ${key.secretAccessKey}`,
      '[profile operator]',
      `role_arn = ${ROLE}`,
      'source_profile = olga',
      `mfa_serial = ${phone.deviceArn}`,
      `duration_seconds = ${SESSION_SECONDS}`,
    ].join('\n'),
  );
  Object.assign(process.env, {
    HOME: home,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  jest.spyOn(Date, 'now').mockImplementation(() => bench.clock.now());
  order = [];
  bench.sandbox.onCall = ({ operation }) => {
    openedAtMs = operation === 'AssumeRole' ? bench.clock.now() : openedAtMs;
    if (['AssumeRole', 'EnableMFADevice', 'ResyncMFADevice'].includes(operation)) {
      order.push(operation);
    }
  };
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, surroundings);
  await bench.close();
  rmSync(home, { recursive: true });
});

/** Answers the operator's own prompt, and leaves the others to `answer`. */
function answering(answer: (name: string) => string | undefined): void {
  bench.answer = ({ name }) => {
    order.push(name);
    return name === 'operator-code' ? phone.code() : answer(name);
  };
}

function on(token: VirtualToken2Single): VirtualToken2Single {
  if (!token.isOn) {
    token.press();
  }
  return token;
}

/** The calls of the operator that AWS rejected because the session had ended. */
function rejected(): readonly string[] {
  return bench.sandbox.calls
    .filter(({ errorCode }) => /Expired/.test(errorCode ?? ''))
    .map(({ operation }) => operation);
}

test('enroll --all: asks for a new code between two tokens, and no call meets the end of the session', async () => {
  const tokens = [BOB_PRIMARY, ALICE_BACKUP, ALICE_PRIMARY].map((serial) => bench.token(serial));
  const [first, ...later] = tokens;
  let held = first;
  if (held !== undefined) {
    bench.readers.lay(held);
  }
  const begun = bench.clock.now();
  const enabledWhileAsked: boolean[] = [];
  answering(() => {
    // A token that somebody has to switch on and off again, and to read.
    bench.clock.advance(6 * MINUTE_MS);
    const code = held === undefined ? undefined : on(held).readCode();
    held = later.shift();
    if (held !== undefined) {
      bench.readers.lay(on(held));
    }
    return code;
  });
  const { answer } = bench;
  bench.answer = async (question) => {
    if (question.name !== 'operator-code' || !order.includes('code')) {
      return answer(question);
    }
    // Somebody who looks for their phone until the code that was typed before is with AWS.
    const typed = order.filter((each) => each === 'code').length;
    while (enables() < typed) {
      await pause(5);
    }
    enabledWhileAsked.push(enables() === typed);
    return answer(question);
  };
  const { exitCode, people } = await bench.run('enroll', '--all', '--profile', 'operator');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(bench.clock.now() - begun).toBeGreaterThan(SESSION_SECONDS * 1_000);
  expect(rejected()).toEqual([]);
  expect(order.filter((each) => each === 'operator-code').length).toBeGreaterThan(1);
  // A code that was typed reaches AWS whatever is asked of the operator at the same time.
  expect(enables()).toBe(3);
  expect(enabledWhileAsked).toEqual([true, true]);
  expect((await bench.devices()).filter(({ user }) => user !== 'olga')).toHaveLength(3);
});

function enables(): number {
  return order.filter((each) => each === 'EnableMFADevice').length;
}

async function enrollPrimary(): Promise<VirtualToken2Single> {
  const token = bench.token(ALICE_PRIMARY);
  bench.readers.lay(token);
  answering(() => on(token).readCode());
  const enrolled = await bench.run(
    'enroll',
    'alice.breakglass',
    '--slot',
    'primary',
    '--profile',
    'operator',
  );
  expect(enrolled).toMatchObject({ exitCode: 0 });
  bench.readers.pull();
  order.length = 0;
  return token;
}

test.each([
  ['the serial', 'serial'],
  ['the first code, which is then asked for again', 'code'],
])('resync: it ends while somebody looks for %s', async (_what, prompt) => {
  const token = await enrollPrimary();
  let hasDawdled = false;
  answering((name) => {
    if (name === prompt && !hasDawdled) {
      hasDawdled = true;
      bench.clock.advance(SESSION_SECONDS * 1_000);
    }
    return name === 'serial' ? ALICE_PRIMARY : on(token).readCode();
  });
  const { exitCode, people } = await bench.run(
    ...['resync', 'alice.breakglass', '--slot', 'primary', '--profile', 'operator'],
  );
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(rejected()).toEqual([]);
  const from = order.lastIndexOf('AssumeRole');
  expect(order.slice(from + 1).filter((each) => each !== 'next-code')).toEqual(['code', 'ResyncMFADevice']);
});

test('resync: what is enough when the first code is asked for is not renewed before the second', async () => {
  const token = await enrollPrimary();
  answering((name) => (name === 'serial' ? ALICE_PRIMARY : on(token).readCode()));
  // Ten minutes and a bit are left of the session, which is kept from the enrollment.
  bench.clock.advance(openedAtMs + SESSION_SECONDS * 1_000 - 10 * MINUTE_MS - 15_000 - bench.clock.now());
  const begun = bench.clock.now();
  const resync = ['resync', 'alice.breakglass', '--slot', 'primary', '--profile', 'operator'];
  expect(await bench.run(...resync)).toMatchObject({ exitCode: 0 });
  expect(bench.clock.now() - begun).toBeGreaterThan(15_000);
  expect(order).not.toContain('operator-code');
  expect(rejected()).toEqual([]);
});

test('enroll: it ends while the code is typed; that is an error, and resume finishes after a new code of the operator', async () => {
  const token = bench.token(ALICE_PRIMARY);
  bench.readers.lay(token);
  answering((name) => {
    if (name === 'code') {
      bench.clock.advance(SESSION_SECONDS * 1_000);
    }
    return on(token).readCode();
  });
  const enroll = ['enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1', '--profile', 'operator'];
  const told = await bench.runJson(...enroll);
  expect(told).toMatchObject({ exitCode: 1, code: 'aws/bad-credentials' });
  expect(order).toEqual(['operator-code', 'AssumeRole', 'code', 'EnableMFADevice']);
  expect([...bench.journals.files.keys()]).toHaveLength(1);
  answering(() => on(token).readCode());
  bench.readers.lay(on(token));
  expect(await bench.run('resume', '--profile', 'operator')).toMatchObject({ exitCode: 0 });
  expect(await bench.devices()).toContainEqual({
    arn: bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY),
    user: 'alice.breakglass',
  });
});

test.each([1, 2])('%i wrong codes of the operator cost tries, and the next one is taken', async (wrong) => {
  let left: number = wrong;
  bench.answer = ({ name }) => {
    order.push(name);
    return left-- > 0 ? '000000' : phone.code();
  };
  // Something needs doing.
  expect(await bench.run('plan', '--profile', 'operator')).toMatchObject({ exitCode: 3 });
  expect(order.filter((each) => each === 'operator-code')).toHaveLength(wrong + 1);
});

test('three wrong codes of the operator end it, with nothing changed', async () => {
  answering(() => undefined);
  bench.answer = () => '000000';
  const told = await bench.runJson(
    ...['enroll', 'alice.breakglass', '--slot', 'primary', '--profile', 'operator'],
  );
  expect(told).toMatchObject({ exitCode: 1, code: 'session/wrong-code' });
  expect((await bench.devices()).filter(({ user }) => user !== 'olga')).toEqual([]);
  expect([...bench.journals.files.keys()]).toEqual([]);
});
