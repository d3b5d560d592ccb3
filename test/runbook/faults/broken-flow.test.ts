/** The fault tests find a flow that was broken: one whose clean-up does nothing. */
import { CEREMONIES } from '../../faults/ceremonies';
import { cellsOf, playCell } from '../../faults/matrix';

jest.mock('../../../runbook/device/compensate', () => ({
  compensate: async (_ports: unknown, world: { device: string }) => {
    world.device = 'none';
  },
  settle: async () => undefined,
}));

test('orphans of an enrollment that does not clean up after itself are found', async () => {
  const [enrolment] = CEREMONIES;
  if (enrolment === undefined) {
    throw new Error('there is no ceremony');
  }
  const cells = (await cellsOf(enrolment)).filter(({ fault }) => fault === 'hang-up');
  expect(cells.length).toBeGreaterThan(0);
  for (const cell of cells) {
    const { violations } = await playCell(cell);
    expect(violations.map(({ invariant }) => invariant)).toContain('no-orphan');
  }
});
