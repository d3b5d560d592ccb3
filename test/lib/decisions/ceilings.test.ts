import { type Aim, everyAim } from './actions';
import { inFocus } from './focus';
import { everyQuestion } from './questions';
import { CEILING_SUBJECTS } from './subjects';
import { decisionWith, rowsOf, surprises } from './table';

let aims: readonly Aim[];
beforeAll(async () => {
  aims = await everyAim();
});

describe.each(CEILING_SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_name, subject) => {
  const policy = subject.policy('aws');
  const [first = 'olga'] = subject.callers;

  test('is left and denied what is meant, action by action, however signed in', async () => {
    const rows = everyQuestion(subject, aims);

    expect(await surprises(rows, subject.kind, policy)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(subject.isVariant ? 4_000 : 7_000);
    expect(new Set(rows.map(({ expected }) => expected))).toEqual(new Set(['o', '-']));
  });

  test('is granted nothing', async () => {
    const rows = rowsOf(subject, inFocus(aims), { callers: [first], signIns: ['fresh MFA'] });
    const allowed: string[] = [];
    for (const row of rows) {
      if ((await decisionWith('nothing', row, subject.kind, policy)) === 'Allowed') {
        allowed.push(row.action);
      }
    }

    // STS answers who one is to everybody.
    expect(allowed).toEqual(['sts:GetCallerIdentity']);
  });
});
