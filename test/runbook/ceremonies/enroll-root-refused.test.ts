/** An enrollment of root refuses these: each with its code and exit code, and nothing changed. */

import type { BenchOptions } from '../../support/bench';
import { ENROLL_OWN, MEMBER, OWN, OWN_TOKEN, ROOT_INVENTORY, RootBench } from './root-bench';

const SECRET = 'GEZDGNBVGY3TQOJQ'.repeat(4);
const ISSUER = 'Amazon%20Web%20Services';

let root: RootBench;
/** The calls of the last command. */
let called: readonly string[] = [];
afterEach(() => root.bench.close());

function uri(who: string, parameters = ''): string {
  return `otpauth://totp/${ISSUER}:${who}?secret=${SECRET}&issuer=${ISSUER}${parameters}`;
}

async function refused(options: BenchOptions, args: readonly string[], pasted?: string) {
  root = await RootBench.open(options);
  root.bench.handedOver.secret = pasted;
  const before = root.bench.sandbox.calls.length;
  const told = await root.bench.runJson(...args);
  called = root.bench.sandbox.calls.slice(before).map(({ operation }) => operation);
  expect(root.bench.evidence).toEqual([]);
  expect([...root.bench.journals.files.keys()]).toEqual([]);
  expect(root.token.holdsSeed).toBe(false);
  expect(await root.rootDevices()).toEqual([]);
  expect(told.hints.length).toBeGreaterThan(0);
  // Where the arguments were wrong, nothing was started and no state is told.
  const error = told.events.find(({ event }) => event === 'error');
  expect(told.exitCode === 2 || typeof error?.state === 'string').toBe(true);
  return { code: told.code, exit: told.exitCode };
}

const PASTE = ['enroll', 'root', '--slot', 'primary', '--secret'] as const;

test.each([
  ['another account by its number', uri(`root.primary.${OWN_TOKEN}@${MEMBER}`), 'seed/other-account', 1],
  ['another account by its alias', uri(`root.primary.${OWN_TOKEN}@payments`), 'seed/other-account', 1],
  [
    'another service',
    'otpauth://totp/GitHub:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=GitHub',
    'seed/other-account',
    1,
  ],
  [
    'another length, without a yes',
    uri(`root.primary.${OWN_TOKEN}@${OWN}`).replace(SECRET, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'),
    'cancelled',
    130,
  ],
  [
    'fewer than 20 bytes',
    uri(`root.primary.${OWN_TOKEN}@${OWN}`).replace(SECRET, 'GEZDGNBVGY3TQOJQ'),
    'seed/not-a-secret',
    1,
  ],
  [
    'codes that count',
    uri(`root.primary.${OWN_TOKEN}@${OWN}`).replace('totp', 'hotp'),
    'seed/not-supported',
    1,
  ],
  ['codes of 8 digits', uri(`root.primary.${OWN_TOKEN}@${OWN}`, '&digits=8'), 'seed/not-supported', 1],
  ['codes every 60 seconds', uri(`root.primary.${OWN_TOKEN}@${OWN}`, '&period=60'), 'seed/not-supported', 1],
  ['SHA-256', uri(`root.primary.${OWN_TOKEN}@${OWN}`, '&algorithm=SHA256'), 'seed/not-supported', 1],
  ['another name, without a yes', uri(`phone@${OWN}`), 'cancelled', 130],
])('the code of %s', async (_what, pasted, code, exit) => {
  const options = { sandbox: { alias: 'platform' } };
  expect(await refused(options, PASTE, pasted)).toEqual({ code, exit });
});

test("a picture of the token's serial, which stays", async () => {
  root = await RootBench.open();
  await root.savePicture(OWN_TOKEN);
  const told = await root.bench.runJson(...ENROLL_OWN);
  expect(told).toMatchObject({ code: 'seed/not-otpauth', exitCode: 1 });
  expect([root.token.holdsSeed, await root.hasPicture()]).toEqual([false, true]);
});

test('an alias that is that of the account is taken', async () => {
  root = await RootBench.open({ sandbox: { alias: 'platform' } });
  await root.showCode();
  expect((await root.bench.run(...ENROLL_OWN)).exitCode).toBe(0);
});

test('GovCloud has no root user', async () => {
  const sandbox = { partition: 'aws-us-gov', region: 'us-gov-west-1' };
  expect(await refused({ sandbox }, ENROLL_OWN)).toEqual({ code: 'iam/no-root', exit: 1 });
  expect(called).toEqual(['GetCallerIdentity']);
});

test.each([
  [
    'a root user that the record does not declare',
    ['enroll', 'root@333333333333', '--slot', 'primary'],
    'record/no-holder',
    1,
  ],
  ['a slot that it does not declare', ['enroll', 'root', '--slot', 'backup'], 'record/no-slot', 1],
  ['what is no account', ['enroll', 'root@12', '--slot', 'primary'], 'usage', 2],
  ['a picture for a user', ['enroll', 'bob.breakglass', '--slot', 'primary', '--qr', 'code.png'], 'usage', 2],
  ['a role for a user', ['enroll', 'bob.breakglass', '--slot', 'primary', '--assume-root'], 'usage', 2],
  ['two ways to one secret', [...ENROLL_OWN, '--secret'], 'usage', 2],
  ['a resync', ['resync', 'root', '--slot', 'primary'], 'usage', 2],
] as const)('%s', async (_what, args, code, exit) => {
  expect(await refused({}, args)).toEqual({ code, exit });
});

test('a mistyped slot, with the one that was meant', async () => {
  root = await RootBench.open();
  const { code, hints } = await root.bench.runJson('retire', 'root', '--slot', 'pirmary');
  expect([code, hints[0]]).toEqual(['record/no-slot', 'did you mean primary?']);
});

test('a record without root users', async () => {
  const inventory = ROOT_INVENTORY.replace(/roots:[\s\S]*/, '');
  expect(await refused({ inventory }, ENROLL_OWN)).toEqual({ code: 'record/no-holder', exit: 1 });
});

test('an account that this caller may not see', async () => {
  const args = ['enroll', `root@${MEMBER}`, '--slot', 'primary'];
  const role = ['--view-role', `arn:aws:iam::${MEMBER}:role/auditor`];
  expect(await refused({ overHttp: true }, [...args, ...role])).toEqual({ code: 'aws/denied', exit: 1 });
});

test('a slot with another token', async () => {
  root = await RootBench.open();
  await root.enrollOther('root.primary.86596220000099');
  const told = await root.bench.runJson(...ENROLL_OWN);
  expect(told).toMatchObject({ code: 'iam/slot-taken', exitCode: 3 });
  expect(root.token.holdsSeed).toBe(false);
});

test('a token that is enrolled in another slot', async () => {
  root = await RootBench.open();
  await root.enrollOther(`root.backup.${OWN_TOKEN}`);
  expect(await root.bench.runJson(...ENROLL_OWN)).toMatchObject({ code: 'iam/token-in-use', exitCode: 3 });
});

test('a ninth device', async () => {
  root = await RootBench.open();
  for (let nth = 1; nth <= 8; nth++) {
    await root.enrollOther(`phone${nth}`);
  }
  expect(await root.bench.runJson(...ENROLL_OWN)).toMatchObject({ code: 'iam/device-limit', exitCode: 3 });
});

test('a name that a user has', async () => {
  root = await RootBench.open();
  await root.bench.assignDevice('bob.breakglass', root.name, '/');
  expect(await root.bench.runJson(...ENROLL_OWN)).toMatchObject({ code: 'iam/name-taken', exitCode: 3 });
});
