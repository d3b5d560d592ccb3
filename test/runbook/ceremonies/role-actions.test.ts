/** No action of a role's policy is there for nothing: each is called by some command, or a command fails without it. */

import { ALICE_BACKUP, ALICE_PRIMARY, type Bench } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import {
  ALICE,
  actionsOf,
  callsOf,
  FLEET_PATH,
  holds,
  lay,
  MEMBER,
  OWN,
  openBench,
  type Policy,
  personWith,
  policyOf,
  ROOT_TOKENS,
  SPARE,
  without,
} from './role-scene';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench({ overHttp: isFullExtent });
  // The SDK signs by this clock.
  jest.spyOn(Date, 'now').mockImplementation(bench.machineNow);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.close();
});

const ENROLL = ['enroll', ALICE, '--slot', 'primary'] as const;

async function signIn(policy: Policy): Promise<void> {
  bench.credentials = await personWith(bench, 'paul', policy);
}

/** Every ceremony, with a device of the same name that somebody else left behind. */
async function operate(): Promise<void> {
  await bench.admin('iam', 'CreateVirtualMFADevice', {
    Path: FLEET_PATH,
    VirtualMFADeviceName: `${ALICE}.primary.${ALICE_PRIMARY}`,
  });
  lay(bench, ALICE_PRIMARY);
  await holds(bench, ...ENROLL);
  lay(bench, ALICE_BACKUP);
  await holds(bench, 'enroll', '--all');
  bench.clock.advance(60_000);
  lay(bench, ALICE_PRIMARY);
  await holds(bench, 'prove', ALICE, '--slot', 'primary');
  await registerAndProve();
  lay(bench, SPARE);
  await holds(bench, 'replace', ALICE, '--slot', 'primary', '--reason', 'stolen', '--yes');
  await holds(bench, 'retire', ALICE, '--all-devices');
  await bench.run('plan');
  await enrollRoot('root');
}

/** A person at the console of root's account, and the token at the reader. */
async function enrollRoot(holder: string, ...way: readonly string[]): Promise<void> {
  const account = holder === 'root' ? OWN : MEMBER;
  const name = `root.primary.${ROOT_TOKENS[account]}`;
  const console = bench.sandbox.console(account);
  const token = lay(bench, ROOT_TOKENS[account]);
  const typed: string[] = [];
  bench.answer = () => {
    typed.push(token.readCode());
    return typed.at(-1);
  };
  bench.onPeople = (text) => {
    if (text.includes('press "Add MFA" now')) {
      const [first = '', second = ''] = typed.slice(-2);
      console.addRootDevice(name, first, second);
    }
    if (text.includes('signs in to the AWS console now')) {
      console.signInRoot({ device: `arn:aws:iam::${account}:mfa/${name}` });
    }
  };
  bench.handedOver.secret = console.createRootDevice(name);
  await holds(bench, 'enroll', holder, '--slot', 'primary', '--secret', ...way);
  bench.clock.advance(60_000);
  await holds(bench, 'prove', holder, '--slot', 'primary', ...way);
  bench.onPeople = () => undefined;
}

async function registerAndProve(): Promise<void> {
  const console = bench.sandbox.console();
  const device = console.registerSecurityKey(ALICE, 'key.31415926');
  await holds(bench, 'enroll', ALICE, '--slot', 'key');
  bench.onPeople = (text) => {
    if (text.includes('waiting until CloudTrail')) {
      console.signIn(ALICE, { device });
    }
  };
  await holds(bench, 'prove', ALICE, '--slot', 'key');
  bench.onPeople = () => undefined;
}

async function audit(): Promise<void> {
  await holds(bench, 'doctor');
  await bench.run('plan');
  await holds(bench, 'evidence', 'list');
  await bench.run('evidence', 'certificate', ALICE, '--slot', 'primary');
  // An operator of another account looks through the role at the root user of this one.
  bench.credentials = bench.sandbox.administrator;
  await openToOthers();
  await enrollRoot(`root@${MEMBER}`, '--view-role', `arn:aws:iam::${MEMBER}:role/paul`);
}

/** A role of a member account with the auditor's policy. */
async function openToOthers(): Promise<void> {
  const there = bench.sandbox.administratorOf(MEMBER);
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OWN}:root` }, Action: 'sts:AssumeRole' };
  await bench.sandbox.call(there, 'iam', 'CreateRole', {
    RoleName: 'paul',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  await bench.sandbox.call(there, 'iam', 'PutRolePolicy', {
    RoleName: 'paul',
    PolicyName: 'all-there-is',
    PolicyDocument: JSON.stringify(policyOf('auditor')),
  });
}

/** AWS looked, and there is nothing. */
const NOTHING_THERE: ReadonlySet<string> = new Set(['ParameterNotFound', 'NoSuchEntity']);

/** The actions of a role's policy that nobody called with success. */
function unused(policy: Policy): readonly string[] {
  const succeeded = new Set(
    callsOf(bench, 'paul')
      .filter(({ errorCode }) => errorCode === undefined || NOTHING_THERE.has(errorCode))
      .map(({ action }) => action),
  );
  return actionsOf(policy).filter((action) => !succeeded.has(action));
}

test('the operator calls every action of the policy, but one that IAM asks for along with another', async () => {
  const policy = policyOf('operator');
  await signIn(policy);
  await operate();

  expect(actionsOf(policy).length).toBeGreaterThan(10);
  expect(unused(policy)).toEqual(['iam:TagMFADevice']);
});

test('that one is asked for when a device is created with tags', async () => {
  await signIn(without('iam:TagMFADevice', policyOf('operator')));
  lay(bench, ALICE_PRIMARY);
  const { exitCode } = await bench.run(...ENROLL);

  const refused = callsOf(bench, 'paul').filter(({ errorCode }) => errorCode !== undefined);
  expect([exitCode, refused]).toEqual([
    1,
    [{ action: 'iam:CreateVirtualMFADevice', errorCode: 'AccessDenied' }],
  ]);
});

test('the auditor calls every action of the policy', async () => {
  const policy = policyOf('auditor');
  await signIn(policy);
  await audit();

  expect(actionsOf(policy)).toEqual([
    'cloudtrail:LookupEvents',
    'iam:GetAccountPasswordPolicy',
    'iam:GetAccountSummary',
    'iam:ListAccountAliases',
    'iam:ListMFADevices',
    'iam:ListUsers',
    'iam:ListVirtualMFADevices',
    'ssm:GetParameter',
    'ssm:GetParametersByPath',
  ]);
  expect(unused(policy)).toEqual([]);
});

test('an action that nobody calls is found', async () => {
  const policy = policyOf('auditor');
  const wide: Policy = {
    ...policy,
    Statement: [...policy.Statement, { Action: 'iam:ListGroups', Resource: '*' }],
  };
  await signIn(policy);
  await audit();

  expect(unused(wide)).toEqual(['iam:ListGroups']);
});
