import { gzipSync } from 'node:zlib';
import {
  CreateUserCommand,
  GetPolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { standingClock } from '../support/clock';
import type { JsonObject } from './operation';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { clientsFor } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const url = await sandbox.listen();
  return { sandbox, url, ...clientsFor(url, sandbox.administrator) };
}

test("the answer's Date is the sandbox's clock", async () => {
  const { sandbox, url } = await worldOf();
  sandbox.clock.advance(-3_600_000);
  const response = await fetch(url, {
    method: 'POST',
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  expect(Math.abs(Date.parse(String(response.headers.get('date'))) - sandbox.clock.now())).toBeLessThan(
    2_000,
  );
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a compressed and chunked body is read, and its signature judged over what was sent', async () => {
  const { sandbox, iam } = await worldOf();
  const encodings: unknown[] = [];
  iam.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string | Uint8Array; headers: Record<string, string> };
      request.body = gzipSync(request.body);
      delete request.headers['content-length'];
      Object.assign(request.headers, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
      encodings.push(request.headers);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'compress' },
  );
  expect((await iam.send(new CreateUserCommand({ UserName: 'zipped' }))).User?.UserName).toBe('zipped');
  expect(encodings).toHaveLength(1);
  expect(sandbox.calls.at(-1)).toMatchObject({ operation: 'CreateUser', errorCode: undefined });
});

test('names that need escaping come back as they were', async () => {
  const { ssm, sandbox } = await worldOf();
  const value = '<a>&"\'\u00fc\u{1f511}\r\n</a>';
  const { Policy } = await sandbox.call(sandbox.administrator, 'iam', 'CreatePolicy', {
    PolicyName: 'named',
    PolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    Description: value,
  });
  const PolicyArn = String((Policy as JsonObject).Arn);
  const { iam, sts } = clientsFor(await sandbox.listen(), sandbox.administrator);
  expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.Description).toBe(value);
  expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('123456789012');
  expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toEqual([]);
});

test('what is signed for another Region is refused by what lives in one, and served by IAM and STS', async () => {
  const { sandbox, url } = await worldOf();
  const settings = {
    endpoint: url,
    region: 'us-east-1',
    credentials: sandbox.administrator,
    maxAttempts: 1,
  };
  await expect(new SSMClient(settings).send(new DescribeParametersCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    message: 'Credential should be scoped to a valid region.',
  });
  expect((await new IAMClient(settings).send(new GetUserCommand({}))).User?.UserName).toBe('platform-admin');
  expect((await new STSClient(settings).send(new GetCallerIdentityCommand({}))).Account).toBe('123456789012');
});

test("another service's target is an operation nobody has", async () => {
  const { sandbox, ssm } = await worldOf();
  ssm.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-target'] =
        'Other.DescribeParameters';
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'retarget' },
  );
  await expect(ssm.send(new DescribeParametersCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
  expect(sandbox.calls.at(-1)).toMatchObject({ operation: 'Other.DescribeParameters' });
});

test('it listens on loopback only and closes with open connections', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const url = await sandbox.listen();
  expect(new URL(url).hostname).toBe('127.0.0.1');
  const { iam } = clientsFor(url, sandbox.administrator);
  await iam.send(new ListUsersCommand({}));
  await sandbox.close();
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});
