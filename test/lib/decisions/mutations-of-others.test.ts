import { everyAim } from './actions';
import { EQUIVALENCES } from './equivalent-mutants';
import { type MutationScore, mutationScore } from './mutation-score';
import { CEILING_SUBJECTS, type Kind, ROLE_SUBJECTS, TRUST_SUBJECTS } from './subjects';

/** The strict boundary says what the strict service control policy says but for exempt users. */
const ceilings = CEILING_SUBJECTS.filter(({ kind, isVariant }) => kind !== 'boundary' || !isVariant);

let score: MutationScore;
beforeAll(async () => {
  score = await mutationScore([...ceilings, ...ROLE_SUBJECTS, ...TRUST_SUBJECTS], await everyAim());
});

test('every mistake in a boundary, a service control policy, a role or its trust is noticed, or listed as one that changes nothing', () => {
  expect(score.mutants).toBeGreaterThanOrEqual(300);
  expect(score.survivors).toEqual([]);
});

test('no mistake is listed in vain as one that changes nothing', () => {
  const kinds: readonly Kind[] = ['boundary', 'service control', 'trust'];
  const listed = EQUIVALENCES.filter(
    (each) => each.of === 'roles' || each.kinds.some((kind) => kinds.includes(kind)),
  );

  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((each) => !score.needed.has(each))).toEqual([]);
});
