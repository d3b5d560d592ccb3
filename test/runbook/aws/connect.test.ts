/** The credentials of a connection, as another process takes them over. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAws, connectSession } from '../../../runbook/aws/connect';
import { connectSessions } from '../../../runbook/aws/connect-sessions';
import { Sandbox } from '../../sandbox/sandbox';
import { standingClock } from '../../support/clock';
import { enrollPhone } from '../../support/operator';

const ROLE = 'arn:aws:iam::123456789012:role/operator';

let sandbox: Sandbox;
let endpoint: string;
let home: string;
const surroundings = { ...process.env };

beforeEach(async () => {
  sandbox = Sandbox.create({ clock: standingClock() });
  endpoint = await sandbox.listen();
  home = await mkdtemp(join(tmpdir(), 'connect-'));
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, {
    HOME: home,
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});
afterEach(async () => {
  for (const name of Object.keys(process.env)) {
    if (!(name in surroundings)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, surroundings);
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

const settings = { now: Date.now };

/** The user olga, with a phone, who may assume a role that asks for MFA. */
async function signUpOperator() {
  function admin(operation: string, input: Record<string, string>) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  function allow(statement: object): string {
    return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  }
  await admin('CreateUser', { UserName: 'olga' });
  await admin('PutUserPolicy', {
    UserName: 'olga',
    PolicyName: 'assume',
    PolicyDocument: allow({ Action: 'sts:AssumeRole', Resource: ROLE }),
  });
  await admin('CreateRole', {
    RoleName: 'operator',
    AssumeRolePolicyDocument: allow({
      Principal: { AWS: 'arn:aws:iam::123456789012:user/olga' },
      Action: 'sts:AssumeRole',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
  });
  const phone = await enrollPhone(sandbox, 'olga', { name: 'olga-phone' });
  sandbox.clock.advance(10_000);
  return { phone, key: sandbox.createAccessKey('olga') };
}

test('credentials, Region and endpoint of the settings are handed on', async () => {
  const { accessKeyId, secretAccessKey } = sandbox.administrator;
  const credentials = { accessKeyId, secretAccessKey };
  const aws = connectAws({ ...settings, region: 'eu-west-1', endpoint, credentials });
  expect(await aws.session()).toEqual({
    accessKeyId,
    secretAccessKey,
    region: 'eu-west-1',
    endpoint: `${endpoint}/`,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
});

test('what the environment says is handed on, and the session works in its place', async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: sandbox.administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.administrator.secretAccessKey,
    AWS_REGION: 'eu-north-1',
    AWS_ENDPOINT_URL: endpoint,
  });
  const session = await connectAws(settings).session();
  expect(session).toMatchObject({ region: 'eu-north-1', endpoint });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_ENDPOINT_URL']) {
    delete process.env[name];
  }
  const { arn } = await connectSession(session, settings).identity();
  expect(arn).toBe('arn:aws:iam::123456789012:user/platform-admin');
});

test('the endpoint of IAM goes before that of all services', async () => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: 'http://all.test',
    AWS_ENDPOINT_URL_IAM: 'http://iam.test',
  });
  const { accessKeyId, secretAccessKey } = sandbox.administrator;
  const credentials = { accessKeyId, secretAccessKey };
  const aws = connectAws({ ...settings, region: 'eu-west-1', credentials });
  expect((await aws.session()).endpoint).toBe('http://iam.test');
  process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = 'true';
  const other = connectAws({ ...settings, region: 'eu-west-1', credentials });
  expect(await other.session()).not.toHaveProperty('endpoint');
});

test('an endpoint for FIPS 140 that a profile asks for is handed on', async () => {
  await writeFile(
    join(home, 'config'),
    '[profile regulated]\nregion = us-east-1\nuse_fips_endpoint = true\n',
  );
  const { accessKeyId, secretAccessKey } = sandbox.administrator;
  const credentials = { accessKeyId, secretAccessKey };
  const session = await connectAws({ ...settings, profile: 'regulated', credentials }).session();
  expect(session).toMatchObject({ region: 'us-east-1', useFipsEndpoint: true, useDualstackEndpoint: false });
  expect(await connectSession(session, settings).session()).toEqual(session);
});

test('a profile that asks for a code is asked once, whoever asks for the session and however often', async () => {
  const { phone, key } = await signUpOperator();
  await writeFile(
    join(home, 'credentials'),
    `[olga]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
  );
  await writeFile(
    join(home, 'config'),
    [
      '[profile operator]',
      'region = eu-central-1',
      `role_arn = ${ROLE}`,
      'source_profile = olga',
      `mfa_serial = ${phone.deviceArn}`,
    ].join('\n'),
  );
  process.env.AWS_ENDPOINT_URL = endpoint;
  const asked: string[] = [];
  const aws = connectAws({
    ...settings,
    profile: 'operator',
    owner: {
      check: async () => undefined,
      explain: async (error) => error,
      assumeRole: async (credentials, { roleArn, durationSeconds, deviceArn = '', sessionName = 'olga' }) => {
        asked.push(deviceArn);
        const mfa = { deviceArn, code: phone.code() };
        return connectSessions({ ...settings, region: 'eu-central-1', credentials }).assumeRole({
          mfa,
          roleArn,
          durationSeconds,
          sessionName,
        });
      },
    },
  });
  const [identity, session] = await Promise.all([aws.identity(), aws.session()]);
  const again = await aws.session();
  expect(asked).toEqual([phone.deviceArn]);
  expect(again).toEqual(session);
  expect(session.sessionToken).toBeDefined();
  expect((await connectSession(session, settings).identity()).arn).toBe(identity.arn);
});

test('without a Region, and without credentials, that is the fault', async () => {
  const { accessKeyId, secretAccessKey } = sandbox.administrator;
  const credentials = { accessKeyId, secretAccessKey };
  const lost = connectAws({ ...settings, credentials }).session();
  await expect(lost).rejects.toMatchObject({ name: 'AwsFault', code: 'no-region' });
  const nobody = connectAws({ ...settings, region: 'eu-west-1' }).session();
  await expect(nobody).rejects.toMatchObject({ name: 'AwsFault', code: 'no-credentials' });
});
