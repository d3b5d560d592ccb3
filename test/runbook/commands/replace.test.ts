import { Bench } from '../../support/bench';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const REPLACE = ['replace', 'alice.breakglass', '--slot', 'primary'] as const;

test('help shows what can be asked, with examples', async () => {
  const { exitCode, data } = await bench.run('replace', '--help');
  for (const part of [
    '--reason <reason>',
    '"lost", "stolen", "broken", "expired"',
    '--spare <serial>',
    '--codes',
    '--witness',
    'Examples:',
  ]) {
    expect(data).toContain(part);
  }
  expect(exitCode).toBe(0);
});

test.each([
  [
    'without a holder',
    ['replace', '--slot', 'primary', '--reason', 'lost'],
    /missing required argument 'holder'/,
  ],
  [
    'without a slot',
    ['replace', 'alice.breakglass', '--reason', 'lost'],
    /required option '--slot <slot>' not specified/,
  ],
  ['without a reason', [...REPLACE], /required option '--reason <reason>' not specified/],
  [
    'for no good reason',
    [...REPLACE, '--reason', 'bored'],
    /'bored' is invalid.*lost, stolen, broken, expired/,
  ],
  ['with three codes', [...REPLACE, '--reason', 'lost', '--codes', '3'], /'3' is invalid/],
])('%s it is refused before AWS is asked anything', async (_name, args, message) => {
  const calls = bench.sandbox.calls.length;
  const { exitCode, people } = await bench.run(...args);
  expect(people).toMatch(message);
  expect(exitCode).toBe(2);
  expect(bench.sandbox.calls.length).toBe(calls);
});

test('the caller is no witness', async () => {
  const { exitCode, people } = await bench.run(...REPLACE, '--reason', 'lost', '--witness', ' ');
  expect(people).toMatch(/error: witness/);
  expect(exitCode).toBe(2);
});

test('hints repeat the command as it was given', async () => {
  bench.sandbox.faults = ({ operation }) => (operation === 'ListMFADevices' ? 'throttled' : undefined);
  const { people } = await bench.run(
    ...REPLACE,
    '--reason',
    'broken',
    '--spare',
    '86596220000009',
    '--codes',
    '1',
    '--witness',
    'Wanda Witt',
  );
  expect(people).toContain(
    "then run `mfa-runbook replace alice.breakglass --slot primary --reason broken --spare 86596220000009 --codes 1 --witness 'Wanda Witt'` again",
  );
});
