/** Every command under the policy of the auditor's role, and under nothing else: it reads, and changes nothing. */
import { ALICE_BACKUP, ALICE_PRIMARY, type Bench } from '../../support/bench';
import { atStep, killCommand } from '../../support/kill-command';
import { ALICE, callsOf, FLEET_PATH, holds, lay, openBench, personWith, policyOf, SPARE } from './role-scene';

const EVIDENCE = `/mfa-guardrails/break-glass/evidence/${ALICE}/primary`;
const DEVICE = { Path: FLEET_PATH, VirtualMFADeviceName: `${ALICE}.backup.${ALICE_BACKUP}` };

let bench: Bench;
let device: string;

/** Alice has her primary token, enrolled by somebody who may; from here on Paul runs the commands. */
beforeEach(async () => {
  bench = await openBench();
  lay(bench, ALICE_PRIMARY);
  await holds(bench, 'enroll', ALICE, '--slot', 'primary');
  device = bench.arn(ALICE, 'primary', ALICE_PRIMARY);
  bench.clock.advance(60_000);
  bench.credentials = await personWith(bench, 'paul', policyOf('auditor'));
});
afterEach(() => bench.close());

/** All that IAM and Parameter Store hold of the fleet, and of its devices whatever their path. */
async function world(): Promise<unknown> {
  return {
    devices: await bench.admin('iam', 'ListVirtualMFADevices', {}),
    assigned: await bench.admin('iam', 'ListMFADevices', { UserName: ALICE }),
    tags: await bench.admin('iam', 'ListMFADeviceTags', { SerialNumber: device }),
    users: await bench.admin('iam', 'ListUsers', {}),
    parameters: await bench.admin('ssm', 'GetParametersByPath', { Path: '/', Recursive: true }),
  };
}

function denied(): readonly string[] {
  return callsOf(bench, 'paul')
    .filter(({ errorCode }) => errorCode === 'AccessDenied' || errorCode === 'AccessDeniedException')
    .map(({ action }) => action);
}

test('every reading command works, and is denied nothing', async () => {
  const before = await world();

  await holds(bench, 'doctor');
  // The backup token needs enrolling.
  const plan = await bench.runJson('plan');
  expect(plan).toMatchObject({ exitCode: 3, code: 'plan/to-do' });
  expect(plan.data).toContain(ALICE_BACKUP);
  expect(await holds(bench, 'evidence', 'list')).toContain(ALICE_PRIMARY);
  expect(await holds(bench, 'evidence', 'certificate', ALICE, '--slot', 'primary')).toContain(ALICE_PRIMARY);
  await holds(bench, 'evidence', 'verify');
  await holds(bench, 'resume', '--list');

  expect(callsOf(bench, 'paul').length).toBeGreaterThan(8);
  expect(
    callsOf(bench, 'paul').filter(
      ({ action, errorCode }) => errorCode !== undefined && action !== 'iam:GetAccountPasswordPolicy',
    ),
  ).toEqual([]);
  // The account has no password policy.
  expect(denied()).toEqual([]);
  expect(await world()).toEqual(before);
});

describe('a command that would change something is refused, and changes nothing', () => {
  interface Denied {
    readonly args: readonly string[];
    /** The token on the reader. */
    readonly serial: string;
    /** @default aws/denied */
    readonly code?: string;
  }
  const commands: readonly Denied[] = [
    { args: ['enroll', ALICE, '--slot', 'backup'], serial: ALICE_BACKUP },
    { args: ['enroll', '--all'], serial: ALICE_BACKUP, code: 'enroll/some-failed' },
    { args: ['prove', ALICE, '--slot', 'primary'], serial: ALICE_PRIMARY },
    { args: ['resync', ALICE, '--slot', 'primary'], serial: ALICE_PRIMARY },
    { args: ['replace', ALICE, '--slot', 'primary', '--reason', 'stolen', '--yes'], serial: SPARE },
    { args: ['retire', ALICE, '--all-devices'], serial: ALICE_PRIMARY },
    { args: ['retire', ALICE, '--slot', 'primary'], serial: ALICE_PRIMARY },
  ];

  test.each(commands)('$args', async ({ args, serial, code = 'aws/denied' }) => {
    const before = await world();
    lay(bench, serial);
    const told = await bench.runJson(...args);
    expect(told).toMatchObject({ exitCode: 1, code });
    expect(denied()).not.toEqual([]);
    expect(await world()).toEqual(before);
  });

  test.each([[[]], [['--abandon']]])('resume %p of what somebody else left open', async (options) => {
    const auditor = bench.credentials;
    bench.credentials = bench.sandbox.administrator;
    const token = lay(bench, ALICE_BACKUP);
    const enrolling = ['enroll', ALICE, '--slot', 'backup'];
    expect(await killCommand(bench, atStep('burn', 'done'), ...enrolling)).toBe(true);
    if (!token.isOn) {
      token.press();
    }
    bench.credentials = auditor;

    const before = await world();
    expect((await bench.run('resume', ...options)).exitCode).not.toBe(0);
    expect(denied()).not.toEqual([]);
    expect(await world()).toEqual(before);
  });
});

describe('a call that would change something is refused, and changes nothing', () => {
  const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' };
  const Tags = [{ Key: 'k', Value: 'v' }];
  type Call = readonly [service: 'iam' | 'ssm', operation: string, input: () => Record<string, unknown>];
  const calls: readonly Call[] = [
    ['iam', 'CreateVirtualMFADevice', () => DEVICE],
    ['iam', 'DeleteVirtualMFADevice', () => ({ SerialNumber: device })],
    ['iam', 'EnableMFADevice', () => ({ UserName: ALICE, SerialNumber: device, ...codes })],
    ['iam', 'ResyncMFADevice', () => ({ UserName: ALICE, SerialNumber: device, ...codes })],
    ['iam', 'DeactivateMFADevice', () => ({ UserName: ALICE, SerialNumber: device })],
    ['iam', 'TagMFADevice', () => ({ SerialNumber: device, Tags })],
    ['iam', 'CreateUser', () => ({ UserName: 'mallory' })],
    ['ssm', 'PutParameter', () => ({ Name: EVIDENCE, Value: 'x', Type: 'String', Overwrite: true })],
    ['ssm', 'DeleteParameter', () => ({ Name: EVIDENCE })],
  ];

  test.each(calls)('%s:%s', async (service, operation, input) => {
    const before = await world();
    const key = bench.credentials ?? bench.sandbox.administrator;

    await expect(bench.sandbox.call(key, service, operation, input() as never)).rejects.toThrow(
      'not authorized',
    );
    expect(await world()).toEqual(before);
  });
});

test('what is compared tells a change', async () => {
  const before = await world();
  await bench.admin('ssm', 'PutParameter', { Name: EVIDENCE, Value: 'x', Type: 'String', Overwrite: true });
  const between = await world();
  await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: device });

  expect(between).not.toEqual(before);
  expect(await world()).not.toEqual(between);
});
