import { inspect } from 'node:util';
import fc from 'fast-check';
import { Seed } from '../../../runbook/seed';
import { formatHex } from '../../../runbook/token/apdu';
import { StatusWordError } from '../../../runbook/token/driver';
import { token2Molto2 } from '../../../runbook/token/token2-molto2';
import {
  authenticateCommand,
  configureCommand,
  defaultKey,
  deleteSeedCommand,
  deriveKey,
  getChallengeCommand,
  getInfoCommand,
  parseTriesLeft,
  readProfileCommand,
  setClockCommand,
  writeSeedCommand,
  writeTitleCommand,
} from '../../../runbook/token/token2-molto2-commands';
import { Token2Molto2 } from '../../../runbook/token/token2-molto2-driver';
import { occupancyOf, parsePublicBlock } from '../../../runbook/token/token2-molto2-profile';
import { TracingTransport } from '../../../runbook/token/trace';
import type { Transport } from '../../../runbook/token/transport';
import { MovableClock } from '../../support/clock';
import { repetitions } from '../../support/extent';
import { bankCard } from '../../tokens/foreign-cards';
import { MOLTO2_READER, VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { ReplayTransport, readTranscript } from '../../tokens/transcripts/transcript';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { molto2Vectors } from './molto2-vectors';
import { bytes, vectorSeed } from './vectors';

const NOW = 1_700_000_000;
const SERIAL = molto2Vectors.getInfo.serial;
const KEY = defaultKey();
const CUSTOMER_KEY = 'a key of my own';

function now() {
  return NOW;
}

function aws40() {
  return Seed.fromBytes(vectorSeed('aws40'));
}

function customerKey() {
  return Uint8Array.from(Buffer.from(CUSTOMER_KEY, 'ascii'));
}

type Options = Partial<ConstructorParameters<typeof VirtualMolto2>[0]>;

function make(options: Options = {}) {
  const clock = new MovableClock(() => NOW * 1000);
  const token = new VirtualMolto2({ serial: SERIAL, clock: clock.now, ...options });
  const readers = new VirtualReaders({ names: [MOLTO2_READER] });
  /** Plugs it in (again), and identifies it. */
  async function plugIn(): Promise<Token2Molto2> {
    readers.lay(token);
    const found = await token2Molto2.probe(await readers.card(undefined, AbortSignal.timeout(30_000)));
    if (!(found?.driver instanceof Token2Molto2)) {
      throw new Error('the virtual Molto2 was not recognized');
    }
    return found.driver;
  }
  /** Everything that a write could change. */
  function content() {
    return [token.filled, token.filled.map((profile) => token.title(profile)), token.clockSeconds];
  }
  return { token, readers, plugIn, content };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the commands are the published bytes', () => {
  test('the key, and the commands without content', () => {
    expect(formatHex(KEY)).toBe(molto2Vectors.sm4Key);
    expect(formatHex(getInfoCommand().bytes)).toBe(molto2Vectors.getInfo.apduHex);
    expect(formatHex(getChallengeCommand().bytes)).toBe(molto2Vectors.challengeApduHex);
    expect(formatHex(readProfileCommand(0).bytes)).toBe(molto2Vectors.publicBlock.profile0);
    expect(formatHex(readProfileCommand(99).bytes)).toBe(molto2Vectors.publicBlock.profile99);
    const { profile, apduHex } = molto2Vectors.deleteSeed;
    expect(formatHex(deleteSeedCommand(profile).bytes)).toBe(apduHex);
  });

  test.each(molto2Vectors.auth)('authenticate to $challengeHex', ({ challengeHex, apduHex }) => {
    expect(formatHex(authenticateCommand(KEY, bytes(challengeHex)).bytes)).toBe(apduHex);
  });

  test.each(molto2Vectors.seed)('write the seed $seedHex to profile $p2', ({ p2, seedHex, apduHex }) => {
    const command = writeSeedCommand(KEY, p2, bytes(seedHex));
    expect(formatHex(command.bytes)).toBe(apduHex);
    expect(command.secret).toBe(true);
  });

  test.each(molto2Vectors.title)('write the title "$title"', ({ profile, title, apduHex }) => {
    expect(formatHex(writeTitleCommand(KEY, profile, title).bytes)).toBe(apduHex);
  });

  test.each(molto2Vectors.config.filter(({ displayTimeout }) => displayTimeout === 1))(
    'configure at $utc',
    ({ profile, utc, apduHex }) => {
      expect(formatHex(configureCommand(KEY, profile, utc).bytes)).toBe(apduHex);
    },
  );

  test.each(molto2Vectors.sync)('set the clock to $utc', ({ profile, utc, apduHex }) => {
    expect(formatHex(setClockCommand(KEY, profile, utc).bytes)).toBe(apduHex);
  });

  test.each([{ profile: -1 }, { profile: 100 }, { profile: 1.5 }, { profile: Number.NaN }])(
    'and none for profile $profile',
    ({ profile }) => {
      expect(() => readProfileCommand(profile)).toThrow(RangeError);
      expect(() => deleteSeedCommand(profile)).toThrow(RangeError);
      expect(() => writeSeedCommand(KEY, profile, vectorSeed('aws40'))).toThrow(RangeError);
    },
  );
});

describe('answers', () => {
  test('the public block, as published', () => {
    const data = bytes(molto2Vectors.publicBlock.responseHex).subarray(0, -2);
    const { title } = molto2Vectors.publicBlock;
    expect(parsePublicBlock(data)).toEqual({
      title,
      algorithm: 1,
      stepSeconds: 30,
      digits: 6,
      seedPresent: 1,
    });
    // A third value is not published: such a profile is not taken for one that anybody may overwrite.
    const other = parsePublicBlock(Uint8Array.of(...data.subarray(0, -1), 2));
    expect(other && occupancyOf(other)).toEqual({ state: 'filled', label: title });
    expect(parsePublicBlock(data.subarray(0, -1))).toBeUndefined();
    expect(parsePublicBlock(Uint8Array.of(...data, 0))).toBeUndefined();
  });

  test('no bytes break the parser', () => {
    const start = fc.constantFrom([], [0x95, 0x1f, 0x70, 0x1d], [0x95, 0x1f, 0x70]);
    const data = fc.tuple(start, fc.uint8Array({ maxLength: 40 })).map(([a, b]) => Uint8Array.of(...a, ...b));
    fc.assert(
      fc.property(data, (each) => {
        const block = parsePublicBlock(each);
        expect(block === undefined || each.length === 33).toBe(true);
      }),
      { numRuns: repetitions(2_000) },
    );
  });

  test.each([
    [0x63c7, 7],
    [0x63c0, 0],
    [0x6305, 5],
    [0x6983, undefined],
    [0x9000, undefined],
  ])('%i: %s tries left', (statusWord, left) => {
    expect(parseTriesLeft(statusWord)).toBe(left);
  });
});

describe('recognition', () => {
  test.each([false, true])('by the serial, with get info alone; takes a list of tags: %s', async (takes) => {
    const { token, readers } = make({ takesTagList: takes });
    readers.lay(token);
    const card = await readers.card(undefined, AbortSignal.timeout(30_000));
    expect(token2Molto2.mayBe(card)).toBe(true);
    const found = await token2Molto2.probe(card);
    expect(found?.info).toEqual({ serial: SERIAL, model: 'Molto2', clock: NOW });
    expect(token.received).toEqual(takes ? ['8041000002'] : ['8041000002', '8041000000']);
  });

  test.each([
    { reader: MOLTO2_READER, atr: '3B8080010000', may: true },
    { reader: 'Virtual PCD 00 00', atr: '3B800181', may: true },
    { reader: 'Virtual PCD 00 00', atr: '3B80800101', may: false },
    { reader: 'ACS ACR122U 00 00', atr: '3B8A80010031C573C0014000900014', may: false },
  ])('in "$reader" the answer to reset $atr may be one: $may', ({ reader, atr, may }) => {
    expect(token2Molto2.mayBe({ reader, atr: bytes(atr) })).toBe(may);
  });

  async function probe(card: VirtualCard) {
    const readers = new VirtualReaders();
    readers.lay(card);
    return token2Molto2.probe(await readers.card(undefined, AbortSignal.timeout(30_000)));
  }

  test('is nothing to a single-profile token, which gets get info in its own form only', async () => {
    const token = new VirtualToken2Single({ serial: '86596220000001', clock: () => NOW * 1000 });
    token.press();
    expect(await probe(token)).toBeUndefined();
    expect(token.received).toEqual(['8041000002']);
  });

  test('is nothing to a bank card', async () => {
    const card = bankCard();
    expect(await probe(card)).toBeUndefined();
    expect(card.received).toEqual(['80410000020211', '8041000000']);
  });

  test.each(['826658812345678', '82665871984449', '8266587198444990'])(
    'refuses the serial %s',
    async (serial) => {
      const { token, plugIn } = make({ serial });
      await expect(plugIn()).rejects.toMatchObject({ name: 'ForeignCardError', kind: 'unknown-prefix' });
      expect(token.received).toEqual(['8041000002', '8041000000']);
    },
  );
});

describe('a burn', () => {
  test('is the recorded transcript', async () => {
    const card = new ReplayTransport(readTranscript('burn-molto2'));
    const driver = new Token2Molto2(card, SERIAL);
    await driver.burn(aws40(), { profile: 7, label: 'alice' }, now);
    card.finish();
  });

  test.each([0x31, 0, 1, 49, 50, 99])('puts seed, title and clock on profile %i', async (profile) => {
    const { token, plugIn } = make({ clockOffsetSeconds: -900 });
    const driver = await plugIn();
    const target = { profile, label: 'root 3456789' };
    await driver.occupancy(target);
    await driver.burn(aws40(), target, now);
    expect(token.holds(profile, vectorSeed('aws40'))).toBe(true);
    expect(token.title(profile)).toBe('root 3456789');
    expect((await driver.info()).clock).toBe(NOW);
    expect(token.readCode(profile)).toBe('809936');
    expect(token.filled).toEqual([...new Set([0, profile])]);
  });

  test('reads our clock immediately before the first write', async () => {
    const { plugIn, token } = make();
    const driver = await plugIn();
    await driver.burn(aws40(), { profile: 7, label: 'alice' }, () => {
      expect(token.received.at(-1)).toBe('80CE000010');
      return NOW;
    });
  });

  test.each([
    ['no profile', aws40(), { label: 'alice' }],
    ['a profile that no token has', aws40(), { profile: 100, label: 'alice' }],
    ['an empty title', aws40(), { profile: 7, label: '' }],
    ['a title of 13 characters', aws40(), { profile: 7, label: 'alice-and-bob' }],
    ['a title that is not ASCII', aws40(), { profile: 7, label: 'Zoë' }],
    ['a seed of 64 bytes', Seed.fromBytes(new Uint8Array(64).fill(1)), { profile: 7, label: 'alice' }],
    ['a seed of zeros', Seed.fromBytes(new Uint8Array(40)), { profile: 7, label: 'alice' }],
  ])('of %s sends nothing that writes or authenticates', async (_, seed, target) => {
    const { token, plugIn, content } = make();
    const driver = await plugIn();
    const before = content();
    await expect(driver.burn(seed, target, now)).rejects.toBeInstanceOf(RangeError);
    expect(content()).toEqual(before);
    expect(token.received.filter((header) => !header.startsWith('8041'))).toEqual([]);
  });

  test('on a profile that the first version lacks names it, and changes nothing', async () => {
    const { plugIn, content } = make({ profiles: 50 });
    const driver = await plugIn();
    const before = content();
    const error = await errorOf(driver.burn(aws40(), { profile: 73, label: 'alice' }, now));
    expect(error).toBeInstanceOf(StatusWordError);
    expect(error).toMatchObject({ command: 'read profile', meaning: expect.stringContaining('73') });
    expect(content()).toEqual(before);
  });

  test.each([
    { fault: { titleLost: true }, field: 'title' },
    { fault: { shortChallenge: true }, field: '7 bytes' },
  ])('is not believed: $fault', async ({ fault, field }) => {
    const { token, plugIn } = make();
    const driver = await plugIn();
    token.fail(fault);
    const error = await errorOf(driver.burn(aws40(), { profile: 7, label: 'alice' }, now));
    expect(error).toMatchObject({ name: 'MalformedAnswerError', detail: expect.stringContaining(field) });
  });

  test('ends when another serial answers in the same connection, before anything is written', async () => {
    const { token, readers } = make();
    readers.lay(token);
    const card = await readers.card(undefined, AbortSignal.timeout(30_000));
    const driver = new Token2Molto2(card, '826658711763730');
    for (const work of [
      () => driver.burn(aws40(), { profile: 7, label: 'alice' }, now),
      () => driver.erase({ profile: 0, label: 'Token2' }),
      () => driver.syncClock(0, now),
      () => driver.unlock(customerKey()),
    ]) {
      await expect(work()).rejects.toMatchObject({ name: 'CardGoneError', command: 'get info' });
    }
    expect(token.received.every((header) => header === '8041000000')).toBe(true);
  });

  test('wipes the bytes of the seed command', async () => {
    const { token, readers } = make();
    readers.lay(token);
    const card = await readers.card(undefined, AbortSignal.timeout(30_000));
    const sent: Uint8Array[] = [];
    const transport: Transport = {
      transmit: (command) => {
        sent.push(...(command.secret ? [command.bytes] : []));
        return card.transmit(command);
      },
    };
    await new Token2Molto2(transport, SERIAL).burn(aws40(), { profile: 7, label: 'alice' }, now);
    expect(sent).toHaveLength(1);
    expect(sent.flatMap((command) => [...command]).every((byte) => byte === 0)).toBe(true);
    expect(token.holds(7, vectorSeed('aws40'))).toBe(true);
  });
});

describe('a filled profile', () => {
  const target = { profile: 0, label: 'alice' };

  test('is told with its title, and an empty one as empty', async () => {
    const { plugIn } = make();
    const driver = await plugIn();
    expect(await driver.occupancy(target)).toEqual({ state: 'filled', label: 'Token2' });
    expect(await driver.occupancy({ profile: 1, label: 'alice' })).toEqual({ state: 'empty' });
    expect(await driver.contents()).toEqual([{ profile: 0, label: 'Token2' }]);
  });

  test('is not overwritten unless its occupancy was read in this connection', async () => {
    const { plugIn, content } = make();
    await (await plugIn()).occupancy(target);
    const driver = await plugIn();
    const before = content();
    const error = await errorOf(driver.burn(aws40(), target, now));
    expect(error).toMatchObject({ name: 'ProfileTakenError', profile: 0, label: 'Token2' });
    expect(content()).toEqual(before);
    await driver.occupancy(target);
    await driver.burn(aws40(), target, now);
    expect(content()).toEqual([[0], ['alice'], NOW]);
  });

  test('is not overwritten a second time on the same reading', async () => {
    const { plugIn } = make();
    const driver = await plugIn();
    await driver.occupancy(target);
    await driver.burn(aws40(), target, now);
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject({ name: 'ProfileTakenError' });
  });

  test('is erased by its title, or after it was read; the title goes as well', async () => {
    const { token, plugIn, content } = make();
    const driver = await plugIn();
    const before = content();
    await expect(driver.erase(target)).rejects.toMatchObject({ name: 'ProfileTakenError' });
    expect(content()).toEqual(before);
    await driver.erase({ profile: 0, label: 'Token2' });
    expect([token.filled, token.title(0)]).toEqual([[], '-']);
    await driver.erase({ profile: 0, label: 'Token2' });
    await driver.erase({ profile: 1, label: 'alice' });
    expect([token.filled, token.title(1)]).toEqual([[], '']);
  });

  test('keeps its seed when the clock is set', async () => {
    const { token, plugIn } = make({ clockOffsetSeconds: 900 });
    await (await plugIn()).syncClock(0, now);
    expect([token.filled, token.clockSeconds]).toEqual([[0], NOW]);
  });
});

describe('a customer key of its own', () => {
  const target = { profile: 7, label: 'alice' };

  test('is asked for after one try with the default key, and not before', async () => {
    const { token, plugIn, content } = make({ customerKey: customerKey() });
    const driver = await plugIn();
    await driver.info();
    await driver.occupancy(target);
    await driver.contents();
    expect(token.triesLeft).toBe(8);
    const before = content();
    const needed = { name: 'TokenLockedError', lock: 'customer-key', problem: 'needed', triesLeft: 7 };
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject(needed);
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject(needed);
    await expect(driver.erase(target)).rejects.toMatchObject(needed);
    expect([token.triesLeft, content()]).toEqual([7, before]);
    const secret = customerKey();
    await driver.unlock(secret);
    expect(secret.every((byte) => byte === 0)).toBe(true);
    await driver.burn(aws40(), target, now);
    expect([token.holds(7, vectorSeed('aws40')), token.triesLeft]).toEqual([true, 8]);
  });

  test('is asked for, as a transcript', async () => {
    const card = new ReplayTransport(readTranscript('molto2-customer-key'));
    const driver = new Token2Molto2(card, SERIAL);
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject({ problem: 'needed' });
    card.finish();
  });

  test('is in no trace and in no error, and neither is the seed', async () => {
    const { token, readers } = make({ customerKey: customerKey() });
    readers.lay(token);
    const lines: string[] = [];
    const card = await readers.card(undefined, AbortSignal.timeout(30_000));
    const driver = new Token2Molto2(new TracingTransport(card, (line) => lines.push(line)), SERIAL);
    const wrong = await errorOf(driver.unlock(bytes('00112233445566778899AABBCCDDEEFF')));
    await driver.unlock(customerKey());
    await driver.burn(aws40(), target, now);
    const told = [...lines, String(wrong), JSON.stringify(wrong), inspect(driver)].join('\n').toUpperCase();
    expect(token.holds(7, vectorSeed('aws40'))).toBe(true);
    expect(told).toContain('=> 84C5010734 [52 BYTES WITHHELD]');
    for (const secret of [
      ...[customerKey(), deriveKey(customerKey()), vectorSeed('aws40')].map((each) => formatHex(each)),
      formatHex(writeSeedCommand(deriveKey(customerKey()), 7, vectorSeed('aws40')).bytes.subarray(5)),
      '00112233445566778899AABBCCDDEEFF',
      CUSTOMER_KEY.toUpperCase(),
    ]) {
      expect(told).not.toContain(secret);
    }
  });

  test('that is entered first spares the try with the default key', async () => {
    const { token, plugIn } = make({ customerKey: customerKey() });
    const driver = await plugIn();
    await driver.unlock(customerKey());
    await driver.burn(aws40(), target, now);
    expect(token.received.filter((header) => header.startsWith('80CE'))).toHaveLength(1);
    expect(token.holds(7, vectorSeed('aws40'))).toBe(true);
  });

  test('that is wrong leaves the last try alone', async () => {
    const { token, plugIn } = make({ customerKey: customerKey() });
    const driver = await plugIn();
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject({ problem: 'needed' });
    for (const left of [6, 5, 4, 3, 2]) {
      const wrong = { problem: 'wrong', triesLeft: left };
      await expect(driver.unlock(bytes('00'))).rejects.toMatchObject(wrong);
    }
    const blocked = { name: 'TokenLockedError', problem: 'blocked', triesLeft: 1 };
    await expect(driver.unlock(bytes('00'))).rejects.toMatchObject(blocked);
    const right = customerKey();
    await expect(driver.unlock(right)).rejects.toMatchObject(blocked);
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject(blocked);
    expect(right.every((byte) => byte === 0)).toBe(true);
    expect(token.triesLeft).toBe(1);
  });

  test.each([
    { answer: '6983', problem: 'blocked' },
    { answer: '63C0', problem: 'blocked' },
    { answer: '6301', problem: 'blocked' },
    { answer: '6302', problem: 'needed' },
  ])('refused with $answer is "$problem", and the key is sent once', async ({ answer, problem }) => {
    const { sent, driver } = answering('authenticate', answer);
    const locked = { name: 'TokenLockedError', problem };
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject(locked);
    await expect(driver.burn(aws40(), target, now)).rejects.toMatchObject(locked);
    expect(sent.filter((name) => name === 'authenticate')).toHaveLength(1);
  });

  test('is not sent again because a reader asks for another length', async () => {
    const { sent, driver } = answering('authenticate', '6C00');
    const error = await errorOf(driver.burn(aws40(), target, now));
    expect(error).toMatchObject({ name: 'StatusWordError', command: 'authenticate', statusWord: 0x6c00 });
    expect(sent.filter((name) => name === 'authenticate')).toHaveLength(1);
  });
});

/** A token that answers one command with a status word, and everything else as it should. */
function answering(name: string, statusWord: string) {
  const token = new VirtualMolto2({ serial: SERIAL, clock: () => NOW * 1000 });
  const sent: string[] = [];
  const transport: Transport = {
    transmit: async (command) => {
      sent.push(command.name);
      const answer = command.name === name ? bytes(statusWord) : token.receive(command.bytes);
      return typeof answer === 'string' ? bytes('6F00') : answer;
    },
  };
  return { sent, driver: new Token2Molto2(transport, SERIAL) };
}

test.each([
  ['read profile', '6FFB', 'form of the command', '--trace-apdu'],
  ['get challenge', '6D00', 'instruction', '--trace-apdu'],
  ['authenticate', '6A80', 'data', '--trace-apdu'],
  ['configure', '6982', 'no longer authenticated', 'unplug'],
  ['configure', '6983', 'wrong authentication code', 'unplug'],
  ['write seed', '9060', 'up-arrow', 'do not press'],
  ['write title', '6700', 'length', '--trace-apdu'],
  ['write title', '6F42', '6F42', '--trace-apdu'],
])('"%s" refused with %s says what it means and what to do', async (name, statusWord, meaning, next) => {
  const { driver } = answering(name, statusWord);
  const error = await errorOf(driver.burn(aws40(), { profile: 7, label: 'alice' }, now));
  if (!(error instanceof StatusWordError)) {
    throw new Error(`expected a StatusWordError, got ${error}`);
  }
  expect(error.command).toBe(name);
  expect(error.meaning).toContain(meaning);
  expect(error.nextAction).toContain(next);
});

test('whatever is interrupted, a seed is replaced only after its profile was read in the same connection', async () => {
  const action = fc.record({
    profile: fc.constantFrom(0, 1, 49, 50, 99),
    reads: fc.boolean(),
    erases: fc.boolean(),
    pull: fc.option(
      fc.record({ at: fc.integer({ min: 1, max: 12 }), effect: fc.constantFrom('lost', 'done') }),
      { nil: undefined },
    ),
  });
  const property = fc.asyncProperty(
    fc.array(action, { maxLength: 8 }),
    fc.constantFrom(50 as const, 100 as const),
    async (actions, profiles) => {
      const { token, plugIn } = make({ profiles });
      for (const { profile, reads, erases, pull } of actions) {
        token.fail({});
        const driver = await plugIn();
        const target = { profile, label: `p${profile}` };
        token.fail(pull ? { pull } : {});
        const before = token.filled.includes(profile);
        const told = reads && (await driver.occupancy(target).catch(() => undefined)) !== undefined;
        const burned = await errorOf(driver.burn(aws40(), target, now));
        if (burned === undefined) {
          expect(before && !told).toBe(false);
          expect([token.holds(profile, vectorSeed('aws40')), token.title(profile)]).toEqual([
            true,
            target.label,
          ]);
        }
        if (erases) {
          await driver.erase(target).catch(() => undefined);
        }
      }
      expect(token.overwritten.filter(({ wasRead }) => !wasRead)).toEqual([]);
      expect(token.triesLeft).toBe(8);
    },
  );
  await fc.assert(property, { numRuns: repetitions(500) });
});

test('keys of other lengths are hashed like those of 16 bytes', () => {
  expect(deriveKey(Buffer.from(molto2Vectors.defaultCustomerKey, 'ascii'))).toEqual(KEY);
  expect(deriveKey(customerKey())).toHaveLength(16);
});
