import { decide, decideUnchecked } from '../../support/policy-simulation';
import { type Aim, everyAim } from './actions';
import { callerNamed } from './callers';
import { ALL_SIGN_INS, inFocus } from './focus';
import { everyQuestion } from './questions';
import { SUBJECTS } from './subjects';
import { requestOf, rowsOf, sentence } from './table';

let aims: readonly Aim[];
beforeAll(async () => {
  aims = await everyAim();
});

test('AWS knows every action of the table on the resource it is asked about', async () => {
  const setting = { caller: callerNamed('olga'), partition: 'aws' };
  const refusals = aims.map(({ action, resource }) =>
    decide({
      caller: setting.caller,
      signIn: 'fresh MFA',
      action,
      resource: resource(setting),
      policies: [],
    }).then(() => [], String),
  );

  expect((await Promise.all(refusals)).flat()).toEqual([]);
  expect(new Set(aims.map(({ action }) => action)).size).toBeGreaterThan(1_400);
});

test('the table asks at least 10,000 different questions, of every subject some, and expects each verdict', () => {
  const questions = SUBJECTS.map((subject) => everyQuestion(subject, aims));
  const different = new Set(questions.flat().map(sentence));

  expect(different.size).toBe(questions.flat().length);
  expect(different.size).toBeGreaterThanOrEqual(10_000);
  expect(Math.min(...questions.map((rows) => rows.length))).toBeGreaterThan(100);
  expect(new Set(questions.flat().map(({ expected }) => expected))).toEqual(new Set(['+', 'o', '-']));
});

const evaluatedFast = SUBJECTS.filter(({ kind }) => kind !== 'trust');

test.each(evaluatedFast.map((subject) => [subject.name, subject] as const))(
  '%s: the fast evaluation says what the checked one says',
  async (_name, subject) => {
    const rows = rowsOf(subject, inFocus(aims), { signIns: ALL_SIGN_INS });
    const sample = rows.filter((_, index) => index % 17 === 0);
    const policy = subject.policy('aws');
    const requests = sample.map((row) => requestOf('an administrator', row, subject.kind, policy));
    const checked = await Promise.all(requests.map(decide));

    expect(requests.map(decideUnchecked)).toEqual(checked);
    expect(checked).toContain('Allowed');
  },
);
