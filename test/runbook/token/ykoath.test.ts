import fc from 'fast-check';
import { Seed } from '../../../runbook/seed';
import { codeFor } from '../../../runbook/token/codes';
import {
  ForeignCardError,
  MalformedAnswerError,
  StatusWordError,
  type TokenDriver,
  TokenFullError,
  TokenLockedError,
  TouchError,
} from '../../../runbook/token/driver';
import { CardGoneError } from '../../../runbook/token/transport';
import { ykoath } from '../../../runbook/token/ykoath';
import { repetitions } from '../../support/extent';
import { bankCard, fidoKey } from '../../tokens/foreign-cards';
import { ReplayTransport, readTranscript } from '../../tokens/transcripts/transcript';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { type VirtualKeyOptions, VirtualYkOath } from '../../tokens/ykoath';
import { bytes, vectorSeed } from './vectors';

const TARGET = { label: 'AWS:alice@123456789012' };
const COUNTER = Math.floor(1_700_000_000 / 30);
const PUT = '00010000';
const DELETE = '00020000';

function nothing(): void {}
function now() {
  return 1_700_000_000;
}
function aws40() {
  return Seed.fromBytes(vectorSeed('aws40'));
}
function other() {
  return Seed.fromBytes(vectorSeed('seq40'));
}

async function lay(card: VirtualCard, readers = new VirtualReaders()) {
  readers.lay(card);
  const connection = await readers.card(undefined, AbortSignal.timeout(30_000));
  const found = await ykoath.probe(connection);
  return { readers, connection, ...found };
}

async function layKey(options: VirtualKeyOptions = {}) {
  const key = new VirtualYkOath(options);
  const laid = await lay(key);
  const { driver } = laid;
  if (!driver) {
    throw new Error('the virtual key was not recognized');
  }
  return { key, ...laid, driver: withEverything(driver) };
}

/** All methods of the port are present in this driver. */
function withEverything(
  driver: TokenDriver,
): Required<Omit<TokenDriver, 'lock'>> & Pick<TokenDriver, 'lock'> {
  return driver as Required<TokenDriver>;
}

function writes(key: VirtualYkOath) {
  return key.received.filter((header) => header.startsWith(PUT) || header.startsWith(DELETE));
}

/** Puts a credential on the key as another program would. */
function seedElsewhere(key: VirtualYkOath, name: string, { type = '21', touch = false } = {}) {
  const field = Buffer.from(name).toString('hex');
  const secret = `73 2a ${type} 06 ${Buffer.from(vectorSeed('aws40')).toString('hex')}`.replaceAll(' ', '');
  const body = `71${(field.length / 2).toString(16).padStart(2, '0')}${field}${secret}${touch ? '7802' : ''}`;
  key.enterField();
  void key.receive(bytes('00A4040007A0000005272101'));
  void key.receive(bytes(`${PUT}${(body.length / 2).toString(16).padStart(2, '0')}${body}`));
  key.received.length = 0;
}

describe('a key is recognized', () => {
  test('byte for byte, and burned, and gives a code', async () => {
    const card = new ReplayTransport(readTranscript('burn-yubikey'));
    const found = await ykoath.probe(card);
    expect(found?.info).toEqual({ serial: '12345678', model: expect.stringContaining('5.4.7') });
    const { occupancy, code } = found?.driver ?? {};
    expect(await occupancy?.call(found?.driver, TARGET)).toEqual({ state: 'empty' });
    await found?.driver.burn(aws40(), TARGET, now);
    expect(await code?.call(found?.driver, TARGET, COUNTER, nothing)).toBe('809936');
    card.finish();
  });

  test.each<[string, VirtualKeyOptions, string]>([
    ['a YubiKey by the number printed on it', { serial: 4_000_000_001 }, '4000000001'],
    [
      'a key without a management applet by its id',
      { maker: 'trussed', id: bytes('0A0B0C0D0E0F1011') },
      '0A0B0C0D0E0F1011',
    ],
  ])('%s', async (_, options, serial) => {
    const { info, driver, key } = await layKey(options);
    expect(info?.serial).toBe(serial);
    expect(key.serial).toBe(serial);
    expect(await driver.info()).toEqual(info);
    expect(driver).toMatchObject({
      id: 'ykoath',
      seedCapacity: 64,
      clockWipesSeed: false,
      codeSource: 'key',
    });
    expect(driver.lock).toBeUndefined();
    expect(writes(key)).toEqual([]);
  });

  test('cards without an OATH applet are not', async () => {
    for (const card of [fidoKey(), bankCard(), new VirtualYkOath({ applets: 'fido' })]) {
      expect((await lay(card)).driver).toBeUndefined();
    }
  });

  test('a key whose NFC is restricted is not to be written to', async () => {
    const card = new ReplayTransport(readTranscript('oath-restricted'));
    await expect(ykoath.probe(card)).rejects.toMatchObject({
      name: 'ForeignCardError',
      kind: 'restricted',
    });
    card.finish();
    await expect(lay(new VirtualYkOath({ applets: 'restricted' }))).rejects.toThrow(ForeignCardError);
  });

  test('not on the reader of a Molto2', () => {
    const atr = new Uint8Array();
    expect(ykoath.mayBe({ reader: 'TOKEN2 Molto2 00 00', atr })).toBe(false);
    expect(ykoath.mayBe({ reader: 'Yubico YubiKey OTP+FIDO+CCID', atr })).toBe(true);
  });
});

describe('a seed is burned', () => {
  test.each<[string, VirtualKeyOptions]>([
    ['a YubiKey', {}],
    ['an old one', { version: [4, 2, 3] }],
    ['a key over NFC', { connection: 'nfc' }],
    ['a Trussed key', { maker: 'trussed' }],
  ])('onto %s, which computes its codes', async (_, options) => {
    const { key, driver } = await layKey(options);
    expect(await driver.occupancy(TARGET)).toEqual({ state: 'empty' });
    let told = 0;
    await driver.burn(aws40(), TARGET, () => {
      expect(writes(key)).toEqual([]);
      told++;
      return now();
    });
    expect(told).toBe(1);
    expect(key.holds(TARGET.label, vectorSeed('aws40'))).toBe(true);
    expect(await driver.code(TARGET, COUNTER, nothing)).toBe(codeFor(aws40(), COUNTER));
    expect(await driver.occupancy(TARGET)).toEqual({ state: 'filled', label: TARGET.label });
    expect(await driver.contents()).toEqual([TARGET]);
  });

  test('a name that nobody asked about is not overwritten', async () => {
    const { key, driver } = await layKey();
    seedElsewhere(key, TARGET.label);
    await driver.info();
    await expect(driver.burn(other(), TARGET, now)).rejects.toThrow(MalformedAnswerError);
    expect(key.holds(TARGET.label, vectorSeed('aws40'))).toBe(true);
    expect(writes(key)).toEqual([]);
  });

  test('a name that was reported as taken is replaced, and so is one burned over this connection', async () => {
    const { key, driver } = await layKey();
    seedElsewhere(key, TARGET.label);
    await driver.info();
    await driver.occupancy(TARGET);
    await driver.burn(other(), TARGET, now);
    expect(key.holds(TARGET.label, vectorSeed('seq40'))).toBe(true);
    await driver.burn(aws40(), TARGET, now);
    expect(key.holds(TARGET.label, vectorSeed('aws40'))).toBe(true);
    expect(key.names).toEqual([TARGET.label]);
  });

  test.each(['refuses', 'wrong-code'] as const)(
    'a torn write that %s is repaired by the next burn',
    async (torn) => {
      const { key, driver, readers } = await layKey();
      await driver.occupancy(TARGET);
      // list, select management, read serial, select OATH, put
      key.fail({ pull: { at: 5, effect: 'torn' }, torn });
      await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(CardGoneError);
      key.fail({});
      expect(key.names).toEqual([TARGET.label]);
      expect(key.holds(TARGET.label, vectorSeed('aws40'))).toBe(false);
      const again = await lay(key, readers);
      expect(await again.driver?.occupancy?.(TARGET)).toEqual({ state: 'filled', label: TARGET.label });
      await again.driver?.burn(aws40(), TARGET, now);
      expect(key.holds(TARGET.label, vectorSeed('aws40'))).toBe(true);
    },
  );

  test('at each command the key may leave or fall silent; a second burn always succeeds', async () => {
    const faults = [1, 2, 3, 4, 5, 6, 7].flatMap((at) => [
      { muteAt: at },
      ...(['lost', 'done'] as const).map((effect) => ({ pull: { at, effect } })),
    ]);
    for (const fault of faults) {
      const { key, driver, readers } = await layKey();
      seedElsewhere(key, TARGET.label);
      seedElsewhere(key, 'another');
      await driver.info();
      await driver.occupancy(TARGET);
      key.fail(fault);
      await expect(driver.burn(other(), TARGET, now)).rejects.toThrow(CardGoneError);
      key.fail({});
      const again = await lay(key, readers);
      await again.driver?.occupancy?.(TARGET);
      await again.driver?.burn(other(), TARGET, now);
      expect(key.holds(TARGET.label, vectorSeed('seq40'))).toBe(true);
      expect(key.holds('another', vectorSeed('aws40'))).toBe(true);
    }
  });

  test.each([0, 7, 8, 100, 319])('a key that stores bit %i wrong is found out', async (flipSecretBit) => {
    const { key, driver } = await layKey();
    key.fail({ flipSecretBit });
    await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(MalformedAnswerError);
  });

  test('a full key says so, and nothing was changed', async () => {
    const { key, driver } = await layKey({ capacity: 2 });
    seedElsewhere(key, 'one');
    seedElsewhere(key, 'two');
    await driver.info();
    await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(TokenFullError);
    expect(key.names).toEqual(['one', 'two']);
  });

  test('64 credentials with the longest names are listed', async () => {
    const { key, driver } = await layKey({ version: [5, 7, 0] });
    const names = Array.from({ length: 64 }, (_, i) => `${i} `.padEnd(64, 'x'));
    for (const name of names) {
      seedElsewhere(key, name);
    }
    await driver.info();
    expect(await driver.contents()).toEqual(names.map((label) => ({ label })));
    await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(TokenFullError);
    await driver.occupancy({ label: names[63] ?? '' });
    await driver.burn(other(), { label: names[63] ?? '' }, now);
    expect(key.holds(names[63] ?? '', vectorSeed('seq40'))).toBe(true);
  });

  test('what does not fit is refused before anything is sent', async () => {
    const { key, driver } = await layKey();
    const before = key.received.length;
    const tooLong = Seed.fromBytes(new Uint8Array(65));
    await expect(driver.burn(tooLong, TARGET, now)).rejects.toThrow(RangeError);
    await expect(driver.burn(aws40(), { label: '30/AWS' }, now)).rejects.toThrow(RangeError);
    await expect(driver.burn(aws40(), { label: 'x'.repeat(65) }, now)).rejects.toThrow(RangeError);
    await expect(driver.code({ label: '' }, COUNTER, nothing)).rejects.toThrow(RangeError);
    await expect(driver.erase({ label: '' })).rejects.toThrow(RangeError);
    expect(key.received).toHaveLength(before);
  });

  test('any name and any secret of AWS', async () => {
    const { driver } = await layKey({ version: [5, 7, 0] });
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 });
    const fits = label.filter((text) => Buffer.byteLength(text) <= 64 && !/^\d+\//.test(text));
    await fc.assert(
      fc.asyncProperty(
        fits,
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(),
        async (text, secret, counter) => {
          const target = { label: Buffer.from(text).toString() };
          const seed = Seed.fromBytes(Uint8Array.from(secret));
          await driver.burn(seed, target, now);
          expect(await driver.code(target, counter, nothing)).toBe(codeFor(seed, counter));
          await driver.erase(target);
          expect(await driver.contents()).toEqual([]);
        },
      ),
      { numRuns: repetitions(200) },
    );
  });
});

describe('a key that was swapped is not written to', () => {
  class Swapped implements VirtualCard {
    public readonly atr = new Uint8Array();
    public constructor(public current: VirtualYkOath) {}
    public enterField(): void {
      this.current.enterField();
    }
    public leaveField(): void {
      this.current.leaveField();
    }
    public receive(command: Uint8Array) {
      return this.current.receive(command);
    }
  }

  test.each<[string, VirtualKeyOptions]>([
    ['another serial', { serial: 87654321 }],
    ['another id', { id: bytes('FFFFFFFFFFFFFFFF') }],
    ['no management applet', { maker: 'trussed' }],
  ])('%s', async (_, options) => {
    const first = new VirtualYkOath();
    const second = new VirtualYkOath(options);
    seedElsewhere(second, 'theirs');
    const card = new Swapped(first);
    const { driver } = await lay(card);
    expect(await driver?.occupancy?.({ label: 'theirs' })).toEqual({ state: 'empty' });
    card.current = second;
    void second.receive(bytes('00A4040007A0000005272101'));
    await expect(driver?.burn(aws40(), TARGET, now)).rejects.toThrow(CardGoneError);
    void second.receive(bytes('00A4040007A0000005272101'));
    await expect(driver?.erase?.({ label: 'theirs' })).rejects.toThrow(CardGoneError);
    await expect(driver?.info()).rejects.toThrow(CardGoneError);
    expect(writes(second)).toEqual([]);
    expect(second.names).toEqual(['theirs']);
  });
});

describe('a key with a password', () => {
  const password = 'correct horse';

  test('is locked until it is entered, and stays open for the whole connection', async () => {
    const { key, driver } = await layKey({ password });
    expect(driver.lock).toBe('password');
    for (const attempt of [
      () => driver.occupancy(TARGET),
      () => driver.contents(),
      () => driver.burn(aws40(), TARGET, now),
      () => driver.code(TARGET, COUNTER, nothing),
      () => driver.erase(TARGET),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ name: 'TokenLockedError', problem: 'needed' });
    }
    expect(writes(key)).toEqual([]);
    const typed = Uint8Array.from(Buffer.from(password));
    await driver.unlock(typed);
    expect(typed).toEqual(new Uint8Array(password.length));
    await driver.burn(aws40(), TARGET, now);
    expect(await driver.code(TARGET, COUNTER, nothing)).toBe('809936');
    await driver.info();
    await driver.erase(TARGET);
    expect(key.names).toEqual([]);
  });

  test('stays locked after a wrong one, which is wiped as well', async () => {
    const { key, driver } = await layKey({ password });
    const typed = Uint8Array.from(Buffer.from('wrong'));
    await expect(driver.unlock(typed)).rejects.toMatchObject({ name: 'TokenLockedError', problem: 'wrong' });
    expect(typed).toEqual(new Uint8Array(5));
    await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(TokenLockedError);
    expect(writes(key)).toEqual([]);
    await driver.unlock(Buffer.from(password));
    expect(await driver.contents()).toEqual([]);
  });

  test('that does not know the password itself is given no seed', async () => {
    const { key, driver } = await layKey({ password });
    key.fail({ impostor: true });
    await expect(driver.unlock(Buffer.from(password))).rejects.toThrow(MalformedAnswerError);
    await expect(driver.burn(aws40(), TARGET, now)).rejects.toThrow(TokenLockedError);
    expect(writes(key)).toEqual([]);
  });

  test('that another program locked again says so', async () => {
    const { key, driver } = await layKey({ password });
    await driver.unlock(Buffer.from(password));
    void key.receive(bytes('00A4040007A0000005272101'));
    await expect(driver.contents()).rejects.toMatchObject({ name: 'TokenLockedError', problem: 'needed' });
  });
});

describe('a credential that needs a touch', () => {
  async function layTouchKey(options: VirtualKeyOptions = {}) {
    let expire: () => void = nothing;
    function touchTimeout() {
      return new Promise<void>((resolve) => {
        expire = resolve;
      });
    }
    const laid = await layKey({ touchTimeout, ...options });
    seedElsewhere(laid.key, TARGET.label, { touch: true });
    await laid.driver.info();
    return { ...laid, expire: () => expire() };
  }

  test('waits until it is touched', async () => {
    const { key, driver } = await layTouchKey();
    let told = 0;
    const code = await driver.code(TARGET, COUNTER, () => {
      expect(key.isWaitingForTouch).toBe(true);
      told++;
      key.touch();
    });
    expect([code, told]).toEqual(['809936', 1]);
  });

  test('that was not touched', async () => {
    const { driver, expire } = await layTouchKey();
    await expect(driver.code(TARGET, COUNTER, expire)).rejects.toThrow(TouchError);
  });

  test('over NFC waits for nothing: the tap is the touch', async () => {
    const { driver } = await layTouchKey({ connection: 'nfc' });
    expect(await driver.code(TARGET, COUNTER, () => fail('a touch was asked for'))).toBe('809936');
  });

  test('of a key that leaves while it waits', async () => {
    const { driver, readers } = await layTouchKey();
    await expect(driver.code(TARGET, COUNTER, () => readers.pull())).rejects.toThrow(CardGoneError);
  });
});

describe('credentials of others', () => {
  test('are listed, those that count and those of other periods as well', async () => {
    const { key, driver } = await layKey();
    seedElsewhere(key, 'counter', { type: '11' });
    seedElsewhere(key, '60/AWS');
    seedElsewhere(key, 'SHA-256', { type: '22' });
    await driver.info();
    expect(await driver.contents()).toEqual([
      { label: 'counter' },
      { label: '60/AWS' },
      { label: 'SHA-256' },
    ]);
    expect(await driver.occupancy({ label: 'AWS' })).toEqual({ state: 'empty' });
  });

  test('a counter-based one is never computed, because that uses up a code', async () => {
    const { key, driver } = await layKey();
    seedElsewhere(key, TARGET.label, { type: '11' });
    await driver.info();
    const before = key.received.length;
    await expect(driver.code(TARGET, COUNTER, nothing)).rejects.toThrow(StatusWordError);
    expect(key.received.slice(before)).toEqual(['00A1000000']);
  });

  test('only the one with exactly this name is deleted; one that is absent is no error', async () => {
    const { key, driver } = await layKey();
    seedElsewhere(key, TARGET.label);
    seedElsewhere(key, `${TARGET.label}2`);
    await driver.info();
    await driver.erase(TARGET);
    await driver.erase(TARGET);
    expect(key.names).toEqual([`${TARGET.label}2`]);
  });
});

describe('every refusal has a meaning and a next action', () => {
  test.each(['6581', '6700', '6984', '6985', '6999', '6A80', '6A82', '6B00', '6D00', '6E00', '6F42'])(
    '%s',
    async (statusWord) => {
      const { driver, connection } = await layKey();
      jest.spyOn(connection, 'transmit').mockResolvedValue(bytes(statusWord));
      const refused = { statusWord: Number.parseInt(statusWord, 16), meaning: expect.stringMatching(/./) };
      await expect(driver.contents()).rejects.toMatchObject({
        ...refused,
        nextAction: expect.stringMatching(/./),
      });
    },
  );
});

test('neither seed nor code nor password is in a command that a trace shows', async () => {
  const { driver, connection } = await layKey({ password: 'correct horse' });
  const shown: string[] = [];
  const transmit = connection.transmit.bind(connection);
  jest.spyOn(connection, 'transmit').mockImplementation(async (command) => {
    const instruction = command.bytes[1] ?? 0;
    const sent = Buffer.from(command.bytes).toString('hex');
    const answer = await transmit(command);
    if (!command.secret && !ykoath.withheldInstructions.has(instruction)) {
      shown.push(sent, Buffer.from(answer).toString('hex'));
    }
    expect(command.secret || !['01', 'a2', 'a3'].includes(sent.slice(2, 4))).toBe(true);
    return answer;
  });
  await driver.unlock(Buffer.from('correct horse'));
  await driver.burn(aws40(), TARGET, now);
  await driver.code(TARGET, COUNTER, nothing);
  await driver.erase(TARGET);
  const all = shown.join(' ');
  expect(all).toContain(Buffer.from(TARGET.label).toString('hex'));
  for (const secret of [
    Buffer.from(vectorSeed('aws40')).toString('hex').slice(0, 40),
    '43e0dc50',
    '46a864c3',
  ]) {
    expect(all).not.toContain(secret);
  }
});
