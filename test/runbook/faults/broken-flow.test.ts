/** The fault tests find a ceremony that was broken: one whose clean-up does nothing. */
import { NewDevice } from '../../../runbook/device/new-device';
import { CEREMONIES } from '../../faults/ceremonies';
import { cellsOf, playCell } from '../../faults/matrix';

test('orphans of an enrollment that does not clean up after itself are found', async () => {
  const [enrollment] = CEREMONIES;
  if (enrollment === undefined) {
    throw new Error('there is no ceremony');
  }
  const cells = (await cellsOf(enrollment)).filter(({ fault }) => fault === 'hang-up');
  expect(cells.length).toBeGreaterThan(0);
  const undo = jest.spyOn(NewDevice.prototype, 'undo').mockImplementation(async function (this: NewDevice) {
    this.stage = 'none';
  });
  for (const cell of cells) {
    undo.mockClear();
    const { violations } = await playCell(cell);
    expect(undo).toHaveBeenCalled();
    expect(violations.map(({ invariant }) => invariant)).toContain('no-orphan');
  }
});
