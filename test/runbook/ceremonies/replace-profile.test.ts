/** A spare profile takes the place of a token: of two on one token, the one that is free first, or the one named. */
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { VirtualMolto2 } from '../../tokens/token2-molto2';

const SERIAL = '826658719844499';
const SPARES = `spares:
  - { serial: "${SERIAL}", type: molto2, profile: 3 }
  - { serial: "${SERIAL}", type: molto2, profile: 4 }
`;
const REPLACE = ['replace', 'alice.breakglass', '--slot', 'primary', '--reason', 'lost'] as const;

let bench: Bench;
let molto: VirtualMolto2;
beforeEach(async () => {
  bench = await Bench.open({ inventory: INVENTORY + SPARES });
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  await bench.run('enroll', 'alice.breakglass', '--slot', 'primary');
  molto = new VirtualMolto2({ serial: SERIAL, clock: () => bench.clock.now() });
  bench.readers.lay(molto);
});
afterEach(() => bench.close());

test.each([
  ['the first', 3, []],
  ['the one named', 4, ['--spare', `${SERIAL}+04`]],
])('%s of two free profiles is taken, and said', async (_which, profile, words) => {
  bench.answer = () => molto.readCode(profile);
  const told = await bench.runJson(...REPLACE, ...words);
  expect(told).toMatchObject({ exitCode: 0 });
  expect((await bench.devices()).map(({ arn }) => arn.split('.').at(-1))).toEqual([`${SERIAL}+0${profile}`]);
  const chosen = told.events.filter(({ event }) => event === 'spare-chosen');
  expect(chosen.map((each) => each.profile)).toEqual(words.length === 0 ? [3] : []);
  expect(molto.isFilled(profile)).toBe(true);
  expect(molto.isFilled(7 - profile)).toBe(false);
});

test('a profile that a holder has is no longer free', async () => {
  bench.answer = () => molto.readCode(3);
  await bench.run(...REPLACE);
  await bench.deploy(
    INVENTORY.replace(`"${ALICE_PRIMARY}"`, `"${SERIAL}", type: molto2, profile: 3`).concat(
      `spares:\n  - { serial: "${SERIAL}", type: molto2, profile: 4 }\n`,
    ),
  );
  bench.readers.lay(molto);
  bench.answer = () => molto.readCode(4);
  expect(await bench.runJson(...REPLACE)).toMatchObject({ exitCode: 0 });
  expect((await bench.devices()).map(({ arn }) => arn.split('.').at(-1))).toEqual([`${SERIAL}+04`]);
});
