import { type Aim, everyAim } from './actions';
import { inFocus } from './focus';
import { SUBJECTS } from './subjects';
import { rowsOf, surprises } from './table';

let aims: readonly Aim[];
beforeAll(async () => {
  aims = await everyAim();
});

const MAIN_SUBJECTS = SUBJECTS.filter(({ isVariant }) => !isVariant);

describe.each(['aws-cn', 'aws-us-gov'])('in the partition %s', (partition) => {
  test.each(MAIN_SUBJECTS.map((subject) => [subject.name, subject] as const))(
    '%s: the policies decide as meant',
    async (_name, subject) => {
      const rows = rowsOf(subject, inFocus(aims), { partition });
      const sample = subject.kind === 'trust' ? rows : rows.filter((_, index) => index % 7 === 0);

      expect(await surprises(sample, subject.kind, subject.policy(partition))).toEqual([]);
      expect(JSON.stringify(subject.policy(partition))).not.toContain('arn:aws:');
    },
  );

  test('the policies of another partition are of no use', async () => {
    const useful: string[] = [];
    for (const subject of MAIN_SUBJECTS.filter(({ kind }) => kind !== 'trust')) {
      const rows = rowsOf(subject, inFocus(aims), { partition });
      const [surprise] = await surprises(rows, subject.kind, subject.policy('aws'), 1);
      useful.push(...(surprise === undefined ? [subject.name] : []));
    }
    expect(useful).toEqual([]);
  });
});
