import { AwsFault } from '../../../runbook/aws/aws';
import type { SessionIssuer } from '../../../runbook/aws/session-issuer';
import { parseEvents } from '../../support/json-events';
import { ALICE, ALICE_ARN, SessionBench, type SessionBenchOptions } from '../../support/session-bench';

let bench: SessionBench;

async function open(options: SessionBenchOptions = {}): Promise<SessionBench> {
  bench = await SessionBench.open(options);
  return bench;
}

afterEach(() => bench.close());

const withMfa = {
  Principal: { AWS: ALICE_ARN },
  Condition: {
    Bool: { 'aws:MultiFactorAuthPresent': 'true' },
    NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
  },
};

function assume(roleArn: string, ...more: readonly string[]) {
  return bench.run('assume', roleArn, '--output', 'credential-process', ...more);
}

/** Runs `assume` to its failure; returns its exit code and its error. */
async function failure(...args: readonly string[]) {
  const { exitCode, data } = await bench.run('assume', ...args, '--json');
  const { code, message, hints, state } = parseEvents(data).at(-1) ?? {};
  return { exitCode, code, message, hints, state };
}

function keyOf(data: string) {
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(data) as Record<string, string>;
  return {
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    sessionToken: String(SessionToken),
  };
}

/** AWS, with other texts than those that are known. */
function withoutReasons(issuer: SessionIssuer): SessionIssuer {
  return {
    ...issuer,
    assumeRole: (request) =>
      issuer.assumeRole(request).catch((error: unknown) => {
        throw error instanceof AwsFault
          ? new AwsFault(error.action, error.code, 'no', { wasRefused: error.wasRefused })
          : error;
      }),
  };
}

function stsCalls(): readonly string[] {
  return bench.calls.filter((call) => /GetSessionToken|AssumeRole/.test(call)).map((call) => call.slice(4));
}

describe('a role', () => {
  test('that asks for MFA of the last five minutes is assumed with a code in the very call, as the user', async () => {
    await open();
    const role = await bench.createRole('emergency', withMfa);
    const { exitCode, data } = await assume(role);
    expect({ exitCode, calls: stsCalls() }).toEqual({ exitCode: 0, calls: ['AssumeRole ok'] });
    expect(await bench.whoIs(keyOf(data))).toBe(`arn:aws:sts::123456789012:assumed-role/emergency/${ALICE}`);
    const lasts = Date.parse(String(JSON.parse(data).Expiration)) - bench.clock.now();
    expect(Math.abs(lasts - 3_600_000)).toBeLessThan(5_000);
  });

  test('that asks for an external ID and a session name gets them, and each is a session of its own', async () => {
    await open();
    const role = await bench.createRole('partner', {
      ...withMfa,
      Condition: {
        ...withMfa.Condition,
        StringEquals: { 'sts:ExternalId': 'agreed', 'sts:RoleSessionName': 'incident-7' },
      },
    });
    const options = ['--external-id', 'agreed', '--session-name', 'incident-7'];
    const { data } = await assume(role, ...options);
    expect(await bench.whoIs(keyOf(data))).toMatch(/incident-7$/);
    expect((await assume(role, ...options)).data).toBe(data);
    bench.clock.advance(60_000);
    const refused = await assume(role, '--session-name', 'incident-7');
    expect(refused).toMatchObject({ exitCode: 1, data: '' });
    expect(refused.people).toContain('--external-id');
  });

  test('that does not trust the caller is told from a wrong code by what AWS says, with the first code', async () => {
    await open();
    const role = await bench.createRole('others', { Principal: { AWS: 'arn:aws:iam::123456789012:root' } });
    expect(await failure(role)).toMatchObject({
      exitCode: 1,
      code: 'session/role-refused',
      message: expect.stringContaining(role),
      state: expect.stringContaining('1 code'),
    });
    expect(stsCalls()).toEqual(['AssumeRole AccessDenied']);
    expect(bench.files().filter((file) => file.startsWith('cache/'))).toEqual([]);
  });

  test('that does not trust the caller is told from a wrong code by the next code where AWS says neither', async () => {
    await open({ wrap: withoutReasons });
    const role = await bench.createRole('others', { Principal: { AWS: 'arn:aws:iam::123456789012:root' } });
    expect(await failure(role)).toMatchObject({
      exitCode: 1,
      code: 'session/role-refused',
      message: expect.stringContaining(role),
      state: expect.stringContaining('2 codes'),
    });
    expect(stsCalls()).toEqual(['AssumeRole AccessDenied', 'GetSessionToken ok', 'AssumeRole AccessDenied']);
    expect(bench.files().filter((file) => file.startsWith('cache/'))).toEqual([]);
  });

  test('of another account is asked of AWS as it is named, and refused there like any that does not trust', async () => {
    // The sandbox has one account, so what it shows of others is that nothing here stands in the way.
    await open();
    const role = 'arn:aws:iam::210987654321:role/partner/emergency';
    expect(await failure(role)).toMatchObject({ exitCode: 1, code: 'session/role-refused' });
    expect(stsCalls()).toEqual(['AssumeRole AccessDenied']);
  });

  test('is assumed with the second code when the first was wrong', async () => {
    await open();
    const role = await bench.createRole('emergency', withMfa);
    const codes = ['000000', undefined];
    bench.answer = () => codes.shift() ?? bench.primary.code();
    const { exitCode, data } = await assume(role);
    expect({ exitCode, calls: stsCalls() }).toEqual({
      exitCode: 0,
      calls: ['AssumeRole AccessDenied', 'AssumeRole ok'],
    });
    expect(await bench.whoIs(keyOf(data))).toMatch(/emergency/);
  });

  test('of a lower maximum is explained with the way to find it', async () => {
    await open();
    const role = await bench.createRole('emergency', withMfa, 7_200);
    const { hints, ...failed } = await failure(role, '--duration', '3h');
    expect(failed).toMatchObject({ exitCode: 1, code: 'session/duration' });
    expect(String(hints)).toContain('aws iam get-role --role-name emergency --query Role.MaxSessionDuration');
    bench.clock.advance(60_000);
    expect((await assume(role, '--duration', '2h')).exitCode).toBe(0);
  });

  test.each([
    ['emergency', []],
    ['arn:aws:iam::123456789012:user/alice', []],
    ['arn:aws:iam::123456789012:role/emergency', ['--duration', '12h1s']],
    ['arn:aws:iam::123456789012:role/emergency', ['--external-id', 'x y']],
    ['arn:aws:iam::123456789012:role/emergency', ['--session-name', 'x']],
    ['arn:aws-cn:iam::123456789012:role/emergency', []],
  ])('%s with %j is refused as usage, before a code is asked for', async (roleArn, options) => {
    await open();
    const { exitCode } = await assume(roleArn, ...options);
    expect({ exitCode, questions: bench.questions, sts: stsCalls() }).toEqual({
      exitCode: 2,
      questions: [],
      sts: [],
    });
  });

  test('in China is assumed by a caller in China', async () => {
    await open({ sandbox: { partition: 'aws-cn' } });
    const role = await bench.createRole('emergency', {
      Principal: { AWS: `arn:aws-cn:iam::123456789012:user/${ALICE}` },
    });
    await bench.allow({ Effect: 'Allow', Action: 'iam:ListMFADevices', Resource: '*' });
    expect(role).toMatch(/^arn:aws-cn:/);
    const { data } = await assume(role);
    expect(await bench.whoIs(keyOf(data))).toMatch(/^arn:aws-cn:sts:/);
  });
});

describe('from a session', () => {
  test('with MFA a role is assumed without another code', async () => {
    await open();
    const role = await bench.createRole('emergency', withMfa);
    const session = await bench.run('session', '--output', 'credential-process');
    bench.credentials = keyOf(session.data);
    const { data } = await assume(role);
    expect(await bench.whoIs(keyOf(data))).toMatch(/emergency/);
    expect(bench.questions).toHaveLength(1);
    expect((await assume(role)).data).toBe(data);
  });

  test('whose MFA is too old the role is refused, with the reason to look for', async () => {
    await open();
    const role = await bench.createRole('emergency', withMfa);
    bench.credentials = keyOf((await bench.run('session', '--output', 'credential-process')).data);
    bench.clock.advance(301_000);
    expect(await failure(role)).toMatchObject({ exitCode: 1, code: 'session/role-refused' });
    expect(bench.questions).toHaveLength(1);
  });

  test('of a role another is assumed for an hour at most', async () => {
    await open();
    const first = await bench.createRole('first', withMfa);
    bench.credentials = keyOf((await assume(first)).data);
    const second = await bench.createRole('second', {
      Principal: { AWS: 'arn:aws:iam::123456789012:role/first' },
    });
    expect(await failure(second, '--duration', '2h')).toMatchObject({ exitCode: 2, code: 'usage' });
    const { data } = await assume(second);
    expect(await bench.whoIs(keyOf(data))).toMatch(/assumed-role\/second\/alice\.breakglass$/);
  });
});
