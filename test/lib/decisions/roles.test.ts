import { type Aim, everyAim } from './actions';
import { everyQuestion } from './questions';
import { ROLE_SUBJECTS, TRUST_SUBJECTS } from './subjects';
import { surprises } from './table';

let aims: readonly Aim[];
beforeAll(async () => {
  aims = await everyAim();
});

test.each(ROLE_SUBJECTS.map((subject) => [subject.name, subject] as const))(
  '%s is granted what is meant and nothing else, of every action of seven services',
  async (_name, subject) => {
    const rows = everyQuestion(subject, aims);

    expect(await surprises(rows, subject.kind, subject.policy('aws'))).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(2_000);
    expect(rows.filter(({ expected }) => expected === '+').length).toBeGreaterThan(10);
  },
);

test.each(TRUST_SUBJECTS.map((subject) => [subject.name, subject] as const))(
  '%s lets in who is meant, however signed in, by every action of STS on a role',
  async (_name, subject) => {
    const rows = everyQuestion(subject, aims);

    expect(await surprises(rows, subject.kind, subject.policy('aws'))).toEqual([]);
    expect(rows.some(({ expected }) => expected === '+')).toBe(true);
    expect(new Set(rows.map(({ action }) => action)).size).toBeGreaterThan(4);
  },
);
