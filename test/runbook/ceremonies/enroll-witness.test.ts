/** The second person at an enrollment: reads the serial off the token before the screen shows it. */
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { atStep, killCommand } from '../../support/kill-command';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary', '--witness', 'Wanda Witt'] as const;

let bench: Bench;
let token: VirtualToken2Single;
let said: string;

beforeEach(async () => {
  bench = await Bench.open();
  token = bench.token(ALICE_PRIMARY);
  bench.readers.lay(token);
  said = '';
  bench.onPeople = (text) => {
    said += text;
  };
});
afterEach(() => bench.close());

test('is asked before the serial is on the screen, and stands in the evidence', async () => {
  let before = '';
  bench.answer = ({ name }) => {
    if (name !== 'witness') {
      return token.readCode();
    }
    before = said;
    return '8659 6220 000001';
  };
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(bench.questions[0]?.message).toBe(
    'Wanda Witt, type the serial printed on the token for primary of alice.breakglass (HQ fireproof safe)',
  );
  expect(before).toContain('reading the record');
  expect(before).not.toContain(ALICE_PRIMARY);
  expect(people).toContain(ALICE_PRIMARY);
  expect(bench.evidence).toMatchObject([{ witness: 'Wanda Witt' }]);
});

test('is in the evidence of a run that finishes what another began', async () => {
  bench.answer = ({ name }) => (name === 'witness' ? ALICE_PRIMARY : token.readCode());
  expect(await killCommand(bench, atStep('enable'), ...ENROLL)).toBe(true);
  if (!token.isOn) {
    token.press();
  }
  expect((await bench.run('resume')).exitCode).toBe(0);
  expect(bench.evidence).toMatchObject([{ witness: 'Wanda Witt' }]);
});
