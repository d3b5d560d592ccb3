import { everyAim } from './actions';
import { EQUIVALENCES } from './equivalent-mutants';
import { type MutationScore, mutationScore } from './mutation-score';
import { type Kind, USER_SUBJECTS } from './subjects';

let score: MutationScore;
beforeAll(async () => {
  score = await mutationScore(USER_SUBJECTS, await everyAim());
});

test('every mistake in a policy of users is noticed, or listed as one that changes nothing', () => {
  expect(score.mutants).toBeGreaterThanOrEqual(300);
  expect(score.survivors).toEqual([]);
});

test('no mistake is listed in vain as one that changes nothing', () => {
  const kinds: readonly Kind[] = ['identity'];
  const listed = EQUIVALENCES.filter(
    (each) => each.of === undefined && each.kinds.some((kind) => kinds.includes(kind)),
  );

  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((each) => !score.needed.has(each))).toEqual([]);
});
