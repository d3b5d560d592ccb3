import timers from 'node:timers/promises';
import {
  CreateUserCommand,
  GetUserCommand,
  ListAccountAliasesCommand,
  ListUsersCommand,
  SimulateCustomPolicyCommand,
} from '@aws-sdk/client-iam';
import { DescribeParametersCommand, ListDocumentsCommand } from '@aws-sdk/client-ssm';
import { GetFederationTokenCommand } from '@aws-sdk/client-sts';
import { MovableClock, standingClock } from '../support/clock';
import type { Fault } from './faults';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { clientsFor, createUser, openSandbox } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const url = await sandbox.listen();
  return { sandbox, url, ...clientsFor(url, sandbox.administrator) };
}

describe('what the sandbox does not have is an error and is recorded', () => {
  test('an operation', async () => {
    const { sandbox, iam, sts, ssm } = await worldOf();
    const simulate = new SimulateCustomPolicyCommand({ PolicyInputList: ['{}'], ActionNames: ['a:b'] });
    await expect(iam.send(simulate)).rejects.toMatchObject({
      name: 'InvalidAction',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(sts.send(new GetFederationTokenCommand({ Name: 'n1' }))).rejects.toMatchObject({
      name: 'InvalidAction',
    });
    await expect(ssm.send(new ListDocumentsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    expect(sandbox.calls.map(({ service, operation, errorCode }) => [service, operation, errorCode])).toEqual(
      [
        ['iam', 'SimulateCustomPolicy', 'InvalidAction'],
        ['sts', 'GetFederationToken', 'InvalidAction'],
        ['ssm', 'ListDocuments', 'UnknownOperationException'],
      ],
    );
  });

  test.each(['constructor', '__proto__', 'toString', ''])('an operation called %j', async (operation) => {
    const { sandbox } = await worldOf();
    await expect(sandbox.call(sandbox.administrator, 'iam', operation)).rejects.toMatchObject({
      code: 'InvalidAction',
    });
    await expect(sandbox.call(sandbox.administrator, 'cloudformation', operation)).rejects.toMatchObject({
      code: 'InvalidAction',
    });
  });

  test('a parameter of an operation', async () => {
    const { sandbox } = await worldOf();
    function create(input: Record<string, string>) {
      return sandbox.call(sandbox.administrator, 'iam', 'CreateUser', input);
    }
    await expect(create({ UserName: 'alice', Pathh: '/x/' })).rejects.toMatchObject({
      code: 'ValidationError',
      message: 'unknown parameter Pathh: the sandbox knows UserName, Path, PermissionsBoundary, Tags',
    });
    await expect(
      sandbox.call(sandbox.administrator, 'iam', 'GetUser', { UserName: 'alice' }),
    ).rejects.toMatchObject({
      code: 'NoSuchEntity',
    });
  });

  test('a service', async () => {
    const { sandbox, url } = await worldOf();
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/glacier/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const response = await fetch(`${url}/bucket`, { headers: { authorization } });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('no service glacier'),
    ]);
    expect(sandbox.calls.at(-1)).toMatchObject({
      service: 'glacier',
      operation: 'GET /bucket',
      errorCode: 'InvalidAction',
    });
  });
});

test('a call is recorded with its caller and its outcome, never with what it carried', async () => {
  const { sandbox, iam } = await worldOf();
  const alice = await createUser(sandbox, 'alice');
  await sandbox.call(alice, 'iam', 'ListUsers').catch(() => undefined);
  await iam.send(new ListAccountAliasesCommand({}));
  const at = expect.any(Number);
  expect(sandbox.calls.slice(1)).toEqual([
    {
      at,
      service: 'iam',
      operation: 'ListUsers',
      caller: 'arn:aws:iam::123456789012:user/alice',
      errorCode: 'AccessDenied',
      via: undefined,
    },
    {
      at,
      service: 'iam',
      operation: 'ListAccountAliases',
      caller: 'arn:aws:iam::123456789012:user/platform-admin',
      errorCode: undefined,
      via: undefined,
    },
  ]);
});

describe('faults on purpose', () => {
  const createAlice = new CreateUserCommand({ UserName: 'alice' });
  function isThere(sandbox: Sandbox) {
    sandbox.faults = undefined;
    return sandbox.call(sandbox.administrator, 'iam', 'GetUser', { UserName: 'alice' }).then(
      () => true,
      () => false,
    );
  }

  test.each<[string, Fault, object, boolean]>([
    ['throttled', 'throttled', { name: 'Throttling', $metadata: { httpStatusCode: 400 } }, false],
    ['a server error', 'server-error', { $metadata: { httpStatusCode: 500 } }, false],
    ['access denied', 'access-denied', { name: 'AccessDenied' }, false],
    [
      'an error of choice',
      { refuse: { code: 'ConcurrentModification', status: 409 } },
      { name: 'ConcurrentModificationException' },
      false,
    ],
    [
      'dropped before the effect',
      'dropped-before',
      { message: expect.stringMatching(/socket hang up|ECONNRESET/) },
      false,
    ],
    [
      'dropped after the effect',
      'dropped-after',
      { message: expect.stringMatching(/socket hang up|ECONNRESET/) },
      true,
    ],
  ])('%s', async (_, fault, error, happened) => {
    const { sandbox, iam } = await worldOf();
    sandbox.faults = () => fault;
    await expect(iam.send(createAlice)).rejects.toMatchObject(error);
    expect(await isThere(sandbox)).toBe(happened);
  });

  test('in-process a dropped connection is an exception that says whether the effect was done', async () => {
    const { sandbox } = await worldOf();
    function create() {
      return sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: 'alice' });
    }
    sandbox.faults = () => 'dropped-before';
    await expect(create()).rejects.toMatchObject({ name: 'ConnectionDropped', effect: 'none' });
    sandbox.faults = () => 'dropped-after';
    await expect(create()).rejects.toMatchObject({ name: 'ConnectionDropped', effect: 'done' });
    expect(await isThere(sandbox)).toBe(true);
  });

  test('a refusal is lost with its answer too, and in-process it is told that nothing was done', async () => {
    const { sandbox, iam } = await worldOf();
    sandbox.faults = () => 'dropped-after';
    const nobody = { UserName: 'nobody' };
    await expect(iam.send(new GetUserCommand(nobody))).rejects.toMatchObject({
      message: expect.stringMatching(/socket hang up|ECONNRESET/),
    });
    await expect(sandbox.call(sandbox.administrator, 'iam', 'GetUser', nobody)).rejects.toMatchObject({
      name: 'ConnectionDropped',
      effect: 'none',
    });
    expect(sandbox.calls.map(({ errorCode }) => errorCode)).toEqual(['NoSuchEntity', 'NoSuchEntity']);
  });

  test('the plan knows service, operation and how many calls there were', async () => {
    const { sandbox, iam } = await worldOf();
    const asked: string[] = [];
    sandbox.faults = ({ service, operation, index }) => {
      asked.push(`${index} ${service}:${operation}`);
      return index === 1 ? 'throttled' : undefined;
    };
    await iam.send(new ListUsersCommand({}));
    await expect(iam.send(createAlice)).rejects.toMatchObject({ name: 'Throttling' });
    await iam.send(createAlice);
    expect(asked).toEqual(['0 iam:ListUsers', '1 iam:CreateUser', '2 iam:CreateUser']);
  });

  test("the SDK's own retries get through throttling and lost connections", async () => {
    const { sandbox, url } = await worldOf();
    const { iam } = clientsFor(url, sandbox.administrator, 4);
    const faults: (Fault | undefined)[] = ['throttled', 'server-error', 'dropped-before', undefined];
    sandbox.faults = ({ index }) => faults[index];
    await iam.send(createAlice);
    expect(sandbox.calls.map(({ errorCode }) => errorCode)).toEqual([
      'Throttling',
      'InternalFailure',
      undefined,
    ]);
  });

  test('latency and slow answers delay a call', async () => {
    const { sandbox } = await worldOf({ latencyMs: 20 });
    const delays = jest.spyOn(timers, 'setTimeout');
    function call() {
      return sandbox.call(sandbox.administrator, 'iam', 'GetUser');
    }
    await call();
    sandbox.faults = () => ({ slowMs: 60 });
    await call();
    expect(delays.mock.calls.map(([ms]) => ms)).toEqual([20, 80]);
    delays.mockRestore();
  });

  test('beyond the rate calls are throttled until the clock moves on', async () => {
    const { sandbox, ssm } = await worldOf({
      clock: new MovableClock(() => Date.UTC(2026, 0, 1)),
      throttling: { callsPerSecond: 2, burst: 3 },
    });
    const outcomes: string[] = [];
    function call() {
      return ssm.send(new DescribeParametersCommand({})).then(
        () => 'ok',
        (error: Error) => error.name,
      );
    }
    for (let n = 0; n < 4; n += 1) {
      outcomes.push(await call());
    }
    sandbox.clock.advance(1_000);
    for (let n = 0; n < 3; n += 1) {
      outcomes.push(await call());
    }
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ThrottlingException', 'ok', 'ok', 'ThrottlingException']);
  });
});

test('the log of very many calls keeps the latest', () => {
  const { dispatcher } = openSandbox();
  for (let n = 0; n <= 200_000; n += 1) {
    dispatcher.recordUnknownService('s3', String(n));
  }
  expect(dispatcher.calls).toHaveLength(100_001);
  expect(dispatcher.calls.at(-1)?.operation).toBe('200000');
  expect(dispatcher.calls[0]?.operation).toBe('100000');
});

test('account, region and partition are settings', async () => {
  const sandbox = Sandbox.create({
    clock: standingClock(),
    account: '210987654321',
    partition: 'aws-cn',
    region: 'cn-north-1',
  });
  expect(await sandbox.call(sandbox.administrator, 'sts', 'GetCallerIdentity')).toMatchObject({
    Arn: 'arn:aws-cn:iam::210987654321:user/platform-admin',
  });
  await sandbox.call(sandbox.administrator, 'ssm', 'PutParameter', {
    Name: '/a',
    Value: 'v',
    Type: 'String',
  });
  expect(await sandbox.call(sandbox.administrator, 'ssm', 'GetParameter', { Name: '/a' })).toMatchObject({
    Parameter: { ARN: 'arn:aws-cn:ssm:cn-north-1:210987654321:parameter/a' },
  });
});
