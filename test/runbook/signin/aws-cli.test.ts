/** The credentials that are handed out, read by the real programs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { findAwsCli } from '../../sandbox/aws-cli';
import { ALICE_ARN, SessionBench } from '../../support/session-bench';

const program = findAwsCli();
if (program === undefined) {
  process.stdout.write('skipped: no aws-cli 2 at /usr/bin/aws or on PATH (Debian: apt-get install awscli)\n');
}
const withCli = program === undefined ? test.skip : test;

let bench: SessionBench;
beforeEach(async () => {
  bench = await SessionBench.open();
});
afterEach(() => bench.close());

function run(command: string, args: readonly string[], env = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const environment = {
      PATH: process.env.PATH,
      HOME: bench.home,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_PAGER: '',
      ...env,
    };
    execFile(command, args, { env: environment }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout),
    );
  });
}

const whoAmI = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'];

withCli('aws reads the written profile, and takes the output as that of a credential_process', async () => {
  bench.write('.aws/credentials', '[alice]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n');
  const { data } = await bench.run('session', '--output', 'credential-process');
  await bench.run('session', '--write-profile', 'alice-written');
  const file = bench.write('answer.json', data);
  bench.write('.aws/config', `[profile alice-process]\ncredential_process = cat ${file}\n`);
  function as(profile: string) {
    return run(String(program), ['--endpoint-url', bench.endpoint, '--profile', profile, ...whoAmI]);
  }
  // A run costs most of a second and these do not need each other.
  await Promise.all([
    expect(as('alice-written')).resolves.toBe(`${ALICE_ARN}\n`),
    expect(as('alice-process')).resolves.toBe(`${ALICE_ARN}\n`),
    expect(as('alice')).rejects.toThrow('InvalidClientTokenId'),
  ]);
});

test('the SDK takes the output as that of a credential_process', async () => {
  const { data } = await bench.run('session', '--output', 'credential-process');
  const file = bench.write('answer.json', data);
  bench.write('.aws/config', `[profile alice-mfa]\ncredential_process = cat ${file}\n`);
  const script = `
    const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
    new STSClient({ endpoint: ${JSON.stringify(bench.endpoint)} })
      .send(new GetCallerIdentityCommand({}))
      .then(({ Arn }) => process.stdout.write(Arn));`;
  const env = {
    AWS_PROFILE: 'alice-mfa',
    AWS_REGION: 'eu-central-1',
    NODE_PATH: join(__dirname, '../../../node_modules'),
  };
  expect(await run(process.execPath, ['-e', script], env)).toBe(ALICE_ARN);
});

test('a shell that evaluates the lines of env has the session, whatever profile it had', async () => {
  const { data } = await bench.run('session');
  const line = `${data}\necho "$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN \${AWS_PROFILE-none}"`;
  const [id, token, profile] = (await run('/bin/sh', ['-c', line], { AWS_PROFILE: 'alice' }))
    .trim()
    .split(' ');
  expect({ id, profile }).toEqual({ id: expect.stringMatching(/^ASIA/), profile: 'none' });
  expect(data).toContain(`'${token}'`);
});
