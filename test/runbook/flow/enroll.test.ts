import { ALICE_PRIMARY, Bench } from '../../support/bench';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;

test('enrols the declared token with two typed codes', async () => {
  const token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  const { exitCode, people, data } = await bench.run(...ENROLL);
  expect(people).toContain('evidence is in');
  expect(exitCode).toBe(0);
  const arn = bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY);
  expect(data).toBe(`${arn}\n`);
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect(bench.seeds).toHaveLength(1);
  expect(token.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
});
