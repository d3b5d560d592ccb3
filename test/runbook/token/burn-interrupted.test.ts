import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { identifyToken } from '../../../runbook/token/identify';
import { CardGoneError } from '../../../runbook/token/transport';
import { MovableClock } from '../../support/clock';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { vectorSeed } from './vectors';

const TARGET = { label: '' };

const RESTRICTED = '86596220000001';
const UNRESTRICTED = '86596320000001';
const COMMANDS = ['get info', 'get challenge', 'authenticate', 'configure', 'write seed', 'get info'];
const NEW_SEED = 'aws40';
const OLD_SEED = 'seq40';

interface Bench {
  readonly clock: MovableClock;
  readonly readers: VirtualReaders;
  readonly token: VirtualToken2Single;
}

/** Lays the token on and does all that a burn is: six commands. */
async function burn({ clock, readers, token }: Bench, seedName = NEW_SEED): Promise<number> {
  readers.lay(token);
  const seed = Seed.fromBytes(vectorSeed(seedName));
  try {
    const card = await readers.card(undefined, AbortSignal.timeout(30_000));
    const { driver } = await identifyToken(card);
    await driver.burn(seed, TARGET, () => clock.now() / 1000);
    return (await driver.info()).clock ?? 0;
  } finally {
    seed.wipe();
    readers.pull();
  }
}

async function benchWithOldSeed(serial: string): Promise<Bench> {
  const clock = new MovableClock(() => 1_700_000_000_000);
  const token = new VirtualToken2Single({ serial, clock: clock.now, clockOffsetSeconds: -90 });
  const bench = { clock, readers: new VirtualReaders(), token };
  token.press();
  await burn(bench, OLD_SEED);
  return bench;
}

test('a burn is five commands, and one to check', async () => {
  const { token } = await benchWithOldSeed(RESTRICTED);
  expect(token.received.map((header) => header.slice(2, 4))).toEqual(['41', '4B', 'CE', 'D4', 'C5', '41']);
  expect(token.received).toHaveLength(COMMANDS.length);
});

const interruptions = [RESTRICTED, UNRESTRICTED].flatMap((serial) =>
  COMMANDS.flatMap((command, i) =>
    (['lost', 'done'] as const).map((effect) => ({ serial, command, at: i + 1, effect })),
  ),
);

test.each(interruptions)(
  '$serial pulled at $at, "$command" ($effect): burning again succeeds',
  async (interruption) => {
    const { serial, command, at, effect } = interruption;
    const bench = await benchWithOldSeed(serial);
    const { token, clock } = bench;
    token.fail({ pull: { at, effect } });
    const error = await burn(bench).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CardGoneError);
    expect(error).toMatchObject({ command });

    // The seed on the token after an interruption: the old one, the new one, or none where the configuration wipes it.
    const done = effect === 'done' ? at : at - 1;
    const wiped = serial === RESTRICTED && done >= 4;
    expect(token.holds(vectorSeed(OLD_SEED))).toBe(done < 5 && !wiped);
    expect(token.holds(vectorSeed(NEW_SEED))).toBe(done >= 5);
    expect(token.holdsSeed).toBe(done >= 5 || !wiped);

    token.fail({});
    expect(await burn(bench)).toBe(1_700_000_000);
    expect(token.holds(vectorSeed(NEW_SEED))).toBe(true);
    const now = counterAt(clock.now() / 1000);
    expect(token.readCode()).toBe(codeFor(Seed.fromBytes(vectorSeed(NEW_SEED)), now));
  },
);

test.each(COMMANDS.map((command, i) => ({ command, at: i + 1 })))(
  'a token that goes mute at "$command" works again once it was switched off and on',
  async ({ command, at }) => {
    const bench = await benchWithOldSeed(RESTRICTED);
    bench.token.fail({ muteAt: at });
    await expect(burn(bench)).rejects.toMatchObject({ name: 'CardGoneError', command });
    bench.token.press();
    bench.token.press();
    await burn(bench);
    expect(bench.token.holds(vectorSeed(NEW_SEED))).toBe(true);
  },
);

test('a token pulled between two commands is no longer authenticated', async () => {
  const bench = await benchWithOldSeed(RESTRICTED);
  const card = await layOn(bench);
  const { driver } = await identifyToken(card);
  async function again() {
    await driver.burn(Seed.fromBytes(vectorSeed(NEW_SEED)), TARGET, () => {
      // Between the authentication and the configuration: off the reader and on again.
      bench.readers.lay(bench.token);
      return 1_700_000_000;
    });
  }
  await expect(again()).rejects.toMatchObject({ name: 'CardGoneError', command: 'configure' });
  expect(bench.token.holds(vectorSeed(OLD_SEED))).toBe(true);
});

async function layOn({ readers, token }: Bench) {
  readers.lay(token);
  return readers.card(undefined, AbortSignal.timeout(30_000));
}
