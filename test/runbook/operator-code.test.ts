/** A profile with `mfa_serial`: the command asks for the operator's own code, and can be left there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bench } from '../support/bench';
import { MovableClock } from '../support/clock';
import { enrollPhone, type Phone } from '../support/operator';
import { withTemporaryFolder } from '../support/temporary-folder';
import { type RunningCommand, startCommand, until } from './built-command';

const ROLE = 'arn:aws:iam::123456789012:role/operator';
function allow(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

let bench: Bench;
let phone: Phone;

/** The user olga, who may assume the operator's role with a code of her phone. */
beforeEach(async () => {
  bench = await Bench.open({ clock: new MovableClock() });
  await bench.admin('iam', 'CreateUser', { UserName: 'olga' });
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: 'olga',
    PolicyName: 'assume',
    PolicyDocument: allow({ Action: 'sts:AssumeRole', Resource: ROLE }),
  });
  await bench.admin('iam', 'CreateRole', {
    RoleName: 'operator',
    AssumeRolePolicyDocument: allow({
      Principal: { AWS: 'arn:aws:iam::123456789012:user/olga' },
      Action: 'sts:AssumeRole',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
  });
  await bench.admin('iam', 'PutRolePolicy', {
    RoleName: 'operator',
    PolicyName: 'all',
    PolicyDocument: allow({ Action: '*', Resource: '*' }),
  });
  phone = await enrollPhone(bench.sandbox, 'olga', { name: 'olga-phone' });
  bench.clock.advance(10_000);
});
afterEach(() => bench.close());

/** `plan` under the profile, once it asks. */
async function atThePrompt(work: (command: RunningCommand) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (home) => {
    const key = bench.sandbox.createAccessKey('olga');
    const config = join(home, 'config');
    await writeFile(
      config,
      [
        '[profile olga]',
        `aws_access_key_id = ${key.accessKeyId}`,
        `aws_secret_access_key = ${key.secretAccessKey}`,
        '[profile operator]',
        `role_arn = ${ROLE}`,
        'source_profile = olga',
        `mfa_serial = ${phone.deviceArn}`,
      ].join('\n'),
    );
    const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(home, 'none') };
    const command = startCommand(bench, home, env, 'plan', '--profile', 'operator');
    await until('the prompt', () => command.people().includes('code of your own device'), command.people);
    await work(command);
  });
}

function calls(): readonly string[] {
  return bench.sandbox.calls.map(({ operation }) => operation);
}

test('it names the device, and continues with the code', async () => {
  await atThePrompt(async (command) => {
    expect(command.people()).toContain(phone.deviceArn);
    command.process.stdin.write(`${phone.code()}\n`);
    // Nothing is enrolled yet: a person must decide.
    expect(await command.ended).toBe(3);
    expect(calls()).toContain('ListVirtualMFADevices');
  });
});

describe.each<readonly [string, (command: RunningCommand) => void]>([
  ['the end of input', (command) => command.process.stdin.end()],
  ['Ctrl-C', (command) => command.process.kill('SIGINT')],
])('left by %s', (_name, leave) => {
  test('it ends as cancelled, with nothing asked of AWS but the time and the name of the caller', async () => {
    const before = calls().length;
    await atThePrompt(async (command) => {
      leave(command);
      expect(await command.ended).toBe(130);
      expect(command.people()).toContain('mfa-runbook: state:');
      expect(calls().slice(before)).toEqual(['GetCallerIdentity']);
    });
  });
});
