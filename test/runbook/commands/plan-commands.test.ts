/** Every command that `plan` prints is one that does the task: it is run as printed. */

import { Bench } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import type { JsonEvent } from '../../support/json-events';
import { splitWords } from '../../transcripts/transcript-file';

const OWN = '123456789012';
const MEMBER = '222222222222';

const INVENTORY = `
fleet: payments
holders:
  alice:
    - { slot: programmable, serial: "86596220000001" }
    - { slot: profile, serial: "826658719844499", type: molto2, profile: 1 }
    - { slot: oath, serial: "31415927", type: oath }
    - { slot: printed, serial: "GAHT12345678", type: hardware-totp }
    - { slot: key, serial: "31415926", type: fido2 }
roots:
  "${OWN}":
    - { slot: programmable, serial: "86596220000002" }
    - { slot: key, serial: "31415929", type: fido2 }
  "${MEMBER}":
    - { slot: programmable, serial: "86596220000003" }
    - { slot: printed, serial: "GAHT12345679", type: hardware-totp }
    - { slot: key, serial: "31415930", type: fido2 }
supply: { tokensPerHolder: 1 }
`;

let bench: Bench;

async function open(): Promise<void> {
  const sandbox = { otherAccounts: [{ account: MEMBER, isMember: true }] };
  bench = await Bench.open({ inventory: INVENTORY, sandbox, overHttp: isFullExtent });
  // The SDK signs by this clock.
  jest.spyOn(Date, 'now').mockImplementation(bench.machineNow);
}
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.close();
});

async function itemsOf(...options: readonly string[]): Promise<readonly JsonEvent[]> {
  const { events } = await bench.runJson('plan', ...options, '--fleet', 'payments');
  return events.filter(({ event }) => event === 'item');
}

/** A person has to do something at the token or in the console; nothing is wrong with the command line. */
const WAITS = ['token/absent', 'cancelled', 'iam/not-registered', 'iam/not-confirmed', 'evidence/no-sign-in'];

/** Runs each command as it is printed, with nobody there to do anything. */
async function expectToWork(items: readonly JsonEvent[]): Promise<void> {
  for (const { command, serial } of items) {
    const [program, ...words] = splitWords(String(command).replace('REASON', 'lost'));
    const stop = new AbortController();
    bench.stop = stop;
    // Nothing will come of a long wait for the console.
    bench.onEvent = ({ message }) => String(message).startsWith('waiting until') && stop.abort();
    const told = await bench.runJson(...words);
    bench.stop = new AbortController();
    expect([command, program, WAITS.includes(String(told.code)) ? 'waits' : told.code]).toEqual([
      command,
      'mfa-runbook',
      'waits',
    ]);
    const isNamed = told.data.includes(String(serial)) || told.code === 'evidence/no-sign-in';
    expect([command, isNamed]).toEqual([command, true]);
    await bench.run('resume', '--abandon', '--fleet', 'payments');
  }
}

test('enrolls tokens of every kind', async () => {
  await open();
  const items = (await itemsOf()).filter(({ kind }) => kind === 'enroll');
  expect(items.map(({ holder, slot, isInOneRun = false }) => [holder, slot, isInOneRun])).toEqual([
    ['alice', 'key', false],
    ['alice', 'oath', true],
    ['alice', 'printed', false],
    ['alice', 'profile', true],
    ['alice', 'programmable', true],
    [`root@${OWN}`, 'key', false],
    [`root@${OWN}`, 'programmable', false],
  ]);
  await expectToWork(items);
  const { data } = await bench.run('plan', '--fleet', 'payments');
  expect(data).toContain(
    'to enroll (7): 3 of them in one run with `mfa-runbook enroll --all --fleet payments`',
  );
});

test('enrolls root of another account by the way that the plan saw it', async () => {
  await open();
  const items = (await itemsOf('--assume-root')).filter(({ holder }) => holder === `root@${MEMBER}`);
  expect(items.map(({ kind, slot }) => [kind, slot])).toEqual([
    ['enroll', 'key'],
    ['enroll', 'printed'],
    ['enroll', 'programmable'],
  ]);
  expect(items.every(({ command }) => String(command).includes(' --assume-root'))).toBe(true);
  await expectToWork(items);
});

test('looks through the role that the plan looked through', async () => {
  await open();
  const there = bench.sandbox.administratorOf(MEMBER);
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OWN}:root` }, Action: 'sts:AssumeRole' };
  await bench.sandbox.call(there, 'iam', 'CreateRole', {
    RoleName: 'view',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  const look = {
    Effect: 'Allow',
    Action: ['iam:ListVirtualMFADevices', 'iam:ListAccountAliases'],
    Resource: '*',
  };
  await bench.sandbox.call(there, 'iam', 'PutRolePolicy', {
    RoleName: 'view',
    PolicyName: 'look',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [look] }),
  });
  const items = (await itemsOf('--view-role-name', 'view')).filter(
    ({ holder, command }) => holder === `root@${MEMBER}` && command !== undefined,
  );
  expect(items).toEqual([
    expect.objectContaining({
      slot: 'programmable',
      command: expect.stringContaining(`--view-role arn:aws:iam::${MEMBER}:role/view`),
      // The summary is denied to this role.
      why: expect.stringContaining('not known'),
    }),
  ]);
  await expectToWork(items);
});

test('proves, replaces and retires tokens of every kind', async () => {
  await open();
  const path = '/mfa-guardrails/payments/';
  await bench.assignDevice('alice', 'alice.programmable.86596220000001', path);
  await bench.assignDevice('alice', 'alice.profile.826658719844499+02', path);
  await bench.assignDevice('alice', 'alice.left.86596220000077', path);
  const console = bench.sandbox.console();
  console.registerSecurityKey('alice', 'key.31415926');
  bench.sandbox.console(MEMBER).registerRootSecurityKey('root.key.31415930');
  bench.sandbox.console(MEMBER).registerRootSecurityKey('root.printed.31415999');
  bench.sandbox.console(MEMBER).registerRootSecurityKey('root.gone.31415998');
  const items = (await itemsOf('--assume-root')).filter(({ kind }) => kind !== 'enroll');
  const done = items.filter(({ command }) => String(command).startsWith('mfa-runbook'));
  expect(done.map(({ kind, holder, slot }) => `${kind} ${holder} ${slot}`).sort()).toEqual([
    'prove alice key',
    'prove alice programmable',
    `prove root@${MEMBER} key`,
    'replace alice profile',
    `replace root@${MEMBER} printed`,
    'retire alice left',
  ]);
  await expectToWork(done);
  // A device of root that no slot declares is removed by root, and by no command.
  expect(items).toContainEqual(
    expect.objectContaining({
      kind: 'retire',
      holder: `root@${MEMBER}`,
      slot: 'gone',
      byHand: expect.any(String),
    }),
  );
});
