import { Bench } from '../../support/bench';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

test('help shows what can be asked, with examples', async () => {
  const { exitCode, data } = await bench.run('retire', '--help');
  for (const part of ['--slot <slot>', '--all-devices', '--confirm <holder>', 'Examples:']) {
    expect(data).toContain(part);
  }
  expect(exitCode).toBe(0);
});

test.each([
  ['without a holder', ['retire', '--all-devices'], /missing required argument 'holder'/],
  ['of nothing', ['retire', 'alice.breakglass'], /what to retire of alice.breakglass is missing/],
  [
    'of a slot and everything',
    ['retire', 'alice.breakglass', '--slot', 'primary', '--all-devices'],
    /does not go with --slot/,
  ],
  [
    'confirmed for somebody else',
    ['retire', 'alice.breakglass', '--all-devices', '--confirm', 'bob.breakglass'],
    /--confirm says bob.breakglass, the holder is alice.breakglass/,
  ],
])('%s it is refused before AWS is asked anything', async (_name, args, message) => {
  const calls = bench.sandbox.calls.length;
  const { exitCode, people } = await bench.run(...args);
  expect(people).toMatch(message);
  expect(exitCode).toBe(2);
  expect(bench.sandbox.calls.length).toBe(calls);
});

test('hints repeat the command as it was given', async () => {
  bench.sandbox.faults = ({ operation }) => (operation === 'ListMFADevices' ? 'throttled' : undefined);
  const { people } = await bench.run(
    'retire',
    'alice.breakglass',
    '--slot',
    'primary',
    '--confirm',
    'alice.breakglass',
  );
  expect(people).toContain(
    'then run `mfa-runbook retire alice.breakglass --slot primary --confirm alice.breakglass` again',
  );
  expect(people).toContain('state: nothing was changed in IAM');
});
