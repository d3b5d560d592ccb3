/**
 * The guardrails as templates, deployed into the sandbox by the real `cdk deploy`, and what then happens to
 * people: the same as the decision tables say of the policies, and the alarms that tell of it. The tests
 * stand in the order of a life: nobody has a device at first.
 */

import type { Credentials } from '../../sandbox/caller';
import { CALLER_NAMES, type CallerName } from '../decisions/callers';
import { CEILING_INTENTS, type Intent, ROLE_INTENTS, type SIGN_INS, USER_INTENTS } from '../decisions/intent';
import { rowsOf, sentence } from '../decisions/table';
import { AccountBench } from './account-bench';
import { synthesiseAccount, synthesiseOrganization } from './guarded-account';
import { aimsOf, isAllowed } from './requests';

type SignIn = (typeof SIGN_INS)[number];

const bench = new AccountBench();
const { sandbox } = bench;
const keys = new Map<string, Credentials>();
afterAll(() => bench.close());

function keyOf(userName: string): Credentials {
  const key = keys.get(userName) ?? sandbox.createAccessKey(userName);
  keys.set(userName, key);
  return key;
}

async function arnOf(UserName: string): Promise<string> {
  const { User } = await bench.call(sandbox.administrator, 'iam', 'GetUser', { UserName });
  return String((User as { readonly Arn: string }).Arn);
}

interface Asked {
  readonly intent: Intent;
  /** Whose other policies allow everything; others have none. */
  readonly isAdministrator?: true;
  /** The IAM user who asks; a role session has none. */
  readonly own?: string;
  readonly caller?: CallerName;
}

/** The requests that the deployed policies decide otherwise than meant. */
async function surprises(
  credentials: Credentials,
  signIn: SignIn,
  { intent, isAdministrator, own, caller = 'olga' }: Asked,
): Promise<{ readonly asked: number; readonly found: readonly string[] }> {
  const subject = { name: own ?? 'the role', kind: 'identity', intent, policy: () => ({}) } as const;
  const rows = rowsOf({ ...subject, callers: CALLER_NAMES }, aimsOf(own && (await arnOf(own))), {
    callers: [caller],
    signIns: [signIn],
  }).filter(({ action }) => signIn !== 'a session without MFA' || !action.startsWith('iam:'));
  const found: string[] = [];
  for (const row of rows) {
    const meant = row.expected === '+' || (row.expected === 'o' && isAdministrator === true);
    const is = await isAllowed(sandbox, credentials, row.action, row.resource);
    if (is !== meant) {
      found.push(`${sentence(row)}: meant ${row.expected}, is ${is ? 'allowed' : 'denied'}`);
    }
  }
  return { asked: rows.length, found };
}

const fleetPath = '/mfa-guardrails/break-glass/';

/** The number of requests of the tables that can be made. IAM accepts no session without MFA, whatever policies say. */
const ofUser = { asked: 50, found: [] };
const ofSession = { asked: 13, found: [] };
const ofRole = { asked: 45, found: [] };

const people = {
  nadia: { own: 'nadia', intent: USER_INTENTS['a user who looks after themselves'] },
  ada: { own: 'ada', intent: USER_INTENTS['a user who looks after themselves'], isAdministrator: true },
  'bob.breakglass': { own: 'bob.breakglass', intent: USER_INTENTS['a break-glass user'] },
  bo: { own: 'bo', intent: CEILING_INTENTS['an administrator under a boundary'], isAdministrator: true },
} as const satisfies Record<string, Asked>;

test('cdk deploy makes all guardrails and the alarms of both Regions', async () => {
  const run = await bench.deploy(synthesiseAccount(bench.folder));
  expect(run).toMatchObject({ code: 0 });
  expect(run.stderr).toContain('✅  Alarms-mfa-guardrails-us-east-1');
  const rules = sandbox.deployed('AWS::Events::Rule');
  expect(new Set(rules.map(({ region }) => region))).toEqual(new Set(['eu-central-1', 'us-east-1']));
  expect(sandbox.deployed('AWS::Config::ConfigRule').length).toBeGreaterThan(2);
  expect(await bench.headlines()).toEqual([]);
});

test.each(Object.entries(people))('with a long-term key, %s may what is meant', async (name, asked) => {
  expect(await surprises(keyOf(name), 'a long-term key', asked)).toEqual(ofUser);
});

test('nobody without MFA becomes operator, auditor or break-glass', async () => {
  for (const [user, role] of [
    ['olga', 'Operator'],
    ['aude', 'Auditor'],
    ['bob.breakglass', 'break-glass-break-glass'],
  ] as const) {
    await expect(bench.assume(keyOf(user), role)).rejects.toMatchObject({ code: 'AccessDenied' });
  }
});

test('a new user enrolls by self-service, and it is heard', async () => {
  await bench.headlines();
  await bench.enroll(keyOf('nadia'), 'nadia', 'my-phone');
  expect(await bench.headlines()).toEqual([
    'MFA alarm: MFA device created',
    'MFA alarm: MFA device enabled for nadia',
    // The function compares with the record, which knows no Nadia
    'MFA alarm: unrecorded MFA device enabled',
  ]);
});

test('the operator enrolls a break-glass user, who cannot do so, and the record knows the token', async () => {
  await expect(bench.enroll(keyOf('alice.breakglass'), 'alice.breakglass', 'own')).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  expect(await bench.headlines()).toEqual(['MFA alarm: denied: CreateVirtualMFADevice']);
  await bench.give('olga');
  await bench.headlines();
  const operator = await bench.assume(keyOf('olga'), 'Operator', bench.code('olga'));
  await bench.enroll(operator, 'alice.breakglass', 'alice.breakglass.primary.86596220000001', fleetPath);
  expect(await bench.headlines()).toEqual([
    'MFA alarm: MFA device created',
    'MFA alarm: MFA device enabled for alice.breakglass',
    // Once for the session, whatever the operator does in it
    'MFA alarm: use of the operator role',
  ]);
});

test('breaking the glass takes the token, gives everything, and is heard', async () => {
  const alice = keyOf('alice.breakglass');
  const emergency = await bench.assume(alice, 'break-glass-break-glass', bench.code('alice.breakglass'));
  await bench.call(emergency, 'iam', 'ListUsers');
  expect(await bench.headlines()).toEqual([
    'MFA alarm: break-glass user alice.breakglass called AssumeRole',
    expect.stringContaining('break-glass role'),
  ]);
});

test('console sign-ins are heard as what they are', async () => {
  sandbox.console().signIn('ada');
  expect(await bench.headlines()).toEqual(['MFA alarm: console sign-in without MFA']);
  sandbox
    .console()
    .signIn('alice.breakglass', { device: 'arn:aws:iam::111122223333:mfa/x', region: 'eu-central-1' });
  expect(await bench.headlines()).toEqual([
    'MFA alarm: break-glass user alice.breakglass at the console: Success',
  ]);
  // The function looks up who is a holder: a failed sign-in carries a name and no path
  sandbox.console().signIn('ada', { succeeded: false });
  expect(await bench.headlines()).toEqual([]);
  sandbox.console().signIn('alice.breakglass', { succeeded: false });
  expect(await bench.headlines()).toEqual(['MFA alarm: failed console sign-in of a break-glass user']);
  sandbox.console().signIn('ada', { device: 'arn:aws:iam::111122223333:mfa/ada' });
  expect(await bench.headlines()).toEqual([]);
});

test('in sessions without MFA, with it, and a day later, users may what is meant', async () => {
  const sessions = new Map<string, { readonly without: Credentials; readonly mfa: Credentials }>();
  for (const name of Object.keys(people)) {
    const without = await bench.withoutMfa(keyOf(name));
    if (name !== 'nadia') {
      await bench.give(name);
    }
    sessions.set(name, { without, mfa: await bench.withMfa(name, keyOf(name)) });
  }
  async function ask(signIn: SignIn, asked: Asked) {
    const { without, mfa } = sessions.get(asked.own ?? '') ?? {};
    const credentials = signIn === 'a session without MFA' ? without : mfa;
    if (!credentials) {
      throw new Error(`${asked.own} has no session`);
    }
    return surprises(credentials, signIn, asked);
  }
  for (const asked of Object.values(people)) {
    expect(await ask('a session without MFA', asked)).toEqual(ofSession);
    expect(await ask('fresh MFA', asked)).toEqual(ofUser);
  }
  sandbox.clock.advance(86_400_000);
  for (const asked of Object.values(people)) {
    expect(await ask('MFA of yesterday', asked)).toEqual(ofUser);
  }
});

test('operator and auditor may what is meant', async () => {
  await bench.give('aude');
  const caller = 'the session of a role';
  for (const [user, role, intent] of [
    ['olga', 'Operator', ROLE_INTENTS['the operator']],
    ['aude', 'Auditor', ROLE_INTENTS['the auditor']],
  ] as const) {
    const session = await bench.assume(keyOf(user), role, bench.code(user));
    expect(await surprises(session, 'a long-term key', { intent, caller })).toEqual(ofRole);
  }
});

test('the service control policy holds in the account, for whoever has no other guardrail', async () => {
  const run = await bench.deploy(synthesiseOrganization(bench.folder));
  expect(run).toMatchObject({ code: 0 });
  const [set] = sandbox.deployed('AWS::CloudFormation::StackSet');
  expect(set?.properties).toMatchObject({ PermissionModel: 'SERVICE_MANAGED' });
  expect(sandbox.deployed('AWS::Config::ConformancePack')).toHaveLength(1);
  expect(sandbox.deployed('AWS::Config::OrganizationConformancePack')).toHaveLength(1);
  const asked = {
    own: 'sam',
    intent: CEILING_INTENTS['an account under the service control policy'],
    isAdministrator: true,
  } as const;
  expect(await surprises(keyOf('sam'), 'a long-term key', asked)).toEqual(ofUser);
  await bench.give('sam');
  const session = await bench.withMfa('sam', keyOf('sam'));
  expect(await surprises(session, 'fresh MFA', asked)).toEqual(ofUser);
});
