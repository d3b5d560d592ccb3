/** Codes on their way to AWS: the whole command against a sandbox that judges them as AWS does. */
import { join } from 'node:path';
import { CodeLedger } from '../../../runbook/signin/code-ledger';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { parseEvents } from '../../support/json-events';
import { enrollPhone } from '../../support/operator';
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

/** Opens a session without the cache; returns what happened, event by event, and the last event. */
async function again(...options: readonly string[]) {
  const { exitCode, data } = await bench.run('session', '--no-cache', '--json', ...options);
  const events = parseEvents(data);
  return { exitCode, happened: events.map(({ event, reason }) => reason ?? event), last: events.at(-1) };
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
  const { exitCode, happened } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok', 'ok'] });
  expect(happened).toEqual(['used', 'note', 'waiting', 'ask', 'session']);
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
  const { exitCode, happened } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok', 'ok'] });
  expect(happened.filter((what) => what === 'used')).toHaveLength(2);
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
  const backup = await bench.enrollBackup();
  bench.answer = () => backup.code();
  const { exitCode, happened } = await again('--device', 'backup');
  expect({ exitCode, submissions: submissions() }).toEqual({ exitCode: 0, submissions: ['ok'] });
  expect(happened).toEqual(['waiting', 'ask', 'session']);
});

test('a device enabled a moment ago that could not be listed before is waited for after the rejection', async () => {
  let lists = 0;
  await open({
    wrap: (issuer) => ({
      ...issuer,
      // Lists lag behind: the first one does not show the new device yet.
      ownDevices: async () => (lists++ === 0 ? [{ arn: BACKUP, enabledAt: undefined }] : issuer.ownDevices()),
    }),
  });
  const backup = await bench.enrollBackup();
  bench.answer = () => backup.code();
  const { exitCode, happened } = await again('--device', BACKUP);
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 0,
    submissions: ['AccessDenied', 'ok'],
  });
  expect(happened.slice(0, 3)).toEqual(['ask', 'waiting', 'ask']);
  expect(happened).not.toContain('code-refused');
});

test('a device of somebody else is refused before a code is asked for, if the devices can be listed', async () => {
  await open();
  await bench.sandbox.call(bench.sandbox.administrator, 'iam', 'CreateUser', { UserName: 'bob' });
  const bobs = await enrollPhone(bench.sandbox, 'bob', { name: 'bob-phone' });
  bench.clock.advance(SETTLED_MS);
  await bench.allow({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' });
  bench.answer = () => bobs.code();
  expect((await again('--device', bobs.deviceArn)).last).toMatchObject({ code: 'session/wrong-code' });
  expect(submissions()).toHaveLength(3);
  await bench.allow({ Effect: 'Allow', Action: 'iam:ListMFADevices', Resource: '*' });
  expect((await again('--device', bobs.deviceArn)).last).toMatchObject({ code: 'session/no-device' });
  expect(submissions()).toHaveLength(3);
});

test('after a rejection the next code is waited for before it is asked for', async () => {
  await open();
  const askedAt: number[] = [];
  bench.answer = () => {
    askedAt.push(bench.clock.now());
    return askedAt.length === 1 ? '000000' : bench.primary.code();
  };
  const { exitCode, happened } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 0,
    submissions: ['AccessDenied', 'ok'],
  });
  // The code that is still on the display is not asked for, and so never rejected.
  expect(happened).toEqual(['ask', 'code-refused', 'note', 'used', 'waiting', 'ask', 'session']);
  const steps = askedAt.map((atMs) => Math.floor(atMs / 30_000));
  expect(steps[1]).toBe((steps[0] ?? 0) + 1);
});

test('three wrong codes end the run with the ways to test the token', async () => {
  await open();
  let next = 0;
  bench.answer = () => `00000${next++}`;
  const { exitCode, last } = await again();
  expect({ exitCode, submissions: submissions() }).toEqual({
    exitCode: 1,
    submissions: ['AccessDenied', 'AccessDenied', 'AccessDenied'],
  });
  expect(last).toMatchObject({ code: 'session/wrong-code', state: expect.stringContaining('3 codes') });
  expect(String(last?.hints)).toMatch(/`mfa-runbook prove`.*`mfa-runbook resync`/);
});

test('the tenth code of three minutes is not sent: the run waits until AWS looks at codes again', async () => {
  await open();
  // As nine processes would, all in one step.
  const ledger = new CodeLedger(localPrivateFiles, join(bench.home, 'state'), PRIMARY);
  for (let next = 0; next < 9; next++) {
    expect(await ledger.claim(`00000${next}`, bench.clock.now())).toBeUndefined();
  }
  const { exitCode, happened } = await again();
  expect({ exitCode, sent: submissions() }).toEqual({ exitCode: 0, sent: ['ok'] });
  expect(happened).toEqual(['too-many', 'note', 'waiting', 'ask', 'session']);
});

test('countdowns run by AWS’s time if this machine’s clock is off', async () => {
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
  expect(await again()).toMatchObject({
    exitCode: 1,
    last: { code: 'aws/no-answer', state: expect.stringContaining('1 code ') },
  });
  expect(submissions()).toHaveLength(1);
  bench.sandbox.faults = undefined;
  expect((await again()).exitCode).toBe(0);
  expect(submissions()).toHaveLength(2);
});

test('the ledger reveals neither code nor device', async () => {
  await open();
  await again();
  const names = bench.files().filter((file) => file.startsWith('state/codes/'));
  expect(names).toHaveLength(1);
  expect(names.join()).not.toContain(bench.primary.code());
  expect(names.join()).not.toContain(ALICE);
  expect(names.join()).not.toContain(PRIMARY);
});
