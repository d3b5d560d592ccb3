import { repetitions } from '../../support/extent';
import { runHostileOath } from '../../tokens/ykoath-hostile';

test('a card that answers whatever it likes breaks nothing and is not written to unseen', async () => {
  const { violations, outcomes, writes, longestSession } = await runHostileOath(repetitions(50_000), 1);
  expect(violations).toEqual([]);
  // They are no sessions that end at the first question.
  expect(writes).toBeGreaterThan(100);
  expect(outcomes.done).toBeGreaterThan(10);
  expect(Object.keys(outcomes).length).toBeGreaterThan(5);
  expect(longestSession).toBeGreaterThan(40);
});

test('a session is its seed: played again it ends the same', async () => {
  const first = await runHostileOath(500, 7);
  expect(await runHostileOath(500, 7)).toEqual(first);
  expect(await runHostileOath(500, 8)).not.toEqual(first);
});
