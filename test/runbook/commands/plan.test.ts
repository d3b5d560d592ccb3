import { evidenceName } from '../../../lib/record/names';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { formatEvidence } from '../../../runbook/evidence/evidence-text';
import { TokenCodes } from '../../sandbox/test-clients';
import {
  ALICE_BACKUP,
  ALICE_PRIMARY,
  Bench,
  type BenchOptions,
  BOB_PRIMARY,
  INVENTORY,
} from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import { parseEvents } from '../../support/json-events';
import { journalOf, subjectOf } from '../../support/sample-journals';

let bench: Bench;

/** A bench whose holders are where the stack creates them. */
async function openAtPath(options: BenchOptions = {}): Promise<Bench> {
  const opened = await Bench.open(options);
  const { Users } = (await opened.admin('iam', 'ListUsers', {})) as {
    Users: readonly { UserName: string }[];
  };
  for (const { UserName } of Users) {
    await opened.admin('iam', 'UpdateUser', { UserName, NewPath: '/mfa-guardrails/break-glass/' });
  }
  return opened;
}
afterEach(() => bench.close());

/** An inventory that asks for one token per holder, so that nothing needs ordering for bob. */
const ONE_EACH = `${INVENTORY}supply: { tokensPerHolder: 1 }\n`;

const PRICED = `${INVENTORY}
spares:
  - { serial: "86596220000009" }
supply:
  spares: 3
  order: "Token2 OTPC-P2-i"
  currency: EUR
  prices:
    - { model: "Token2 OTPC-P1-i", price: 21 }
    - { model: "Token2 OTPC-P2-i", price: 16.50 }
`;

async function writeEvidence(
  holder: string,
  slot: string,
  tokenSerial: string,
  about: Partial<Evidence> = {},
) {
  const evidence: Evidence = {
    schema: 1,
    id: '6f0d2c51-7b9e-4f0e-9a43-0d6b1c2e8f77',
    ceremony: 'enroll',
    fleet: 'break-glass',
    holder,
    slot,
    tokenSerial,
    deviceArn: bench.arn(holder, slot, tokenSerial),
    generation: '0'.repeat(64),
    by: 'arn:aws:iam::123456789012:user/platform-admin',
    at: new Date(bench.clock.now()).toISOString(),
    checks: [],
    tool: 'mfa-runbook 0.1.0',
    ...about,
  };
  const Name = evidenceName('break-glass', holder, slot);
  await bench.admin('ssm', 'PutParameter', { Name, Value: formatEvidence(evidence), Type: 'String' });
}

/** Enrolls and proves a token, as `enroll` would. */
async function enroll(holder: string, slot: string, serial: string): Promise<void> {
  await bench.assignDevice(holder, `${holder}.${slot}.${serial}`);
  await writeEvidence(holder, slot, serial);
}

async function enrollAll(): Promise<void> {
  await enroll('alice.breakglass', 'primary', ALICE_PRIMARY);
  await enroll('alice.breakglass', 'backup', ALICE_BACKUP);
  await enroll('bob.breakglass', 'primary', BOB_PRIMARY);
}

function inventory(text: string, path = 'tokens.yaml') {
  return bench.files.write(path, text, 0o644);
}

/** The lines below the heading; runs of blanks as one. */
function body(data: string): readonly string[] {
  return data
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}

test('has nothing to do where everything is enrolled and proven, and exits with 0', async () => {
  bench = await openAtPath();
  await enrollAll();
  await inventory(ONE_EACH);
  const { exitCode, data } = await bench.run('plan');
  expect(data).toMatch(
    /^fleet break-glass, account 123456789012, record [0-9a-f]{12}, \d{4}-\d\d-\d\d, supply of tokens.yaml\n/,
  );
  expect(body(data)).toEqual(['nothing to do: 3 tokens enrolled and proven']);
  expect(exitCode).toBe(0);
});

test('names what needs doing with every token and device, each with its command, and exits with 3', async () => {
  bench = await openAtPath();
  await bench.admin('iam', 'CreateUser', { UserName: 'zoe' });
  await bench.assignDevice('alice.breakglass', `alice.breakglass.primary.86596220000077`);
  await bench.assignDevice('alice.breakglass', `alice.breakglass.backup.${ALICE_BACKUP}`);
  await bench.assignDevice('zoe', 'zoe.primary.86596220000055');
  await bench.assignDevice('zoe', 'phone-of-zoe');
  const { exitCode, data } = await bench.run('plan', '--profile', 'operator');
  const [opened = ''] = new Date(bench.clock.now()).toISOString().split('T');
  expect(data).toContain('no inventory: default intervals, no prices');
  expect(body(data)).toEqual([
    'to enroll (1)',
    `bob.breakglass primary ${BOB_PRIMARY} no device in IAM mfa-runbook enroll bob.breakglass --slot primary --profile operator`,
    'to replace (1): REASON is lost, stolen, broken or expired',
    `alice.breakglass primary ${ALICE_PRIMARY} the slot's device belongs to token 86596220000077, enabled ${opened} mfa-runbook replace alice.breakglass --slot primary --reason REASON --profile operator`,
    'to prove (1)',
    `alice.breakglass backup ${ALICE_BACKUP} never proven: it has no evidence mfa-runbook prove alice.breakglass --slot backup --profile operator`,
    'to retire (1)',
    'zoe primary 86596220000055 not declared in the record mfa-runbook retire zoe --slot primary --profile operator',
    'to investigate (1)',
    "mfa/mfa-guardrails/break-glass/phone-of-zoe at the fleet's path, but its name does not have the form that mfa-runbook uses",
    'to order (1)',
    '+ 1 for holders with fewer than 2 tokens: bob.breakglass (has 1)',
    '= 1 of any model (none is named in the supply section of the inventory)',
    'fine: 0 tokens enrolled and proven',
  ]);
  expect(exitCode).toBe(3);
});

test('the columns of a section are aligned', async () => {
  bench = await openAtPath();
  const { data } = await bench.run('plan');
  const lines = data
    .split('\n')
    .filter((line) => line.includes('mfa-runbook enroll') && line.startsWith('  '));
  expect(lines).toHaveLength(3);
  expect(new Set(lines.map((line) => line.indexOf('no device in IAM'))).size).toBe(1);
  expect(new Set(lines.map((line) => line.indexOf('mfa-runbook'))).size).toBe(1);
  expect(data).toContain('to enroll (3): all in one run with `mfa-runbook enroll --all`');
});

test('a token left over by an unfinished enrollment is finished by resume where this machine began it', async () => {
  bench = await openAtPath();
  const { SerialNumber } = await leftover(`alice.breakglass.primary.${ALICE_PRIMARY}`);
  await inventory(ONE_EACH);
  const before = body((await bench.run('plan')).data);
  expect(before).toContain(
    `alice.breakglass primary ${ALICE_PRIMARY} assigned to nobody mfa-runbook enroll alice.breakglass --slot primary`,
  );
  const open = await bench.journals.open(subjectOf('alice.breakglass'));
  await open.write(journalOf(subjectOf('alice.breakglass'), []));
  await open.release();
  const after = body((await bench.run('plan')).data);
  expect(after.slice(0, 2)).toEqual([
    'to finish first (1)',
    `alice.breakglass primary ${ALICE_PRIMARY} enroll started 2026-11-22 by user/olga mfa-runbook resume`,
  ]);
  expect(after.filter((line) => line.includes(ALICE_PRIMARY))).toHaveLength(1);
  const [item] = (await bench.runJson('plan')).events.filter(({ event }) => event === 'item');
  expect(item).toMatchObject({
    kind: 'finish',
    why: expect.stringContaining('by arn:aws:iam::123456789012:user/olga'),
  });
  expect((await bench.devices()).map(({ arn }) => arn)).toContain(SerialNumber);
});

test('what is left over of an undeclared token is deleted by the AWS CLI', async () => {
  bench = await openAtPath();
  const { SerialNumber } = await leftover('zoe.primary.86596220000055');
  const { data } = await bench.run('plan');
  expect(body(data)).toContain(
    `zoe primary 86596220000055 assigned to nobody aws iam delete-virtual-mfa-device --serial-number ${SerialNumber}`,
  );
});

async function leftover(name: string): Promise<{ readonly SerialNumber: string }> {
  const made = (await bench.admin('iam', 'CreateVirtualMFADevice', {
    VirtualMFADeviceName: name,
    Path: '/mfa-guardrails/break-glass/',
  })) as { VirtualMFADevice: { SerialNumber: string } };
  return made.VirtualMFADevice;
}

test('orders what is wanted less what is in stock, at the price of the model to order', async () => {
  bench = await openAtPath({ inventory: PRICED });
  await enrollAll();
  await inventory(PRICED);
  const { data, exitCode } = await bench.run('plan');
  expect(body(data)).toEqual([
    'to order (3)',
    '+ 1 for holders with fewer than 2 tokens: bob.breakglass (has 1)',
    '+ 3 to hold in stock',
    '- 1 in stock',
    '= 3 Token2 OTPC-P2-i at 16.50 EUR: 49.50 EUR',
    'fine: 3 tokens enrolled and proven',
  ]);
  expect(exitCode).toBe(3);
});

test('where a spare has replaced a token, the record is to follow, and the spare is not in stock', async () => {
  bench = await openAtPath({ inventory: PRICED });
  await enroll('alice.breakglass', 'primary', '86596220000009');
  await enroll('alice.breakglass', 'backup', ALICE_BACKUP);
  await enroll('bob.breakglass', 'primary', BOB_PRIMARY);
  await inventory(PRICED);
  const { data, exitCode } = await bench.run('plan');
  const [opened = ''] = new Date(bench.clock.now()).toISOString().split('T');
  expect(body(data)).toEqual([
    'to deploy (1)',
    `alice.breakglass primary ${ALICE_PRIMARY} the slot's device belongs to the spare 86596220000009, enabled ${opened} move 86596220000009 from spares to alice.breakglass primary in tokens.yaml and run \`cdk deploy\``,
    'to order (4)',
    '+ 1 for holders with fewer than 2 tokens: bob.breakglass (has 1)',
    '+ 3 to hold in stock',
    '= 4 Token2 OTPC-P2-i at 16.50 EUR: 66.00 EUR',
    'fine: 2 tokens enrolled and proven',
  ]);
  expect(exitCode).toBe(3);
});

test('says that the inventory is not what is deployed, and plans by what is', async () => {
  bench = await openAtPath();
  await enrollAll();
  await inventory(ONE_EACH.replace(BOB_PRIMARY, '86596220000088'));
  const { data, exitCode } = await bench.run('plan');
  expect(body(data)).toEqual([
    'to deploy (1)',
    'tokens.yaml differs from what is deployed, and this plan follows what is deployed cdk deploy',
    'fine: 3 tokens enrolled and proven',
  ]);
  expect(exitCode).toBe(3);
});

test('an inventory of another fleet is passed over, or refused when it was named', async () => {
  bench = await openAtPath();
  const other = ONE_EACH.replace('fleet: break-glass', 'fleet: nightly');
  await inventory(other);
  await inventory(other, 'nightly.yaml');
  expect((await bench.run('plan')).data).toContain('no inventory: default intervals');
  expect(await bench.runJson('plan', '--inventory', 'nightly.yaml')).toMatchObject({
    exitCode: 1,
    code: 'inventory/other-fleet',
    hints: [expect.stringContaining('--fleet nightly'), expect.stringContaining('--inventory FILE')],
  });
});

test.each<[string, string | undefined, string, readonly RegExp[]]>([
  ['is not there', undefined, 'inventory/unreadable', [/--inventory/]],
  [
    'has mistakes',
    `${INVENTORY}supply: { spare: 1, serviceYears: 99 }\n`,
    'inventory/invalid',
    [
      /^plan\.yaml:9:\d+: .*"spare".*spares/,
      /^plan\.yaml:9:\d+: .*99/,
      /`mfa-runbook plan --inventory plan\.yaml`/,
    ],
  ],
])('a named inventory that %s is refused before AWS is asked', async (_, text, code, hints) => {
  bench = await openAtPath();
  if (text !== undefined) {
    await inventory(text, 'plan.yaml');
  }
  const begun = bench.sandbox.calls.length;
  expect(await bench.runJson('plan', '--inventory', 'plan.yaml')).toMatchObject({
    exitCode: 1,
    code,
    hints: hints.map((hint) => expect.stringMatching(hint)),
  });
  expect(bench.sandbox.calls).toHaveLength(begun);
});

test('with --json there is one event for each item, then the order and a summary', async () => {
  bench = await openAtPath({ inventory: PRICED });
  await enroll('alice.breakglass', 'primary', ALICE_PRIMARY);
  await writeEvidence('alice.breakglass', 'backup', ALICE_BACKUP);
  await inventory(PRICED);
  const { data } = await bench.run('plan', '--json');
  const events = parseEvents(data).filter(({ event }) => event !== 'waiting');
  expect(events.map(({ event, kind }) => kind ?? event)).toEqual([
    'plan',
    'enroll',
    'enroll',
    'order',
    'summary',
    'error',
  ]);
  expect(events[1]).toEqual({
    event: 'item',
    kind: 'enroll',
    holder: 'alice.breakglass',
    slot: 'backup',
    serial: ALICE_BACKUP,
    custody: 'bank deposit box',
    why: 'no device in IAM',
    command: 'mfa-runbook enroll alice.breakglass --slot backup',
    isInOneRun: true,
  });
  expect(events[3]).toMatchObject({ count: 3, cost: { eachCents: 1650, totalCents: 4950, currency: 'EUR' } });
  expect(events[4]).toMatchObject({ fine: 1, enroll: 2, replace: 0, prove: 0, order: 3 });
  expect(events[5]).toMatchObject({ code: 'plan/to-do', state: 'nothing was changed' });
});

test('a long section is cut on the screen and whole in --json', async () => {
  const holders = Array.from(
    { length: 30 },
    (_, i) => `  h${i}: [ { slot: primary, serial: "8659622${i}" } ]`,
  );
  const many = ['fleet: break-glass', 'holders:', ...holders, 'supply: { tokensPerHolder: 1 }', ''].join(
    '\n',
  );
  bench = await openAtPath({ inventory: many });
  await inventory(many);
  const { data } = await bench.run('plan');
  expect(data.match(/no device in IAM/g)).toHaveLength(20);
  expect(data).toContain('… 10 more; `mfa-runbook plan --json` lists all');
  const json = await bench.run('plan', '--json');
  expect(json.data.match(/no device in IAM/g)).toHaveLength(30);
});

test('reads with seven calls, and changes nothing', async () => {
  bench = await openAtPath();
  await bench.assignDevice('alice.breakglass', 'alice.breakglass.third.86596220000055');
  const [devices, begun] = [await bench.devices(), bench.sandbox.calls.length];
  expect((await bench.run('plan')).exitCode).toBe(3);
  const operations = bench.sandbox.calls.slice(begun).map((call) => call.operation);
  expect(operations.sort()).toEqual([
    'GetAccountPasswordPolicy',
    'GetAccountSummary',
    'GetCallerIdentity',
    'GetParametersByPath',
    'GetParametersByPath',
    'ListUsers',
    'ListVirtualMFADevices',
  ]);
  expect(await bench.devices()).toEqual(devices);
  expect(bench.questions).toEqual([]);
});

/** Allows a caller to plan, and nothing else; a listing of parameters is authorized on the path itself. */
const PLANNER = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'ssm:GetParametersByPath',
      Resource: ['record', 'evidence'].map(
        (below) => `arn:aws:ssm:eu-central-1:123456789012:parameter/mfa-guardrails/break-glass/${below}`,
      ),
    },
    { Effect: 'Allow', Action: 'iam:ListVirtualMFADevices', Resource: '*' },
  ],
};

async function signInPlanner(policy: typeof PLANNER): Promise<void> {
  await bench.admin('iam', 'CreateUser', { UserName: 'planner' });
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: 'planner',
    PolicyName: 'plan',
    PolicyDocument: JSON.stringify(policy),
  });
  const { AccessKey } = (await bench.admin('iam', 'CreateAccessKey', { UserName: 'planner' })) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string };
  };
  bench.credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

test('needs no more than to list devices and two paths of parameters', async () => {
  bench = await openAtPath();
  await enrollAll();
  await inventory(ONE_EACH);
  await signInPlanner(PLANNER);
  const { data, exitCode } = await bench.run('plan');
  expect(body(data)).toEqual([
    'not checked (3)',
    'iam:ListUsers is denied: it is not known whether each holder is an IAM user, and at which path',
    'iam:GetAccountPasswordPolicy is denied: it is not known whether passwords expire',
    'iam:GetAccountSummary is denied: it is not known whether holders have security keys or hardware tokens of their own mfa-runbook plan --thorough',
    'nothing to do: 3 tokens enrolled and proven',
  ]);
  expect(exitCode).toBe(0);
});

test('without leave to list the evidence, says which action is missing and plans nothing', async () => {
  bench = await openAtPath();
  const [parameters, devices] = PLANNER.Statement;
  if (parameters === undefined || devices === undefined) {
    throw new Error('the policy has two statements');
  }
  const Resource = [...parameters.Resource].filter((arn) => !arn.endsWith('/evidence'));
  await signInPlanner({ ...PLANNER, Statement: [{ ...parameters, Resource }, devices] });
  const told = await bench.runJson('plan');
  expect(told).toMatchObject({ exitCode: 1, code: 'aws/denied' });
  expect(told.happened).toEqual(['error']);
});

test('reads with one call for each 1,000 devices and each 10 parameters, and no more', async () => {
  const names = Array.from({ length: 60 }, (_, i) => `holder${i}`);
  function serial(i: number, slot: string) {
    return `865962${slot}${i}`;
  }
  const holders = names.map((name, i) => {
    const tokens = ['a', 'b'].map((slot) => `{ slot: ${slot}, serial: "${serial(i, slot)}" }`);
    return `  ${name}: [ ${tokens.join(', ')} ]`;
  });
  bench = await openAtPath({ inventory: ['fleet: break-glass', 'holders:', ...holders].join('\n') });
  function count(operation: string, from = 0) {
    return bench.sandbox.calls.slice(from).filter((call) => call.operation === operation).length;
  }
  const pages = count('PutParameter');
  for (const [i, name] of names.entries()) {
    for (const slot of ['a', 'b']) {
      await enroll(name, slot, serial(i, slot));
    }
  }
  const begun = bench.sandbox.calls.length;
  const { data, exitCode } = await bench.run('plan');
  expect(body(data)).toEqual(['nothing to do: 120 tokens enrolled and proven']);
  expect(exitCode).toBe(0);
  expect(pages).toBeGreaterThan(1);
  expect({
    sts: count('GetCallerIdentity', begun),
    iam: count('ListVirtualMFADevices', begun),
    ssm: count('GetParametersByPath', begun),
    all: bench.sandbox.calls.length - begun,
  }).toEqual({ sts: 1, iam: 1, ssm: Math.ceil(pages / 10) + 12, all: Math.ceil(pages / 10) + 17 });
});

test('lists the keys and hardware tokens of those holders only who have some', async () => {
  const burned = Array.from({ length: 50 }, (_, i) => `  holder${i}: [ { slot: a, serial: "8659622${i}" } ]`);
  const mixed = [
    '  kim: [ { slot: key, serial: "K1", type: fido2 } ]',
    '  pat: [ { slot: printed, serial: "GAHT12345678", type: hardware-totp } ]',
  ];
  bench = await openAtPath({ inventory: ['fleet: break-glass', 'holders:', ...burned].join('\n') });
  for (let i = 0; i < 50; i++) {
    await enroll(`holder${i}`, 'a', `8659622${i}`);
  }
  const begun = bench.sandbox.calls.length;
  expect(body((await bench.run('plan')).data)).toContain('fine: 50 tokens enrolled and proven');
  expect(bench.sandbox.calls.length - begun).toBeLessThanOrEqual(15);
  await bench.deploy(['fleet: break-glass', 'holders:', ...burned, ...mixed].join('\n'));
  for (const UserName of ['kim', 'pat']) {
    await bench.admin('iam', 'CreateUser', { UserName, Path: '/mfa-guardrails/break-glass/' });
  }
  const arn = bench.sandbox.console().registerSecurityKey('kim', 'key.K1');
  await writeEvidence('kim', 'key', 'K1', { deviceArn: arn });
  const from = bench.sandbox.calls.length;
  const { data } = await bench.run('plan');
  expect(body(data).filter((line) => /^(kim|pat) /.test(line))).toEqual([
    'pat printed GAHT12345678 no device in IAM mfa-runbook enroll pat --slot printed',
  ]);
  const calls = bench.sandbox.calls.slice(from).map(({ operation }) => operation);
  expect(calls.filter((operation) => operation === 'ListMFADevices')).toHaveLength(2);
  expect(calls.length).toBeLessThanOrEqual(15);
});

describe('root users', () => {
  const MEMBERS = Array.from({ length: 10 }, (_, i) => `22222222220${i}`);
  const OWN = '123456789012';
  const roots = [OWN, ...MEMBERS].map(
    (account, i) =>
      `  "${account}": [ { slot: backup, serial: "K${i}", type: fido2 }, { slot: primary, serial: "R${i}" } ]`,
  );

  async function openMembers(): Promise<void> {
    bench = await openAtPath({
      inventory: ['fleet: break-glass', 'roots:', ...roots].join('\n'),
      overHttp: isFullExtent,
      sandbox: { otherAccounts: MEMBERS.map((account) => ({ account, isMember: true })) },
    });
    await inventory(['fleet: break-glass', 'roots:', ...roots].join('\n'));
  }

  function kindsOf(events: readonly Readonly<Record<string, unknown>>[]): Map<unknown, number> {
    const counts = new Map<unknown, number>();
    for (const { kind } of events.filter(({ event }) => event === 'item')) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  test('of other accounts are not checked without a way in, and nothing is asked of them', async () => {
    await openMembers();
    const begun = bench.sandbox.calls.length;
    const told = await bench.runJson('plan');
    // The own account's summary tells that its root user has no device of any type.
    expect(kindsOf(told.events)).toEqual(
      new Map([
        ['enroll', 2],
        ['not-checked', 20],
      ]),
    );
    expect(bench.sandbox.calls.length - begun).toBeLessThanOrEqual(15);
  });

  test('of members are seen by an auditor’s session, at most eight at a time, changing nothing', async () => {
    await openMembers();
    const [first = '', second = ''] = MEMBERS;
    const arn = bench.sandbox.console(first).registerRootSecurityKey('root.backup.K1');
    await writeEvidence(`root@${first}`, 'backup', 'K1', { deviceArn: arn });
    bench.sandbox.console(second).registerRootSecurityKey('root.backup.K99');
    const begun = bench.sandbox.calls.length;
    const told = await bench.runJson('plan', '--assume-root');
    const items = told.events.filter(({ event }) => event === 'item');
    expect(items.find(({ holder, slot }) => holder === `root@${first}` && slot === 'backup')).toBeUndefined();
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'replace', holder: `root@${second}`, slot: 'backup', serial: 'K2' }),
    );
    expect(kindsOf(told.events)).toEqual(
      new Map([
        ['enroll', 20],
        ['replace', 1],
      ]),
    );
    const calls = bench.sandbox.calls.slice(begun).map(({ operation }) => operation);
    expect(new Set(calls)).toEqual(
      new Set([
        'GetCallerIdentity',
        'GetParametersByPath',
        'ListVirtualMFADevices',
        'GetAccountSummary',
        'GetAccountPasswordPolicy',
        'ListUsers',
        'AssumeRoot',
        'ListMFADevices',
        'GetLoginProfile',
      ]),
    );
  });

  test('of members that have no credentials need nothing, and are planned as soon as they have some', async () => {
    await openMembers();
    const [bare = '', keyed = ''] = MEMBERS;
    bench.sandbox.console(bare).setRootCredentials();
    bench.sandbox.console(keyed).setRootCredentials('access-key');
    async function kindsFor(account: string): Promise<readonly unknown[]> {
      const { events } = await bench.runJson('plan', '--assume-root');
      return events.filter(({ holder }) => holder === `root@${account}`).map(({ kind }) => kind);
    }
    expect(await kindsFor(bare)).toEqual(['no-credentials', 'no-credentials']);
    expect(await kindsFor(keyed)).toEqual(['enroll', 'enroll']);
    const { data } = await bench.run('plan', '--assume-root');
    expect(body(data)).toContain('root users without credentials, where nothing needs enrolling (2)');
    // A device on its root user protects nothing yet, and is judged as any other.
    bench.sandbox.console(bare).registerRootSecurityKey('root.backup.K1');
    expect(await kindsFor(bare)).toEqual(['enroll', 'prove']);
  });

  test('of a member are not said to be without credentials where the session may not ask', async () => {
    await openMembers();
    const [bare = ''] = MEMBERS;
    bench.sandbox.console(bare).setRootCredentials();
    const told = await bench.runJson('plan');
    const items = told.events.filter(({ holder }) => holder === `root@${bare}`);
    expect(items.map(({ kind }) => kind)).toEqual(['not-checked', 'not-checked']);
  });

  test('that a role shows nothing of say why, and the others are planned', async () => {
    await openMembers();
    const told = await bench.runJson('plan', '--view-role-name', 'auditor');
    expect(kindsOf(told.events)).toEqual(
      new Map([
        ['enroll', 2],
        ['not-checked', 20],
      ]),
    );
    const whys = told.events.flatMap(({ event, why }) => (event === 'item' ? [String(why)] : []));
    expect(whys.filter((why) => why.startsWith('cannot look into the account'))).toHaveLength(20);
  });

  test.each([
    ['plan', '--view-role-name', 'a/b'],
    ['plan', '--view-role-name', 'auditor', '--assume-root'],
  ])('%s %s %s %s is refused before anything is asked', async (...line) => {
    bench = await openAtPath();
    const begun = bench.sandbox.calls.length;
    expect(await bench.runJson(...line)).toMatchObject({ exitCode: 2, code: 'usage' });
    expect(bench.sandbox.calls).toHaveLength(begun);
  });
});

describe('what no token of the record stands for', () => {
  /** Alice and Bob have their tokens, and everything is fine. */
  async function openFine(): Promise<void> {
    bench = await openAtPath();
    await enrollAll();
    await inventory(ONE_EACH);
    expect((await bench.run('plan')).exitCode).toBe(0);
  }

  async function itemsOf(...options: readonly string[]) {
    const { events, exitCode } = await bench.runJson('plan', ...options);
    return { exitCode, items: events.filter(({ event }) => event === 'item') };
  }

  test.each<[string, () => Promise<string> | string]>([
    ['a phone', () => bench.assignDevice('alice.breakglass', 'phone', '/')],
    [
      'a device of another fleet',
      () => bench.assignDevice('alice.breakglass', 'alice.breakglass.primary.S1', '/mfa-guardrails/nightly/'),
    ],
    ['a passkey', () => bench.sandbox.console().registerSecurityKey('alice.breakglass', 'passkey', {})],
  ])('%s of a holder is a task for a person, whole in --json', async (_, register) => {
    await openFine();
    const arn = await register();
    const { items, exitCode } = await itemsOf();
    expect(items).toEqual([
      expect.objectContaining({ kind: 'foreign', holder: 'alice.breakglass', deviceArn: arn }),
    ]);
    expect(String(items[0]?.byHand)).toContain(
      `aws iam deactivate-mfa-device --user-name alice.breakglass --serial-number ${arn}`,
    );
    expect(exitCode).toBe(3);
    const row = body((await bench.run('plan')).data)[1];
    expect(row).toMatch(/^alice\.breakglass (mfa|u2f)\//);
  });

  test('a phone of somebody who holds no token is nobody’s business here', async () => {
    await openFine();
    await bench.admin('iam', 'CreateUser', { UserName: 'zoe' });
    await bench.assignDevice('zoe', 'phone', '/');
    expect(await itemsOf()).toEqual({ exitCode: 0, items: [] });
  });

  test('a device of root that nobody declared is one, too', async () => {
    const inventoryText = 'fleet: break-glass\nroot:\n  - { slot: primary, serial: "86596220000005" }\n';
    bench = await openAtPath({ inventory: inventoryText, sandbox: { otherAccounts: [] } });
    const console = bench.sandbox.console();
    const secret = new URL(console.createRootDevice('my-phone')).searchParams.get('secret') ?? '';
    const { AuthenticationCode1, AuthenticationCode2 } = new TokenCodes(secret).pair(bench.clock.now());
    console.addRootDevice('my-phone', AuthenticationCode1, AuthenticationCode2);
    expect((await itemsOf()).items).toContainEqual(
      expect.objectContaining({
        kind: 'foreign',
        holder: 'root@123456789012',
        deviceArn: 'arn:aws:iam::123456789012:mfa/my-phone',
      }),
    );
  });

  test('in a large fleet, each holder is asked for with --thorough only, and that is said', async () => {
    const many = Array.from(
      { length: 51 },
      (_, i) => `  h${i}: [ { slot: primary, serial: "8659622${i}" } ]`,
    );
    const text = ['fleet: break-glass', 'holders:', ...many, 'supply: { tokensPerHolder: 1 }', ''].join('\n');
    bench = await openAtPath({ inventory: text });
    const arn = bench.sandbox.console().registerSecurityKey('h7', 'passkey', {});
    const { items } = await itemsOf();
    expect(items.filter(({ kind }) => kind !== 'enroll')).toEqual([
      expect.objectContaining({ kind: 'not-checked', command: 'mfa-runbook plan --thorough' }),
    ]);
    const thorough = await itemsOf('--thorough');
    expect(thorough.items.filter(({ kind }) => kind !== 'enroll')).toEqual([
      expect.objectContaining({ kind: 'foreign', holder: 'h7', deviceArn: arn }),
    ]);
  });

  test('a summary that does not count devices is not taken for none, and --thorough needs no summary', async () => {
    bench = await openAtPath({
      wrapAws: (aws) => ({
        ...aws,
        summary: async () => ({ ...(await aws.summary()), devicesInUse: undefined }),
      }),
    });
    const unlisted = { kind: 'not-checked', command: 'mfa-runbook plan --thorough' };
    expect((await itemsOf()).items).toContainEqual(expect.objectContaining(unlisted));
    bench.sandbox.faults = ({ operation }) =>
      operation === 'GetAccountSummary' ? 'access-denied' : undefined;
    const { items } = await itemsOf('--thorough');
    expect(items.filter(({ kind }) => kind === 'not-checked')).toEqual([]);
  });

  test('a holder elsewhere than at the path of the fleet is told, and is no task', async () => {
    await openFine();
    await bench.admin('iam', 'UpdateUser', { UserName: 'alice.breakglass', NewPath: '/people/' });
    const { items, exitCode } = await itemsOf();
    expect(items).toEqual([expect.objectContaining({ kind: 'elsewhere', holder: 'alice.breakglass' })]);
    expect(exitCode).toBe(0);
  });

  test.each([
    ['hard expiry', { MaxPasswordAge: 90, HardExpiry: true, AllowUsersToChangePassword: true }, ['lockout']],
    ['an age, and no right to change', { MaxPasswordAge: 90 }, ['lockout']],
    ['an age that users can live with', { MaxPasswordAge: 90, AllowUsersToChangePassword: true }, []],
    ['no age', { HardExpiry: true }, []],
  ])('a password policy with %s', async (_, policy, kinds) => {
    await openFine();
    await bench.admin('iam', 'UpdateAccountPasswordPolicy', policy);
    const { items, exitCode } = await itemsOf();
    expect(items.map(({ kind }) => kind)).toEqual(kinds);
    expect(exitCode).toBe(kinds.length === 0 ? 0 : 3);
  });

  test('a holder whose user was deleted and created again is no longer trusted by its old id', async () => {
    await openFine();
    const [device] = (await bench.devices()).filter(({ user }) => user === 'bob.breakglass');
    const UserName = 'bob.breakglass';
    await bench.admin('iam', 'DeactivateMFADevice', { UserName, SerialNumber: device?.arn ?? '' });
    await bench.admin('iam', 'DeleteUser', { UserName });
    bench.clock.advance(3 * 86_400_000);
    await bench.admin('iam', 'CreateUser', { UserName, Path: '/mfa-guardrails/break-glass/' });
    const { items } = await itemsOf();
    expect(items).toContainEqual(expect.objectContaining({ kind: 'lockout', holder: UserName }));
  });

  test('a holder who is no IAM user is investigated, and not enrolled', async () => {
    await openFine();
    await bench.deploy(INVENTORY.replace('bob.breakglass', 'rob.breakglass'));
    const { items } = await itemsOf();
    expect(items.filter(({ holder }) => holder === 'rob.breakglass')).toEqual([
      expect.objectContaining({ kind: 'inspect', byHand: expect.any(String) }),
    ]);
  });

  test('names are compared as IAM does: case does not matter', async () => {
    await openFine();
    await bench.deploy(INVENTORY.replace('bob.breakglass', 'Bob.Breakglass'));
    const { items } = await itemsOf();
    expect(items.map(({ kind, holder }) => [kind, holder])).not.toContainEqual(['enroll', 'Bob.Breakglass']);
    expect(items.map(({ kind }) => kind)).not.toContain('retire');
  });

  test('a token that was replaced as stolen is not enrolled again, though the record still declares it', async () => {
    await openFine();
    const [device] = (await bench.devices()).filter(({ user }) => user === 'bob.breakglass');
    const UserName = 'bob.breakglass';
    await bench.admin('iam', 'DeactivateMFADevice', { UserName, SerialNumber: device?.arn ?? '' });
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: device?.arn ?? '' });
    await bench.admin('ssm', 'DeleteParameter', {
      Name: evidenceName('break-glass', UserName, 'primary'),
    });
    await writeEvidence(UserName, 'primary', '86596220000009', {
      ceremony: 'replace',
      reason: 'stolen',
      replaces: BOB_PRIMARY,
    });
    const { items } = await itemsOf();
    expect(items.map(({ kind, serial, command }) => [kind, serial, command])).toEqual([
      ['deploy', BOB_PRIMARY, undefined],
    ]);
  });
});
