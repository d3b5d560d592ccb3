/** The short form of `npm run faults -- hostile`, and the proof that it would find a bad driver. */
import { commandApdu, exchange } from '../../runbook/token/apdu';
import type { DriverKind, TokenDriver } from '../../runbook/token/driver';
import type { Transport } from '../../runbook/token/transport';
import { isFullExtent, repetitions } from '../support/extent';
import { type HostileKind, runHostile } from './hostile';
import { HOSTILE_KINDS } from './hostile-kinds';

test.each(HOSTILE_KINDS.map((kind) => [kind.name, kind] as const))(
  'a card that answers whatever it likes gets nothing out of %s',
  async (_, kind) => {
    const result = await runHostile(kind, repetitions(15_000), 1);
    expect({ violations: result.violations, blindWrites: result.blindWrites }).toEqual({
      violations: [],
      blindWrites: 0,
    });
    // They are no sessions that end at the first question.
    expect(result.writes).toBeGreaterThan(100);
    expect(result.outcomes.done).toBeGreaterThan(10);
    expect(Object.keys(result.outcomes).length).toBeGreaterThan(4);
    expect(result.longestSession).toBeGreaterThan(20);
  },
);

test('a session is its seed: played again it ends the same', async () => {
  const [kind] = HOSTILE_KINDS;
  if (!kind) {
    throw new Error('there is no kind');
  }
  const first = await runHostile(kind, 500, 7);
  expect(await runHostile(kind, 500, 7)).toEqual(first);
  expect(await runHostile(kind, 500, 8)).not.toEqual(first);
});

/** The first kind, with a driver that does something wrong in `burn`. */
function broken(burn: (driver: TokenDriver, transport: Transport) => TokenDriver['burn']): HostileKind {
  const [honest] = HOSTILE_KINDS;
  if (!honest) {
    throw new Error('there is no kind');
  }
  const kind: DriverKind = {
    ...honest.kind,
    probe: async (transport) => {
      const found = await honest.kind.probe(transport);
      const driver = found && Object.assign(Object.create(found.driver), { info: () => found.driver.info() });
      return found && { ...found, driver: Object.assign(driver, { burn: burn(found.driver, transport) }) };
    },
  };
  return { ...honest, kind, use: async ({ driver }, _, seed) => driver.burn(seed, { label: 'x' }, () => 0) };
}

const challenge = commandApdu({ name: 'get challenge', header: [0x80, 0x4b, 0x08, 0x00] });
const authenticate = commandApdu({
  name: 'authenticate',
  header: [0x80, 0xce, 0x00, 0x00],
  body: new Uint8Array(16),
});
const configure = commandApdu({ name: 'configure', header: [0x84, 0xd4, 0x00, 0x00] });

/** Enough answers to find a fault that most sessions meet; a case whose fault few sessions meet names its own number. */
const ANSWERS = isFullExtent ? 6_000 : 1_500;

test.each<[string, HostileKind, RegExp, number?]>([
  [
    'throws what nobody explains',
    broken(() => async () => {
      throw new TypeError('undefined is not a function');
    }),
    /TypeError/,
  ],
  [
    'tells the seed',
    broken(() => async (seed) => {
      throw new Error(seed.use((bytes) => Buffer.from(bytes).toString('hex')));
    }),
    /tells the seed/,
  ],
  [
    'writes to a token that was exchanged',
    broken((driver, transport) => async () => {
      await driver.info().catch(() => undefined);
      await exchange(transport, configure);
    }),
    /serial was not read/,
  ],
  [
    'tries a refused key again',
    broken((_, transport) => async () => {
      for (let i = 0; i < 2; i++) {
        await exchange(transport, challenge);
        await exchange(transport, authenticate);
      }
    }),
    /authenticated again after/,
  ],
  [
    'does not end',
    broken((_, transport) => async () => {
      for (;;) {
        await exchange(transport, challenge);
      }
    }),
    /more than 5000 exchanges/,
    6_000,
  ],
])('it finds a driver that %s', async (_, kind, found, answers = ANSWERS) => {
  const { violations } = await runHostile(kind, answers, 1);
  expect(violations.some((violation) => found.test(violation))).toBe(true);
});
