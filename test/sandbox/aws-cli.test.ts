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

    const now = sandbox.clock.now();
    await cli.run(
      admin,
      ...['iam', 'enable-mfa-device', '--user-name', 'alice', '--serial-number', serial],
      ...['--authentication-code1', codes.at(now, -1), '--authentication-code2', codes.at(now)],
    );

    sandbox.clock.advance(30_000);
    const code = codes.at(sandbox.clock.now());
    const session = ['sts', 'get-session-token', '--serial-number', serial, '--token-code', code];
    const read = ['ssm', 'get-parameters-by-path', '--path', '/mfa-guardrails'];
    // A run takes most of a second, and these are independent.
    const [listed, answer] = await Promise.all([
      cli.run(admin, 'iam', 'list-virtual-mfa-devices', '--assignment-status', 'Assigned'),
      cli.run(alice, ...session),
    ]);
    expect(listed).toMatchObject({
      VirtualMFADevices: [
        { SerialNumber: serial, User: { UserName: 'alice' }, EnableDate: expect.any(String) },
      ],
    });
    const opened = credentialsOf(answer as Record<string, never>);
    await Promise.all([
      expect(cli.run(alice, ...session)).rejects.toThrow('invalid MFA one time pass code'),
      expect(cli.run(alice, ...read)).rejects.toThrow('(AccessDeniedException)'),
      expect(cli.run(opened, ...read)).resolves.toEqual({ Parameters: [] }),
    ]);
  },
);
