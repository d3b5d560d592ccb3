/**
 * The SDK as the build bundles it, without the classes of AWS's errors: the same calls to the sandbox end in the same
 * faults as with the SDK from its packages.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MfaDevices } from '../../../runbook/aws/iam';
import { observe } from '../../../runbook/aws/observe';
import * as source from '../../../runbook/aws/sdk';
import type { AwsSettings } from '../../../runbook/aws/session';
import { ParameterStore } from '../../../runbook/aws/ssm';
import { Sandbox } from '../../sandbox/sandbox';
import { standingClock } from '../../support/clock';
import { withTemporaryFolder } from '../../support/temporary-folder';

const BUILD = join(__dirname, '../../../runbook/build');
const built: typeof source = require(join(BUILD, 'aws-sdk.js'));

let sandbox: Sandbox;
let endpoint: string;
beforeAll(async () => {
  sandbox = Sandbox.create({ clock: standingClock() });
  endpoint = await sandbox.listen();
});
afterAll(() => sandbox.close());

/** The ways a call fails, through one of the SDKs. */
async function faults({ iam, ssm, sts }: typeof source): Promise<readonly unknown[]> {
  const settings: AwsSettings = { now: Date.now };
  const configuration = { region: 'eu-central-1', endpoint, credentials: sandbox.administrator };
  const devices = new MfaDevices(iam, observe(settings, 'iam', new iam.IAMClient(configuration)));
  const store = new ParameterStore(ssm, observe(settings, 'ssm', new ssm.SSMClient(configuration)));
  const client = observe(settings, 'sts', new sts.STSClient(configuration));
  const device = { path: '/p/', name: 'twice', tags: {} };
  const calls = [
    async () => devices.of('nobody'),
    async () => devices.delete('arn:aws:iam::123456789012:mfa/none'),
    async () => devices.enable('nobody', 'arn:aws:iam::123456789012:mfa/none', ['123456', '654321']),
    async () => [await devices.create(device).catch(() => undefined), await devices.create(device)],
    async () => store.put('not a name', 'value'),
    async () => store.below('not a path'),
    async () =>
      client.send(
        new sts.AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/none', RoleSessionName: 's' }),
      ),
  ];
  const found: unknown[] = [await store.get('/none')];
  for (const call of calls) {
    const fault: unknown = await call().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Error);
    const { action, code, message, wasRefused } = Object(fault);
    found.push({ action, code, message, wasRefused });
  }
  return found;
}

test('errors of AWS are the same faults through the built SDK', async () => {
  const expected = await faults(source);
  expect(expected).toContainEqual(expect.objectContaining({ code: 'NoSuchEntity', wasRefused: true }));
  expect(await faults(built)).toEqual(expected);
});

test('the built SDK finds credentials in a profile, by the providers that it loads on demand', async () => {
  await withTemporaryFolder(async (folder) => {
    const filepath = join(folder, 'credentials');
    await writeFile(filepath, '[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = secret\n');
    const chain = built.defaultProvider({ profile: 'other', filepath, configFilepath: filepath });
    expect(await chain()).toMatchObject({ accessKeyId: 'AKIAOTHER' });
  });
  const providers = require(join(BUILD, 'aws-credentials.js'));
  for (const name of [
    'fromIni',
    'fromSSO',
    'fromProcess',
    'fromTokenFile',
    'fromHttp',
    'fromInstanceMetadata',
  ]) {
    expect(providers[name]).toBeInstanceOf(Function);
  }
});

test('the SDK of the process of a seed has what creating a device needs, and nothing else', () => {
  const seedSdk = require(join(BUILD, 'seed-sdk.js'));
  expect(Object.keys(seedSdk.iam).sort()).toEqual(['CreateVirtualMFADeviceCommand', 'IAMClient']);
  expect(Object.keys(seedSdk).sort()).toEqual(['NodeHttpHandler', 'iam']);
});
