/** The process dies at any write of the journal: the next `resume` ends right, and the one after it changes nothing. */
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { atWrite, killCommand } from '../../support/kill-command';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;

let bench: Bench;
let token: VirtualToken2Single;
let arn: string;

beforeEach(async () => {
  bench = await Bench.open();
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  arn = bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY);
});
afterEach(() => bench.close());

function mutations(): readonly string[] {
  return bench.sandbox.calls
    .map(({ operation }) => operation)
    .filter((name) => /^(Create|Delete|Deactivate|Enable|Put)/.test(name));
}

/** Begin and done of four effects, and the removal. */
const WRITES = 9;
const POINTS = (['before', 'after'] as const).flatMap((when) =>
  Array.from({ length: WRITES }, (_, nth) => [nth, when] as const),
);

test.each(POINTS)('killed at journal write %i, %s it is durable', async (nth, when) => {
  expect(await killCommand(bench, atWrite(nth, when), ...ENROLL)).toBe(true);
  if (!token.isOn) {
    token.press();
  }
  const resumed = await bench.run('resume');
  expect({ people: resumed.people, exitCode: resumed.exitCode }).toMatchObject({ exitCode: 0 });
  if (bench.journals.files.size === 0 && bench.evidence.length === 0) {
    // Nothing was durable yet, so nothing was begun.
    expect([nth, when]).toEqual([0, 'before']);
    expect(await bench.devices()).toEqual([]);
    return;
  }
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect([...bench.journals.files.keys()]).toEqual([]);
  expect(bench.evidence).toHaveLength(1);
  const before = mutations().length;
  expect((await bench.run('resume')).exitCode).toBe(0);
  expect(mutations()).toHaveLength(before);
});

test('there are no more journal writes than those', async () => {
  expect(await killCommand(bench, atWrite(WRITES, 'before'), ...ENROLL)).toBe(false);
});
