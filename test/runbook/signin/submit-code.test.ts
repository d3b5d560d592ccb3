/** What happens to codes on their way to AWS, through the whole command against a sandbox that judges them as AWS does. */
import { join } from 'node:path';
import { CodeLedger } from '../../../runbook/signin/code-ledger';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { enrolPhone } from '../../support/operator';
import {
  ALICE,
  BACKUP,
  PRIMARY,
  SETTLED_MS,
  SessionBench,
  type SessionBenchOptions,
} from '../../support/session-bench';

let bench: SessionBench;

async function open(options: SessionBenchOptions = {}): Promise<SessionBench> {
  bench = await SessionBench.open(options);
  return bench;
}

afterEach(() => bench.close());

function again() {
  return bench.run('session', '--output', 'none', '--no-cache');
}
function submissions(): readonly string[] {
  return bench.calls
    .filter((call) => call.includes('GetSessionToken'))
    .map((call) => call.split(' ')[2] ?? '');
}

test('a process started in the same 30 seconds waits for the next code, then asks', async () => {
  await open();
  expect((await again()).exitCode).toBe(0);
  const before = bench.waitedMs;
  const { exitCode, people } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok', 'ok'] });
  expect(people).toContain(
    'a code of this device was submitted on this machine a moment ago, and each counts once',
  );
  expect(people).toMatch(/the next code comes in (29|3[01]) s/);
  expect(bench.waitedMs - before).toBeGreaterThan(25_000);
  expect(bench.waitedMs - before).toBeLessThanOrEqual(32_000);
});

test('a code typed again later is refused here, never sent', async () => {
  await open();
  const used = bench.primary.code();
  expect((await again()).exitCode).toBe(0);
  bench.clock.advance(40_000);
  const answers = [used, used];
  bench.answer = () => answers.shift() ?? bench.primary.code();
  const { exitCode, people } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok', 'ok'] });
  expect(people.match(/that code was submitted before, on this machine/g)).toHaveLength(2);
});

test('two runs at once never submit the same code', async () => {
  await open();
  const sent: string[] = [];
  bench.answer = () => {
    const code = bench.primary.code();
    sent.push(code);
    return code;
  };
  const finished = await Promise.all([again(), again(), again()]);
  expect(finished.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(submissions()).toEqual(['ok', 'ok', 'ok']);
  expect(sent.length).toBeGreaterThan(3);
});

test('a device enabled a moment ago is waited for before the code is asked for', async () => {
  await open();
  bench.clock.advance(1_000);
  const backup = await bench.enrolBackup();
  bench.answer = () => backup.code();
  const { exitCode, people } = await bench.run('session', '--output', 'none', '--device', 'backup');
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok'] });
  expect(people).toMatch(/the device was enabled just now, and AWS takes its codes in 1[45] s/);
});

test('a device enabled a moment ago that could not be listed before is found out after the refusal', async () => {
  let lists = 0;
  await open({
    wrap: (issuer) => ({
      ...issuer,
      // Lists lag behind: the first one does not show the new device yet.
      ownDevices: async () => (lists++ === 0 ? [{ arn: BACKUP, enabledAt: undefined }] : issuer.ownDevices()),
    }),
  });
  const backup = await bench.enrolBackup();
  bench.answer = () => backup.code();
  const { exitCode, people } = await bench.run('session', '--output', 'none', '--device', BACKUP);
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 0,
    submissions: ['AccessDenied', 'ok'],
  });
  expect(people).toContain('the device was enabled just now');
  expect(people).not.toContain('tries left');
});

test('a device of somebody else is named as such after one code', async () => {
  await open();
  await bench.sandbox.call(bench.sandbox.administrator, 'iam', 'CreateUser', { UserName: 'bob' });
  const bobs = await enrolPhone(bench.sandbox, 'bob', { name: 'bob-phone' });
  bench.clock.advance(SETTLED_MS);
  await bench.allow({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' });
  bench.answer = () => bobs.code();
  const denied = await bench.run('session', '--output', 'none', '--device', bobs.deviceArn);
  expect(denied.people).toContain('3 codes were sent');
  await bench.allow({ Effect: 'Allow', Action: 'iam:ListMFADevices', Resource: '*' });
  const listed = await bench.run('session', '--output', 'none', '--device', bobs.deviceArn);
  expect(listed.people).toContain(`error: ${bobs.deviceArn} is none of your devices`);
  expect(listed.people).toContain('state: no session was opened, no code was sent');
});

test('after a rejection the next code is waited for before it is asked for', async () => {
  await open();
  const askedAt: number[] = [];
  bench.answer = () => {
    askedAt.push(bench.clock.now());
    return askedAt.length === 1 ? '000000' : bench.primary.code();
  };
  const { exitCode, people } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 0,
    submissions: ['AccessDenied', 'ok'],
  });
  const [note = -1, wait = -1] = ['tries left', 'the next code comes in'].map((text) => people.indexOf(text));
  expect(note).toBeGreaterThanOrEqual(0);
  expect(wait).toBeGreaterThan(note);
  // The code that is still on the display is not asked for, and so never rejected.
  expect(people).not.toContain('was submitted');
  const steps = askedAt.map((atMs) => Math.floor(atMs / 30_000));
  expect(steps[1]).toBe((steps[0] ?? 0) + 1);
});

test('three wrong codes end the run with the ways to test the token', async () => {
  await open();
  let next = 0;
  bench.answer = () => `00000${next++}`;
  const { exitCode, people } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 1,
    submissions: ['AccessDenied', 'AccessDenied', 'AccessDenied'],
  });
  expect(people).toMatch(/error: .* alice.breakglass primary, token 86596220000001\n/);
  expect(people).toContain('`mfa-runbook prove`');
  expect(people).toContain('`mfa-runbook resync`');
  expect(people).toContain('state: no session was opened, 3 codes were sent and are used up');
});

test('the tenth code of three minutes is not sent: the run waits until AWS looks at codes again', async () => {
  await open();
  // As nine processes would, all in one step.
  const ledger = new CodeLedger(localPrivateFiles, join(bench.home, 'state'), PRIMARY);
  for (let next = 0; next < 9; next++) {
    expect(await ledger.claim(`00000${next}`, bench.clock.now())).toBeUndefined();
  }
  const { exitCode, people } = await again();
  expect({ exitCode, sent: submissions() }).toEqual({ exitCode: 0, sent: ['ok'] });
  expect(people).toContain('nine codes of this device were tried in three minutes');
  expect(people).toMatch(/AWS looks at codes again in \d+ s/);
});

test('countdowns run by AWS’s time where this machine’s clock is off', async () => {
  await open();
  bench.machineOffsetMs = -12_000;
  expect((await again()).exitCode).toBe(0);
  const { exitCode } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok', 'ok'] });
  // By the machine's own time the next code would have come too soon, and been the same.
  expect(bench.questions).toHaveLength(2);
});

test('a code whose answer was lost is not sent again, and the next run takes the next one', async () => {
  await open();
  bench.sandbox.faults = ({ operation }) => (operation === 'GetSessionToken' ? 'dropped-after' : undefined);
  const lost = await again();
  expect(lost.exitCode).toBe(1);
  expect(lost.people).toContain('error: no answer to sts:GetSessionToken');
  expect(lost.people).toContain('state: no session was opened, 1 code was sent and is used up');
  expect(submissions()).toHaveLength(1);
  bench.sandbox.faults = undefined;
  expect((await again()).exitCode).toBe(0);
  expect(submissions()).toHaveLength(2);
});

test('the ledger tells neither code nor device', async () => {
  await open();
  await again();
  const names = bench.files().filter((file) => file.startsWith('state/codes/'));
  expect(names).toHaveLength(1);
  expect(names.join()).not.toContain(bench.primary.code());
  expect(names.join()).not.toContain(ALICE);
  expect(names.join()).not.toContain(PRIMARY);
});
