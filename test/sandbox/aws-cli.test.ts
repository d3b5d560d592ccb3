import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsCli, findAwsCli } from './aws-cli';
import { Sandbox } from './sandbox';
import { allow, createUser, credentialsOf, TokenCodes } from './test-clients';

const program = findAwsCli();
const home = mkdtempSync(join(tmpdir(), 'sandbox-aws-cli-'));
const sandbox = Sandbox.create();

afterAll(async () => {
  await sandbox.close();
  rmSync(home, { recursive: true });
});

if (program === undefined) {
  process.stdout.write('skipped: no aws-cli 2 at /usr/bin/aws or on PATH (Debian: apt-get install awscli)\n');
}
const withCli = program === undefined ? test.skip : test;

withCli(
  'the real aws command line creates, enables and lists a device, and opens a session with a code',
  async () => {
    const cli = new AwsCli(String(program), await sandbox.listen(), home);
    const admin = sandbox.administrator;
    const alice = await createUser(sandbox, 'alice');
    await allow(sandbox, 'alice', {
      Effect: 'Allow',
      Action: 'ssm:GetParametersByPath',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    });

    const seedFile = join(home, 'seed');
    const name = 'alice.primary.86596220000001';
    const serial = `arn:aws:iam::123456789012:mfa/mfa-guardrails/${name}`;
    expect(
      await cli.run(
        admin,
        ...[
          'iam',
          'create-virtual-mfa-device',
          '--virtual-mfa-device-name',
          name,
          '--path',
          '/mfa-guardrails/',
        ],
        ...[
          '--tags',
          'Key=fleet,Value=demo',
          '--bootstrap-method',
          'Base32StringSeed',
          '--outfile',
          seedFile,
        ],
      ),
    ).toEqual({ VirtualMFADevice: { SerialNumber: serial, Tags: [{ Key: 'fleet', Value: 'demo' }] } });
    const codes = new TokenCodes(readFileSync(seedFile, 'utf8'));

    const enable = (first: string, second: string) =>
      cli.run(
        admin,
        ...['iam', 'enable-mfa-device', '--user-name', 'alice', '--serial-number', serial],
        ...['--authentication-code1', first, '--authentication-code2', second],
      );
    const now = sandbox.clock.now();
    await expect(enable(codes.at(now), codes.at(now, -1))).rejects.toThrow('(InvalidAuthenticationCode)');
    await enable(codes.at(now, -1), codes.at(now));
    expect(
      await cli.run(admin, 'iam', 'list-virtual-mfa-devices', '--assignment-status', 'Assigned'),
    ).toMatchObject({
      VirtualMFADevices: [
        { SerialNumber: serial, User: { UserName: 'alice' }, EnableDate: expect.any(String) },
      ],
    });

    sandbox.clock.advance(30_000);
    const code = codes.at(sandbox.clock.now());
    const session = ['sts', 'get-session-token', '--serial-number', serial, '--token-code', code];
    const read = ['ssm', 'get-parameters-by-path', '--path', '/mfa-guardrails'];
    const opened = credentialsOf((await cli.run(alice, ...session)) as Record<string, never>);
    await expect(cli.run(alice, ...session)).rejects.toThrow('invalid MFA one time pass code');
    await expect(cli.run(alice, ...read)).rejects.toThrow('(AccessDeniedException)');
    expect(await cli.run(opened, ...read)).toEqual({ Parameters: [] });
  },
  60_000,
);
