/** A fleet of every kind of token in one sitting: what a reader recognizes is enrolled, the rest is named with its command. */
import { Bench } from '../../support/bench';
import { commandsIn } from '../../support/json-events';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualYkOath } from '../../tokens/ykoath';

const MOLTO = '826658719844499';
const KEY = '12345678';
const SINGLE = '86596220000003';

const ALL_KINDS = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${MOLTO}", type: molto2, profile: 7 }
    - { slot: backup, serial: "${KEY}", type: oath }
  bob.breakglass:
    - { slot: primary, serial: "${MOLTO}", type: molto2, profile: 8 }
    - { slot: backup, serial: "${SINGLE}" }
  carol.breakglass:
    - { slot: primary, serial: "GADT00000001", type: hardware-totp }
    - { slot: backup, serial: "30405060", type: fido2 }
roots:
  "123456789012":
    - { slot: primary, serial: "${MOLTO}", type: molto2, profile: 9 }
  "222222222222":
    - { slot: primary, serial: "${MOLTO}", type: molto2, profile: 10 }
`;

let bench: Bench;
let molto: VirtualMolto2;
let key: VirtualYkOath;
beforeEach(async () => {
  bench = await Bench.open({ inventory: ALL_KINDS });
  molto = new VirtualMolto2({ serial: MOLTO, clock: () => bench.clock.now() });
  key = new VirtualYkOath({ serial: Number(KEY), connection: 'nfc' });
});
afterEach(() => bench.close());

/** Whoever types the codes reads the profile that is asked for, and lays the next token on when a token is done. */
function operate(): void {
  const single = bench.token(SINGLE);
  bench.answer = ({ name, message }) => {
    if (!name.includes('code')) {
      return undefined;
    }
    if (message.includes(SINGLE)) {
      return single.readCode();
    }
    return molto.readCode(message.includes('alice') ? 7 : 8);
  };
  bench.onEvent = ({ step, deviceArn }) => {
    if (step !== 'enabled') {
      return;
    }
    if (String(deviceArn).endsWith(`${MOLTO}+08`)) {
      bench.readers.lay(single);
    }
    if (String(deviceArn).endsWith(SINGLE)) {
      bench.readers.lay(key);
    }
  };
  bench.readers.lay(molto);
}

async function enabled(): Promise<readonly string[]> {
  return (await bench.devices())
    .filter(({ user }) => user !== undefined)
    .map(({ arn }) => arn.split('/').at(-1) ?? '')
    .sort();
}

const EVERY_BURNED = [
  `alice.breakglass.backup.${KEY}`,
  `alice.breakglass.primary.${MOLTO}+07`,
  `bob.breakglass.backup.${SINGLE}`,
  `bob.breakglass.primary.${MOLTO}+08`,
];

test('both profiles are enrolled while their token stays, then the others; the key computes its codes', async () => {
  operate();
  const told = await bench.runJson('enroll', '--all');
  expect(told).toMatchObject({ exitCode: 0, code: undefined });
  expect(await enabled()).toEqual(EVERY_BURNED);
  expect(molto.filled).toEqual(expect.arrayContaining([7, 8]));
  expect(molto.filled).not.toContain(9);
  expect(key.names).toEqual(['AWS 123456789012:alice.breakglass.backup']);
  const asked = bench.questions.map(({ message }) => message);
  expect(asked).toHaveLength(3);
  expect(asked.join()).not.toContain(KEY);
  const checks = new Map(bench.evidence.map((each) => [`${each.holder} ${each.slot}`, each.checks]));
  expect(checks.get('alice.breakglass backup')).toContain('codes:by-key');
  expect(checks.get('alice.breakglass primary')).toContain('codes:1');
});

test('what no reader recognizes, and root, is named once with its command', async () => {
  operate();
  const { events } = await bench.runJson('enroll', '--all');
  const byItself = events.filter(({ event }) => event === 'by-itself');
  expect(byItself.map(({ holder, slot }) => `${holder} ${slot}`)).toEqual([
    'carol.breakglass backup',
    'carol.breakglass primary',
    'root@123456789012 primary',
    'root@222222222222 primary',
  ]);
  const notes = events.filter(({ event }) => event === 'note').map(({ message }) => String(message));
  expect(commandsIn(notes).filter((command) => command.startsWith('enroll '))).toEqual([
    'enroll carol.breakglass --slot backup',
    'enroll carol.breakglass --slot primary',
    'enroll root@123456789012 --slot primary',
    'enroll root@222222222222 --slot primary',
  ]);
});

test('a profile of a token that is enrolled already is passed over, and the other one taken', async () => {
  bench.readers.lay(molto);
  bench.answer = () => molto.readCode(7);
  await bench.run('enroll', 'alice.breakglass', '--slot', 'primary');
  bench.questions.length = 0;
  operate();
  const told = await bench.runJson('enroll', '--all');
  expect(told.exitCode).toBe(0);
  expect(told.events).toContainEqual({ event: 'sitting', toEnroll: 3, declared: 4 });
  expect(await enabled()).toEqual(EVERY_BURNED);
  expect(molto.overwritten).toEqual([]);
});

test('a profile that is left over is named by its place', async () => {
  bench.readers.lay(molto);
  bench.answer = ({ message }) => molto.readCode(message.includes('alice') ? 7 : 8);
  const told = await bench.runJson('enroll', '--all');
  expect(told).toMatchObject({ exitCode: 1, code: 'token/absent' });
  expect(told.events.find(({ event }) => event === 'summary')).toMatchObject({
    left: [{ serial: KEY }, { serial: SINGLE }],
    failed: [],
  });
  expect(await enabled()).toEqual([EVERY_BURNED[1], EVERY_BURNED[3]]);
});
