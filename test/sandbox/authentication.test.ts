import {
  CreateUserCommand,
  DeleteAccessKeyCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { MovableClock, standingClock } from '../support/clock';
import type { Credentials } from './caller';
import { Sandbox } from './sandbox';
import { clientsFor, createUser, credentialsOf } from './test-clients';

const sandbox = Sandbox.create({ clock: standingClock() });
let url: string;

beforeAll(async () => {
  url = await sandbox.listen();
});
afterAll(() => sandbox.close());

function identity(credentials: Credentials) {
  return clientsFor(url, credentials).sts.send(new GetCallerIdentityCommand({}));
}
function parameter(credentials: Credentials) {
  return clientsFor(url, credentials).ssm.send(new GetParameterCommand({ Name: '/x' }));
}

test('a key is who it belongs to, over HTTP and in-process', async () => {
  const alice = await createUser(sandbox, 'alice');
  expect(await identity(alice)).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/alice',
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
  });
  expect(await sandbox.call(alice, 'sts', 'GetCallerIdentity')).toMatchObject({
    Arn: 'arn:aws:iam::123456789012:user/alice',
  });
});

describe('credentials that prove nothing are refused, in the words of each protocol', () => {
  const wrong: readonly [string, (admin: Credentials) => Credentials, string, string][] = [
    [
      'an unknown key',
      (admin) => ({ ...admin, accessKeyId: 'AKIAUNKNOWN000000000' }),
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
    [
      'a wrong secret',
      (admin) => ({ ...admin, secretAccessKey: 'wrong' }),
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
    ],
    [
      'a session token that is not of this key',
      (admin) => ({ ...admin, sessionToken: 'token' }),
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
  ];

  test.each(wrong)('%s', async (_, spoil, queryName, jsonName) => {
    const spoilt = spoil(sandbox.administrator);
    await expect(identity(spoilt)).rejects.toMatchObject({
      name: queryName,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(parameter(spoilt)).rejects.toMatchObject({
      name: jsonName,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(sandbox.call(spoilt, 'sts', 'GetCallerIdentity')).rejects.toMatchObject({ code: queryName });
    expect(await identity(sandbox.administrator)).toMatchObject({ Account: '123456789012' });
  });
});

test("a session's key works with its own token only", async () => {
  const alice = await createUser(sandbox, 'bearer');
  function open() {
    return sandbox.call(alice, 'sts', 'GetSessionToken').then(credentialsOf);
  }
  const [one, other] = [await open(), await open()];
  expect(await identity(one)).toMatchObject({ Account: '123456789012' });
  const { sessionToken: _none, ...without } = one;
  for (const wrong of [{ ...one, sessionToken: String(other.sessionToken) }, without]) {
    await expect(identity(wrong)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  }
});

test('no credentials at all is MissingAuthenticationToken', async () => {
  const response = await fetch(url, { method: 'POST', body: 'Action=ListUsers&Version=2010-05-08' });
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
    body: '{}',
  });
  expect(await json.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
});

test('a session works until its last second, then it is expired', async () => {
  const { sts } = clientsFor(url, sandbox.administrator);
  const { Credentials: issued } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const session = credentialsOf({ Credentials: { ...issued, Expiration: undefined } });
  expect(issued?.Expiration?.getTime()).toBe(Math.floor(sandbox.clock.now() / 1000) * 1000 + 900_000);
  sandbox.clock.advance(895_000);
  expect(await identity(session)).toMatchObject({ Arn: 'arn:aws:iam::123456789012:user/platform-admin' });
  sandbox.clock.advance(6_000);
  await expect(identity(session)).rejects.toMatchObject({ name: 'ExpiredToken' });
  await expect(parameter(session)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

test('a session ends at the very instant it was given', async () => {
  const clock = new MovableClock(() => Date.UTC(2026, 0, 1));
  const still = Sandbox.create({ clock });
  const session = credentialsOf(
    await still.call(still.administrator, 'sts', 'GetSessionToken', { DurationSeconds: 900 }),
  );
  clock.advance(899_999);
  expect(await still.call(session, 'sts', 'GetCallerIdentity')).toHaveProperty('Account');
  clock.advance(1);
  await expect(still.call(session, 'sts', 'GetCallerIdentity')).rejects.toMatchObject({
    code: 'ExpiredToken',
  });
});

test('a key stops working when it is made inactive or deleted, and with its user', async () => {
  const { iam } = clientsFor(url, sandbox.administrator);
  await iam.send(new CreateUserCommand({ UserName: 'carol' }));
  const key = sandbox.createAccessKey('carol');
  function status(Status: 'Active' | 'Inactive') {
    return iam.send(new UpdateAccessKeyCommand({ UserName: 'carol', AccessKeyId: key.accessKeyId, Status }));
  }
  await status('Inactive');
  await expect(identity(key)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  await status('Active');
  expect(await identity(key)).toMatchObject({ Arn: expect.stringContaining('user/carol') });
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'carol', AccessKeyId: key.accessKeyId }));
  await expect(identity(key)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test("the client's clock does not matter: a signature is judged by its secret, not by its age", async () => {
  sandbox.clock.advance(90 * 24 * 3_600_000);
  const { iam } = clientsFor(url, sandbox.administrator);
  expect((await iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(0);
  const { headers } = await fetch(url, { method: 'POST' });
  expect(Math.abs(Date.parse(String(headers.get('date'))) - sandbox.clock.now())).toBeLessThan(2_000);
});
