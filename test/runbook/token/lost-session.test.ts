/** Links and sessions that are lost in the middle of a burn, for every driver: the truth is read back, never assumed. */
import { Seed } from '../../../runbook/seed';
import { formatHex } from '../../../runbook/token/apdu';
import type { TokenDriver } from '../../../runbook/token/driver';
import { identifyToken } from '../../../runbook/token/identify';
import type { Card } from '../../../runbook/token/readers';
import { CardGoneError } from '../../../runbook/token/transport';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualToken2Single } from '../../tokens/token2-single';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { VirtualYkOath } from '../../tokens/ykoath';
import { bytes, vectorSeed } from './vectors';

const NOW = 1_700_000_000;
const TARGET = { label: 'alice', profile: 7 };
const LOST = ['6300', '6400', '6F00'] as const;

/** Answers a command with a status word instead of passing it on, or after it took effect. */
interface Lie {
  readonly command: string;
  readonly statusWord: string;
  readonly isDone?: boolean;
  times: number;
}

interface Bench {
  readonly sent: string[];
  lie: Lie | undefined;
  lay(): Promise<TokenDriver>;
  holds(): boolean;
}

function benchOf(card: VirtualCard, holds: () => boolean): Bench {
  const readers = new VirtualReaders();
  const bench: Bench = { sent: [], lie: undefined, lay, holds };
  async function lay(): Promise<TokenDriver> {
    readers.lay(card);
    const connection = await readers.card(undefined, AbortSignal.timeout(30_000));
    const wrapped: Card = {
      reader: connection.reader,
      atr: connection.atr,
      removed: connection.removed,
      transmit: async (command) => {
        bench.sent.push(command.name);
        const { lie } = bench;
        if (lie?.command !== command.name || lie.times === 0) {
          return connection.transmit(command);
        }
        lie.times--;
        if (lie.isDone === true) {
          await connection.transmit(command);
        }
        return bytes(lie.statusWord);
      },
    };
    return (await identifyToken(wrapped)).driver;
  }
  return bench;
}

function now(): number {
  return NOW;
}

function clock(): number {
  return NOW * 1000;
}

function seed(): Seed {
  return Seed.fromBytes(vectorSeed('aws40'));
}

function single(): Bench {
  const token = new VirtualToken2Single({ serial: '86596220000001', clock });
  token.press();
  return benchOf(token, () => token.holds(vectorSeed('aws40')));
}

function molto2(): Bench {
  const token = new VirtualMolto2({ serial: '826658719844499', clock });
  return benchOf(token, () => token.holds(7, vectorSeed('aws40')));
}

function oath(): Bench {
  const key = new VirtualYkOath({ password: 'correct horse' });
  return benchOf(key, () => key.holds('alice', vectorSeed('aws40')));
}

async function open(bench: Bench): Promise<TokenDriver> {
  const driver = await bench.lay();
  if (driver.lock !== undefined) {
    await driver.unlock?.(new TextEncoder().encode('correct horse'));
  }
  bench.sent.length = 0;
  return driver;
}

const KINDS = [
  ['token2-single', single, ['get challenge', 'authenticate', 'configure', 'write seed']],
  [
    'token2-molto2',
    molto2,
    ['get info', 'read profile', 'get challenge', 'configure', 'write seed', 'write title'],
  ],
  [
    'ykoath',
    oath,
    ['list', 'select management', 'read serial', 'select OATH', 'validate', 'put', 'calculate'],
  ],
] as const;

test.each(
  KINDS.flatMap(([kind, make, commands]) =>
    commands.flatMap((command) => LOST.map((statusWord) => ({ kind, make, command, statusWord }))),
  ),
)('$kind: $statusWord to "$command" is a lost link, not an answer', async ({ make, command, statusWord }) => {
  const bench = make();
  const driver = await open(bench);
  bench.lie = { command, statusWord, times: 1 };
  const error = await driver.burn(seed(), TARGET, now).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CardGoneError);
  expect(error).toMatchObject({ command, reported: Number.parseInt(statusWord, 16) });
  expect(bench.sent.at(-1)).toBe(command);
  // Laid on again, it is burned.
  const again = await open(bench);
  await again.occupancy?.(TARGET);
  await again.burn(seed(), TARGET, now);
  expect(bench.holds()).toBe(true);
});

test('a Molto2 is its own reader: 6300 to the authentication means that no try is left', async () => {
  const bench = molto2();
  const driver = await open(bench);
  bench.lie = { command: 'authenticate', statusWord: '6300', times: 1 };
  await expect(driver.burn(seed(), TARGET, now)).rejects.toMatchObject({ problem: 'blocked', triesLeft: 0 });
});

describe('a write that is refused after a good authentication', () => {
  test.each([
    ['token2-single', 'configure', '6983', single],
    ['token2-single', 'write seed', '6983', single],
    ['token2-molto2', 'configure', '6983', molto2],
    ['token2-molto2', 'write seed', '6982', molto2],
    ['token2-molto2', 'write title', '6983', molto2],
    ['ykoath', 'put', '6982', oath],
    ['ykoath', 'put', '6D00', oath],
    ['ykoath', 'calculate', '6982', oath],
  ] as const)('begins the burn of %s once more: "%s" with %s', async (_, command, statusWord, make) => {
    const bench = make();
    const driver = await open(bench);
    bench.lie = { command, statusWord, times: 1 };
    await driver.burn(seed(), TARGET, now);
    expect(bench.holds()).toBe(true);
    expect(bench.sent.filter((name) => name === command)).toHaveLength(2);
    // The serial was read again before.
    const before = bench.sent.slice(bench.sent.indexOf(command), bench.sent.lastIndexOf(command));
    expect(before.some((name) => name === 'get info' || name === 'read serial')).toBe(true);
  });

  test.each([
    ['token2-single', 'write seed', '6983', { name: 'StatusWordError', statusWord: 0x6983 }, single],
    ['token2-molto2', 'write seed', '6983', { name: 'StatusWordError', statusWord: 0x6983 }, molto2],
    ['ykoath', 'put', '6982', { name: 'TokenLockedError', problem: 'needed' }, oath],
  ] as const)('and not a third time: %s, "%s" with %s', async (_, command, statusWord, error, make) => {
    const bench = make();
    const driver = await open(bench);
    bench.lie = { command, statusWord, times: 9 };
    await expect(driver.burn(seed(), TARGET, now)).rejects.toMatchObject(error);
    expect(bench.sent.filter((name) => name === command)).toHaveLength(2);
    expect(bench.holds()).toBe(false);
  });
});

test.each([
  ['token2-single', 'authenticate', '6C10', single],
  ['token2-single', 'authenticate', '6110', single],
  ['token2-molto2', 'authenticate', '6C10', molto2],
  ['token2-molto2', 'authenticate', '6110', molto2],
] as const)(
  '%s: "%s" is sent a single time, even if the answer is %s',
  async (_, command, statusWord, make) => {
    const bench = make();
    const driver = await open(bench);
    bench.lie = { command, statusWord, times: 9 };
    await expect(driver.burn(seed(), TARGET, now)).rejects.toMatchObject({
      name: 'StatusWordError',
      command,
    });
    await driver.burn(seed(), TARGET, now).catch(() => undefined);
    expect(bench.sent.filter((name) => name === command)).toEqual([command]);
  },
);

describe('a burn that is continued', () => {
  /** Loses the answer to a command that took effect, or did not, and continues on a new connection. */
  async function lose(make: () => Bench, command: string, isDone: boolean) {
    const bench = make();
    const driver = await open(bench);
    bench.lie = { command, statusWord: '6F00', isDone, times: 1 };
    await expect(driver.burn(seed(), TARGET, now)).rejects.toMatchObject({ command });
    const again = await open(bench);
    await again.occupancy?.(TARGET);
    bench.sent.length = 0;
    const resumed = await again.resume?.(seed(), TARGET, { command, wasClockSet: true, nowSeconds: now });
    return { bench, resumed, writes: bench.sent.filter((name) => WRITES.has(name)) };
  }
  const WRITES = new Set(['configure', 'write seed', 'write title', 'put', 'delete']);

  test.each([
    ['token2-single', 'configure', 'written', ['write seed'], single],
    ['token2-single', 'write seed', 'in-doubt', [], single],
    ['token2-molto2', 'configure', 'written', ['write seed', 'write title'], molto2],
    ['token2-molto2', 'write seed', 'in-doubt', ['write title'], molto2],
    ['token2-molto2', 'write title', 'written', [], molto2],
    ['ykoath', 'put', 'written', [], oath],
    ['ykoath', 'calculate', 'written', [], oath],
  ] as const)('does not repeat what took effect: %s, "%s"', async (_, command, expected, written, make) => {
    const { bench, resumed, writes } = await lose(make, command, true);
    expect([resumed, writes]).toEqual([expected, written]);
    expect(bench.holds()).toBe(true);
  });

  test.each([
    ['token2-molto2', 'write seed', 'not-written', [], molto2],
    ['token2-molto2', 'write title', 'written', ['write title'], molto2],
    ['ykoath', 'put', 'not-written', [], oath],
  ] as const)('finds out what did not: %s, "%s"', async (_, command, expected, written, make) => {
    const { resumed, writes } = await lose(make, command, false);
    expect([resumed, writes]).toEqual([expected, written]);
  });

  test('has the codes of a token decide whether its configuration arrived, if its clock was right before', async () => {
    const bench = single();
    const driver = await open(bench);
    const lost = { command: 'configure', wasClockSet: false, nowSeconds: now };
    expect(await driver.resume?.(seed(), TARGET, lost)).toBe('in-doubt');
    expect(bench.holds()).toBe(true);
  });

  test('does not take the seed of somebody else on a key for ours', async () => {
    const bench = oath();
    const driver = await open(bench);
    await driver.burn(Seed.fromBytes(vectorSeed('seq40')), TARGET, now);
    const resumed = await driver.resume?.(seed(), TARGET, {
      command: 'put',
      wasClockSet: false,
      nowSeconds: now,
    });
    expect(resumed).toBe('not-written');
  });
});

describe('a card that the reader loses while it is asked what it is', () => {
  function answering(answer: (header: string) => string): Pick<Card, 'reader' | 'atr' | 'transmit'> {
    return {
      reader: 'Reader 00 00',
      atr: bytes('3B80800101'),
      transmit: async (command) => bytes(answer(formatHex(command.bytes))),
    };
  }

  test.each(LOST)('is mute if that is all that comes: %s', async (statusWord) => {
    const error = await identifyToken(answering(() => statusWord)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'CardGoneError', reported: Number.parseInt(statusWord, 16) });
  });

  test.each(LOST)('is asked once more: %s', async (statusWord) => {
    let asked = 0;
    const card = answering(() =>
      asked++ === 0 ? statusWord : '9516020E383635393632323030303030303111046553F1009000',
    );
    expect((await identifyToken(card)).info.serial).toBe('86596220000001');
  });

  test.each(LOST)('is foreign if %s is its own way to refuse', async (statusWord) => {
    const card = answering((sent) => (sent.startsWith('80') ? statusWord : '6A82'));
    await expect(identifyToken(card)).rejects.toMatchObject({
      kind: 'not-a-token',
      detail: expect.stringContaining(`get info with ${statusWord}`),
    });
  });

  test('is an OATH key if it refuses the question to a token of Token2 this way', async () => {
    const key = new VirtualYkOath({ serial: 12_345_678 });
    const readers = new VirtualReaders();
    readers.lay(key);
    const connection = await readers.card(undefined, AbortSignal.timeout(30_000));
    const { info } = await identifyToken({
      reader: connection.reader,
      atr: connection.atr,
      transmit: async (command) => (command.bytes[0] === 0x80 ? bytes('6F00') : connection.transmit(command)),
    });
    expect(info.serial).toBe('12345678');
  });
});
