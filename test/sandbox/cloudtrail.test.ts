import { MovableClock } from '../support/clock';
import type { JsonObject } from './operation';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { allow, createUser } from './test-clients';

const usEast = 'us-east-1';

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: new MovableClock(() => Date.UTC(2026, 0, 1)), ...settings });
  const alice = await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  async function lookUp(input: JsonObject = {}, region = usEast) {
    const answer = await sandbox.call(sandbox.administrator, 'cloudtrail', 'LookupEvents', input, region);
    return answer.Events as readonly JsonObject[];
  }
  return { sandbox, alice, console: sandbox.console(), lookUp };
}

function of(AttributeValue: string) {
  return { LookupAttributes: [{ AttributeKey: 'Username', AttributeValue }] };
}

function detailOf(event: JsonObject | undefined) {
  return JSON.parse(String(event?.CloudTrailEvent)) as JsonObject;
}

test('a sign-in is shown some minutes later, in its Region only, with the device that was used', async () => {
  const { sandbox, console, lookUp } = await worldOf();
  const device = console.registerSecurityKey('alice', 'key');
  console.signIn('alice', { device, region: 'eu-north-1' });
  expect(await lookUp(of('alice'), 'eu-north-1')).toEqual([]);
  sandbox.clock.advance(120_000);
  expect(await lookUp(of('alice'))).toEqual([]);
  const [event, ...others] = await lookUp(of('alice'), 'eu-north-1');
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    EventName: 'ConsoleLogin',
    EventSource: 'signin.amazonaws.com',
    Username: 'alice',
    EventTime: Date.UTC(2026, 0, 1) / 1000,
  });
  expect(detailOf(event)).toMatchObject({
    eventID: event?.EventId,
    awsRegion: 'eu-north-1',
    userIdentity: { type: 'IAMUser', userName: 'alice', arn: 'arn:aws:iam::123456789012:user/alice' },
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: { MFAUsed: 'Yes', MFAIdentifier: device },
  });
  expect(await lookUp(of('alice'), 'eu-north-1')).toEqual([event]);
});

test('the root user is `root`, in us-east-1; a sign-in without MFA names no device', async () => {
  const { sandbox, console, lookUp } = await worldOf();
  console.signInRoot();
  console.signIn('bob', { succeeded: false });
  sandbox.clock.advance(120_000);
  const [root] = await lookUp(of('root'));
  expect(detailOf(root)).toMatchObject({
    userIdentity: { type: 'Root', arn: 'arn:aws:iam::123456789012:root' },
    additionalEventData: { MFAUsed: 'No' },
  });
  expect(detailOf(root).additionalEventData).not.toHaveProperty('MFAIdentifier');
  const [failed] = await lookUp(of('bob'));
  expect(detailOf(failed).responseElements).toEqual({ ConsoleLogin: 'Failure' });
});

test('calls of the same person stand between the sign-ins, without their codes and seeds', async () => {
  const { sandbox, alice, console, lookUp } = await worldOf();
  console.signIn('alice');
  await expect(
    sandbox.call(alice, 'sts', 'GetSessionToken', { SerialNumber: 'GAHT12345678', TokenCode: '424242' }),
  ).rejects.toThrow('MultiFactorAuthentication');
  await sandbox.call(alice, 'iam', 'ListMFADevices').catch(() => undefined);
  sandbox.clock.advance(120_000);
  const events = await lookUp(of('alice'));
  expect(events.map(({ EventName }) => EventName)).toEqual(['ListMFADevices', 'ConsoleLogin']);
  expect(JSON.stringify(events)).not.toContain('424242');
});

test('pages hold up to fifty events, newest first', async () => {
  const { sandbox, console, lookUp } = await worldOf();
  for (let n = 0; n < 60; n += 1) {
    console.signIn('alice');
    sandbox.clock.advance(1_000);
  }
  sandbox.clock.advance(120_000);
  const first = await sandbox.call(sandbox.administrator, 'cloudtrail', 'LookupEvents', of('alice'), usEast);
  const events = first.Events as readonly JsonObject[];
  expect([events.length, events[0]?.EventTime]).toEqual([50, Date.UTC(2026, 0, 1) / 1000 + 59]);
  expect(await lookUp({ ...of('alice'), NextToken: String(first.NextToken) })).toHaveLength(10);
  sandbox.clock.advance(1_000);
  const since = Date.UTC(2026, 0, 1) / 1000 + 58;
  expect(await lookUp({ ...of('alice'), StartTime: since })).toHaveLength(2);
});

test('a third call within a second is throttled, in each Region for itself', async () => {
  const { sandbox, lookUp } = await worldOf();
  await lookUp();
  await lookUp();
  await expect(lookUp()).rejects.toMatchObject({ code: 'ThrottlingException' });
  expect(await lookUp({}, 'us-east-2')).toEqual([]);
  sandbox.clock.advance(1_000);
  expect(await lookUp(of('nobody'))).toEqual([]);
});

test.each<[string, JsonObject, string]>([
  [
    'two attributes',
    { LookupAttributes: [...of('a').LookupAttributes, ...of('b').LookupAttributes] },
    'ValidationException',
  ],
  ['pages of more than fifty', { MaxResults: 51 }, 'ValidationException'],
  ['an end before the start', { StartTime: 2, EndTime: 1 }, 'InvalidTimeRangeException'],
  ['a token of nobody', { NextToken: 'x' }, 'InvalidNextTokenException'],
])('refuses %s', async (_, input, code) => {
  const { lookUp } = await worldOf();
  await expect(lookUp(input)).rejects.toMatchObject({ code });
});

test('needs permission, and a Region that the account has', async () => {
  const { sandbox, alice, lookUp } = await worldOf();
  await expect(sandbox.call(alice, 'cloudtrail', 'LookupEvents', {}, usEast)).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
  await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' });
  expect(await sandbox.call(alice, 'cloudtrail', 'LookupEvents', {}, usEast)).toHaveProperty('Events');
  await expect(lookUp({}, 'me-south-1')).rejects.toMatchObject({
    message: expect.stringContaining('region'),
  });
});
