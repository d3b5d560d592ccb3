/** The second person at an enrolment: reads the serial off the token before the screen shows it. */
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

test('who types three wrong serials ends it before anything is made', async () => {
  bench.answer = () => '86596220000007';
  const { exitCode, people } = await bench.run(...ENROLL);
  expect(people).toContain('error: the witness Wanda Witt typed 3 wrong serials');
  expect(people).toContain('state: nothing was created in IAM, the token was not written');
  expect(exitCode).toBe(3);
  expect(await bench.devices()).toEqual([]);
  expect(token.holdsSeed).toBe(false);
});

test('cannot be the caller', async () => {
  const { exitCode, people } = await bench.run(...ENROLL.slice(0, -1), 'Platform Admin');
  expect(people).toContain('error: the witness "Platform Admin" is the caller');
  expect(exitCode).toBe(2);
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
