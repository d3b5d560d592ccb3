/** Enrollment of a profile of a multi-profile token, whose customer key may have been changed. */
import { labelFor } from '../../../runbook/token/label';
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { VirtualMolto2 } from '../../tokens/token2-molto2';

const SERIAL = '826658719844499';
const KEY = 'another customer key';
const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const TITLE = labelFor('molto2', { account: '123456789012', holder: 'alice.breakglass', slot: 'primary' });

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open({
    inventory: INVENTORY.replace(
      `serial: "${ALICE_PRIMARY}"`,
      `serial: "${SERIAL}", type: molto2, profile: 7`,
    ),
  });
});
afterEach(() => bench.close());

function plugIn(customerKey?: string): VirtualMolto2 {
  const token = new VirtualMolto2({
    serial: SERIAL,
    clock: () => bench.clock.now(),
    ...(customerKey === undefined ? {} : { customerKey: Buffer.from(customerKey) }),
  });
  bench.readers.lay(token);
  return token;
}

/** Answers the prompts by name; codes are read off the profile. */
function answer(token: VirtualMolto2, given: Readonly<Record<string, readonly string[]>> = {}): void {
  const rest = new Map(Object.entries(given).map(([name, list]) => [name, [...list]]));
  bench.answer = ({ name }) => (rest.has(name) ? rest.get(name)?.shift() : token.readCode(7));
}

function asked(): readonly string[] {
  return bench.questions.map(({ name }) => name).filter((name) => !name.includes('code'));
}

test('a profile is enrolled under its place, and the evidence names it', async () => {
  const token = plugIn();
  answer(token);
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  const arn = bench.arn('alice.breakglass', 'primary', `${SERIAL}+07`);
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect(token.filled).toContain(7);
  expect(token.title(7)).toBe(TITLE);
  expect(bench.evidence.at(-1)).toMatchObject({ tokenSerial: SERIAL, profile: 7, deviceArn: arn });
  expect(asked()).toEqual([]);
});

test('a changed customer key is asked for before a device is made, and appears nowhere', async () => {
  const token = plugIn(KEY);
  let before: unknown;
  answer(token);
  const { answer: typeCode } = bench;
  bench.answer = async (question) => {
    if (question.name !== 'token-secret') {
      return typeCode(question);
    }
    before = await bench.devices();
    return KEY;
  };
  const told = await bench.run(...ENROLL, '--verbose', '--trace-apdu');
  expect({ exitCode: told.exitCode, people: told.people }).toMatchObject({ exitCode: 0 });
  expect(before).toEqual([]);
  expect(asked()).toEqual(['token-secret']);
  expect(token.filled).toContain(7);
  const everything = JSON.stringify([told, bench.evidence, [...bench.logs]]);
  expect(everything).toContain(SERIAL);
  expect(everything).not.toContain(KEY);
  expect(everything).not.toContain(Buffer.from(KEY).toString('hex').toUpperCase());
});

test('without the customer key nothing is made and nothing is written', async () => {
  const token = plugIn(KEY);
  const before = token.filled;
  answer(token, { 'token-secret': ['wrong', 'wrong', 'wrong'], 'last-try': ['no'] });
  const told = await bench.runJson(...ENROLL, '--yes');
  expect(['cancelled', 'token/locked']).toContain(told.code);
  expect(await bench.devices()).toEqual([]);
  expect(bench.created).toEqual([]);
  expect(token.filled).toEqual(before);
  // The last try of a token is never used.
  expect(token.triesLeft).toBeGreaterThan(0);
});
