import { type Aim, everyAim } from './actions';
import { inFocus } from './focus';
import { everyQuestion } from './questions';
import { USER_SUBJECTS } from './subjects';
import { decisionWith, rowsOf, sentence, surprises } from './table';

let aims: readonly Aim[];
beforeAll(async () => {
  aims = await everyAim();
});

describe.each(USER_SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_name, subject) => {
  const policy = subject.policy('aws');

  test('is granted, left and denied what is meant, action by action, however signed in', async () => {
    const rows = everyQuestion(subject, aims);

    expect(await surprises(rows, subject.kind, policy)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(subject.isVariant ? 5_000 : 9_000);
    expect(new Set(rows.map(({ expected }) => expected))).toEqual(new Set(['+', 'o', '-']));
  });

  test('is denied it explicitly, and not allowed it as an administrator either', async () => {
    const rows = rowsOf(subject, inFocus(aims), { callers: ['olga under a path'] });
    const wrong: string[] = [];
    for (const row of rows) {
      const decision = await decisionWith('an administrator', row, subject.kind, policy);
      if (decision !== (row.expected === '-' ? 'ExplicitlyDenied' : 'Allowed')) {
        wrong.push(`${sentence(row)}: ${decision}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(500);
  });
});
