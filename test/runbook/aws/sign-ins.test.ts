/** Console sign-ins, as the port finds them in CloudTrail's history of several Regions. */
import { join } from 'node:path';
import { connectAws } from '../../../runbook/aws/connect';
import { consoleSignIns } from '../../../runbook/aws/sign-ins';
import { Sandbox } from '../../sandbox/sandbox';
import { allow, createUser } from '../../sandbox/test-clients';
import { standingClock } from '../../support/clock';

let sandbox: Sandbox;
let since: Date;

beforeEach(async () => {
  sandbox = Sandbox.create({ clock: standingClock(), trailDelayMs: 0 });
  await createUser(sandbox, 'alice');
  since = new Date(sandbox.clock.now() - 1_000);
});
afterEach(() => sandbox.close());

async function connect(credentials = sandbox.administrator) {
  const endpoint = await sandbox.listen();
  return connectAws({ now: Date.now, region: 'eu-central-1', endpoint, credentials });
}

test('are found in every Region where AWS may record them, with the device that was used', async () => {
  const console = sandbox.console();
  const device = console.registerSecurityKey('alice', 'alice.primary');
  for (const region of ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2', 'eu-central-1']) {
    console.signIn('alice', { device, region });
  }
  console.signIn('alice', { succeeded: false });
  console.signIn('platform-admin', { device });
  const { signIns, deniedRegions } = await (await connect()).consoleSignIns('alice', since);
  expect(deniedRegions).toEqual([]);
  expect(
    signIns
      .filter(({ succeeded }) => succeeded)
      .map(({ region }) => region)
      .sort(),
  ).toEqual(['ap-southeast-2', 'eu-central-1', 'eu-north-1', 'us-east-1', 'us-east-2']);
  expect(signIns.find(({ region }) => region === 'eu-north-1')).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    region: 'eu-north-1',
    at: expect.any(Date),
    succeeded: true,
    usedMfa: true,
    device,
  });
  const failed = signIns.filter(({ succeeded }) => !succeeded);
  expect(failed).toMatchObject([{ region: 'us-east-1', usedMfa: false }]);
  expect(failed[0]).not.toHaveProperty('device');
});

test('of the root user are found by its name, and those of an earlier day are not', async () => {
  sandbox.console().signInRoot();
  const aws = await connect();
  expect((await aws.consoleSignIns('root', since)).signIns).toMatchObject([{ region: 'us-east-1' }]);
  const later = new Date(sandbox.clock.now() + 60_000);
  expect((await aws.consoleSignIns('root', later)).signIns).toEqual([]);
});

test('in a Region that a policy closes are not seen, and the Region is named', async () => {
  const key = await createUser(sandbox, 'olga');
  await allow(sandbox, 'olga', {
    Effect: 'Allow',
    Action: 'cloudtrail:LookupEvents',
    Resource: '*',
    Condition: { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-central-1'] } },
  });
  sandbox.console().signIn('alice');
  const { signIns, deniedRegions } = await (await connect(key)).consoleSignIns('alice', since);
  expect([signIns.length, [...deniedRegions].sort()]).toEqual([
    1,
    ['ap-southeast-2', 'eu-north-1', 'us-east-2'],
  ]);
});

test('are found by the client that the build bundles, which ends in the same faults', async () => {
  const sdk = require(join(__dirname, '../../../runbook/build/trail-sdk.js'));
  const endpoint = await sandbox.listen();
  const common = { settings: { now: Date.now }, sdk, ownRegion: 'eu-central-1' };
  const shared = { maxAttempts: 1, requestHandler: {}, endpoint } as never;
  sandbox.console().signIn('alice');
  const mine = { ...common, configuration: Object.assign({ credentials: sandbox.administrator }, shared) };
  expect((await consoleSignIns(mine, 'alice', since)).signIns).toMatchObject([{ region: 'us-east-1' }]);
  const olga = await createUser(sandbox, 'olga');
  const hers = { ...common, configuration: Object.assign({ credentials: olga }, shared) };
  await expect(consoleSignIns(hers, 'alice', since)).rejects.toMatchObject({ code: 'AccessDenied' });
});

test('nobody may look up are an error that names the action', async () => {
  const key = await createUser(sandbox, 'olga');
  await expect((await connect(key)).consoleSignIns('alice', since)).rejects.toMatchObject({
    name: 'AwsFault',
    code: 'AccessDenied',
    action: 'cloudtrail:LookupEvents',
  });
});
