/**
 * Faults of real readers that a virtual one does not have, on a stand-in for nfc-pcsc.
 *
 * Time passes when nothing else happens: what waits for seconds takes none, and the order is that of the waits.
 */
import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { NfcLogger, NfcReader } from '../../../runbook/token/nfc-pcsc-types';
import { PcscReaders } from '../../../runbook/token/pcsc';
import { getInfoCommand } from '../../../runbook/token/token2-info';
import { writeSeedCommand } from '../../../runbook/token/token2-single';
import { CardGoneError } from '../../../runbook/token/transport';
import { bytes, vectorSeed } from './vectors';

jest.mock('node:timers/promises', () => ({
  ...jest.requireActual('node:timers/promises'),
  // By the timers that are replaced below.
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms, value);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
}));

/** Turns of the event loop in which nothing happens before time passes. */
const QUIET_TURNS = 10;

let isOver: boolean;
let passing: Promise<void>;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date'] });
  isOver = false;
  passing = passTime();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((readers) => readers.close()));
  isOver = true;
  await passing;
  jest.useRealTimers();
});

async function passTime(): Promise<void> {
  while (true) {
    for (let turn = 0; turn < QUIET_TURNS; turn++) {
      await nextTurn();
    }
    if (isOver) {
      return;
    }
    jest.advanceTimersToNextTimer();
  }
}

const ATR = bytes('3B80800101');
const OTHER_ATR = bytes('3B8180018080');
const READER = 'ACS ACR1252 Reader PICC 00 00';
/** SCARD_STATE_EMPTY and SCARD_STATE_PRESENT. */
const EMPTY = 0x10;
const PRESENT = 0x20;
const SILENT: NfcLogger = { log() {}, debug() {}, info() {}, warn() {}, error() {} };

type Answer = () => Promise<Buffer>;

class FakeReader extends EventEmitter implements NfcReader {
  public logger = SILENT;
  public autoProcessing = true;
  public connection: NfcReader['connection'] = null;
  public connectError: Error | undefined;
  /** Connecting waits for this. */
  public connectable: Promise<unknown> = Promise.resolve();
  public connects = 0;
  /** The native part still holds a connection, and says "connected" without making one. */
  public holdsConnection = false;
  public answer: Answer = async () => Buffer.from([0x90, 0x00]);
  public readonly maxLengths: number[] = [];
  public isClosed = false;
  #eventCount = 0;

  public constructor(public readonly name: string) {
    super();
  }

  public async connect() {
    this.connects++;
    await this.connectable;
    if (this.connectError) {
      throw this.connectError;
    }
    this.connection = this.holdsConnection ? {} : { protocol: 2 };
    return this.connection;
  }

  public async disconnect() {
    this.connection = null;
    this.holdsConnection = false;
  }

  public async transmit(data: Buffer, maxLength: number) {
    this.logger.debug('transmitting', data);
    this.maxLengths.push(maxLength);
    return this.answer();
  }

  public close() {
    this.isClosed = true;
  }

  /** The first status, as soon as somebody listens. */
  public start(): void {
    this.#report(EMPTY);
  }

  /** Behaves as nfc-pcsc does when a card is laid on, with its mistakes. */
  public async lay(): Promise<void> {
    this.#eventCount++;
    this.#report(PRESENT);
    this.logger.debug('card inserted', ATR);
    try {
      await this.connect();
      this.emit('card', { atr: ATR });
    } catch (error) {
      this.logger.error(error);
      this.emit(error as string);
    }
  }

  public takeOff(): void {
    this.#eventCount++;
    this.#report(EMPTY);
    this.emit('card.off', {});
  }

  /** Another card is laid on before this process hears that the first was taken off. */
  public swap(atr: Uint8Array): void {
    this.#eventCount += 2;
    this.#report(PRESENT, atr);
  }

  /** A change that is none of cards: another program uses the card too, say. */
  public reportAgain(): void {
    this.#report(PRESENT);
  }

  #report(state: number, atr: Uint8Array = ATR): void {
    this.logger.debug('status', { state: (this.#eventCount << 16) | state, atr });
  }
}

interface Bench {
  readonly readers: PcscReaders;
  /** The one opened last. */
  readonly nfc: () => EventEmitter & { closed?: boolean };
}

const open: PcscReaders[] = [];

function makeReaders(...devices: FakeReader[]): Bench {
  return makeReadersWith({}, ...devices);
}

function makeReadersWith(options: { readonly exclusive?: boolean }, ...devices: FakeReader[]): Bench {
  let nfc: (EventEmitter & { closed?: boolean }) | undefined;
  class FakeNfc extends EventEmitter {
    public closed = false;
    public constructor() {
      super();
      nfc = this;
      setImmediate(() => {
        for (const device of devices) {
          this.emit('reader', device);
          device.start();
        }
      });
    }
    public close() {
      this.closed = true;
    }
  }
  const readers = new PcscReaders({
    transmitTimeoutMs: 100,
    closeTimeoutMs: 1_000,
    serviceSockets: [],
    load: () => ({ NFC: FakeNfc }),
    ...options,
  });
  open.push(readers);
  return {
    readers,
    nfc: () => {
      if (!nfc) {
        throw new Error('nothing was opened');
      }
      return nfc;
    },
  };
}

function soon() {
  return AbortSignal.timeout(30_000);
}

test('a module that is not installed is a fact', async () => {
  const cause = Object.assign(new Error("Cannot find module 'nfc-pcsc'"), { code: 'MODULE_NOT_FOUND' });
  const readers = new PcscReaders({
    load: () => {
      throw cause;
    },
  });
  await expect(readers.list()).rejects.toMatchObject({ name: 'ReaderError', fault: 'no-module', cause });
});

test.each([
  'was compiled against a different Node.js version using NODE_MODULE_VERSION 115.',
  'Module did not self-register: NODE_MODULE_VERSION 127',
])('a module of another Node is told from one that is missing: %s', async (message) => {
  const readers = new PcscReaders({
    load: () => {
      throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
    },
  });
  await expect(readers.list()).rejects.toMatchObject({ fault: 'other-node' });
});

test('the native part is loaded within what may block', async () => {
  let isWithin = false;
  const readers = new PcscReaders({
    serviceSockets: [],
    whileBlocked: (work) => {
      isWithin = true;
      try {
        return work();
      } finally {
        isWithin = false;
      }
    },
    load: () => ({
      NFC: class extends EventEmitter {
        public constructor() {
          super();
          expect(isWithin).toBe(true);
        }
        public close() {}
      },
    }),
  });
  expect(await readers.list()).toEqual([]);
  expect(isWithin).toBe(false);
  await readers.close();
});

test('a service that does not run is a fact, found before the native part would wait for it', async () => {
  let loaded = 0;
  const readers = new PcscReaders({
    serviceSockets: ['/nonexistent/pcscd.comm'],
    load: () => ({
      NFC: class extends EventEmitter {
        public constructor() {
          super();
          loaded++;
        }
        public close() {}
      },
    }),
  });
  const fault = { name: 'ReaderError', fault: 'no-service', cause: { code: 'ENOENT' } };
  await expect(readers.card(undefined, soon())).rejects.toMatchObject(fault);
  expect(loaded).toBe(0);
});

test('no reader is a fact, after a second of waiting for one', async () => {
  const { readers } = makeReaders();
  await expect(readers.card(undefined, soon())).rejects.toMatchObject({ fault: 'no-reader' });
});

test('slots for SAMs are not readers, but are kept from processing cards by themselves too', async () => {
  const sam = new FakeReader('ACS ACR1252 Reader SAM 01 00');
  const picc = new FakeReader(READER);
  const { readers } = makeReaders(picc, sam);
  expect(await readers.list()).toEqual([READER]);
  expect([picc.autoProcessing, sam.autoProcessing]).toEqual([false, false]);
  await picc.lay();
  expect((await readers.card(undefined, soon())).reader).toBe(READER);
});

test('closing ends every reader, which nfc-pcsc leaves to us', async () => {
  const devices = [new FakeReader(READER), new FakeReader('SAM')];
  const { readers, nfc } = makeReaders(...devices);
  await readers.list();
  await readers.close();
  expect(devices.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  expect(nfc().closed).toBe(true);
});

test('closing lets go of the card first', async () => {
  const { device, readers } = await connected();
  expect(device.connection).not.toBeNull();
  await readers.close();
  expect([device.connection, device.isClosed]).toEqual([null, true]);
});

test('readers opened again are not disturbed by the end of those before', async () => {
  const device = new FakeReader(READER);
  const { readers, nfc } = makeReaders(device);
  await readers.list();
  const before = nfc();
  await readers.close();
  await readers.list();
  const waiting = readers.card(undefined, soon());
  before.emit('error', new Error('SCardGetStatusChange error: Command cancelled'));
  await sleep(10);
  await device.lay();
  expect((await waiting).reader).toBe(READER);
  expect(nfc().closed).toBe(false);
});

describe('a card that cannot be connected to', () => {
  test('is mute, though nfc-pcsc tells nobody', async () => {
    const device = new FakeReader(READER);
    const { readers } = makeReaders(device);
    await readers.list();
    device.connectError = new Error('Card is unresponsive');
    const waiting = readers.card(undefined, soon());
    await device.lay();
    await expect(waiting).rejects.toMatchObject({
      fault: 'mute-card',
      readers: [READER],
      cause: device.connectError,
    });
  });

  test('is connected to when it answers in the end', async () => {
    const device = new FakeReader(READER);
    const { readers } = makeReaders(device);
    await readers.list();
    device.connectError = new Error('Card is unresponsive');
    const waiting = readers.card(undefined, soon());
    await device.lay();
    device.connectError = undefined;
    expect((await waiting).atr).toEqual(ATR);
  });

  test('is waited for when it was taken off in the meantime', async () => {
    const device = new FakeReader(READER);
    const { readers } = makeReaders(device);
    await readers.list();
    device.connectError = new Error('Card was removed');
    const waiting = readers.card(undefined, soon());
    await device.lay();
    device.takeOff();
    device.connectError = undefined;
    await sleep(50);
    await device.lay();
    expect((await waiting).reader).toBe(READER);
  });
});

async function connected() {
  const device = new FakeReader(READER);
  const { readers } = makeReaders(device);
  await readers.list();
  await device.lay();
  return { device, readers, card: await readers.card(undefined, soon()) };
}

describe('a card that is gone is not handed out', () => {
  test('when it was taken off while nfc-pcsc connected to it', async () => {
    const device = new FakeReader(READER);
    const { readers } = makeReaders(device);
    await readers.list();
    let connect: (value?: unknown) => void = () => undefined;
    device.connectable = new Promise((resolve) => {
      connect = resolve;
    });
    const handedOut: string[] = [];
    const waiting = readers.card(undefined, soon());
    void waiting.then(() => handedOut.push('a card'));
    const laying = device.lay();
    device.takeOff();
    connect();
    await laying;
    await sleep(20);
    expect(handedOut).toEqual([]);
    await device.lay();
    await (await waiting).transmit(getInfoCommand());
  });

  test('when it was taken off while we connected to it again', async () => {
    const { device, readers, card } = await connected();
    device.answer = () => Promise.reject(new Error('SCardTransmit error'));
    await card.transmit(getInfoCommand()).catch(() => undefined);
    let connect: (value?: unknown) => void = () => undefined;
    device.connectable = new Promise((resolve) => {
      connect = resolve;
    });
    const handedOut: string[] = [];
    const waiting = readers.card(undefined, soon());
    void waiting.then(() => handedOut.push('a card'));
    while (device.connects < 2) {
      await sleep(10);
    }
    device.takeOff();
    connect();
    await sleep(20);
    expect(handedOut).toEqual([]);
    device.answer = async () => Buffer.from([0x90, 0x00]);
    await device.lay();
    await (await waiting).transmit(getInfoCommand());
  });

  test('when the connection is still that of the card before', async () => {
    const { device, readers, card } = await connected();
    device.takeOff();
    device.holdsConnection = true;
    await device.lay();
    const next = await readers.card(undefined, soon());
    expect(next).not.toBe(card);
    expect(device.connection).toEqual({ protocol: 2 });
    await next.transmit(getInfoCommand());
  });

  test('when another was laid on before this process heard of it', async () => {
    const { device, readers, card } = await connected();
    device.swap(OTHER_ATR);
    await card.removed;
    await expect(card.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
    expect(device.maxLengths).toEqual([]);
    const next = await readers.card(undefined, soon());
    expect(next.atr).toEqual(OTHER_ATR);
    await next.transmit(getInfoCommand());
  });
});

test('a status that tells of no other card leaves the card as it is', async () => {
  const { device, readers, card } = await connected();
  device.reportAgain();
  expect(await readers.card(undefined, soon())).toBe(card);
  await card.transmit(getInfoCommand());
});

test('a card asked for while nfc-pcsc connects to it is not connected to a second time', async () => {
  const device = new FakeReader(READER);
  const { readers } = makeReaders(device);
  await readers.list();
  device.connectable = sleep(100);
  const laying = device.lay();
  const card = await readers.card(undefined, soon());
  await laying;
  // Longer than it takes to connect again: that would disconnect whoever is using the card.
  await sleep(1_000);
  expect(device.connects).toBe(1);
  expect(await readers.card(undefined, soon())).toBe(card);
  await card.transmit(getInfoCommand());
});

describe('an exchange', () => {
  test('leaves room for the longest short answer', async () => {
    const { device, card } = await connected();
    await card.transmit(getInfoCommand());
    expect(device.maxLengths[0]).toBeGreaterThanOrEqual(258);
  });

  test.each<[string, Answer]>([
    ['fails', () => Promise.reject(new Error('SCardTransmit error'))],
    ['answers nothing', async () => Buffer.alloc(0)],
    ['does not end in time', () => sleep(300, Buffer.from([0x90, 0x00]))],
  ])('that %s means the card is gone, and the next connection is a new one', async (_, answer) => {
    const { device, readers, card } = await connected();
    device.answer = answer;
    const error = await card.transmit(getInfoCommand()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CardGoneError);
    expect(error).toMatchObject({ command: 'get info', cause: expect.any(Error) });
    device.answer = async () => Buffer.from([0x90, 0x00]);
    // Not on the old connection: half of what was said on it is unknown.
    await expect(card.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
    const again = await readers.card(undefined, soon());
    expect(again).not.toBe(card);
    expect(Uint8Array.from(await again.transmit(getInfoCommand()))).toEqual(bytes('9000'));
  });

  test('whose answer is longer than any may be is named as that, and is no lost card', async () => {
    const { device, readers, card } = await connected();
    const previous = new Error('SCardTransmit error: Insufficient buffer.(0x80100008)');
    const failure = Object.assign(new Error('An error occurred while transmitting.'), { previous });
    device.answer = () => Promise.reject(failure);
    await expect(card.transmit(getInfoCommand())).rejects.toMatchObject({
      name: 'MalformedAnswerError',
      command: 'get info',
      detail: expect.stringContaining('258 bytes'),
    });
    device.answer = async () => Buffer.from([0x90, 0x00]);
    await (await readers.card(undefined, soon())).transmit(getInfoCommand());
  });

  test('that hangs is waited for before the reader is closed', async () => {
    const { device, readers, card } = await connected();
    let answer: (response: Buffer) => void = () => undefined;
    device.answer = () => new Promise((resolve) => (answer = resolve));
    await card.transmit(getInfoCommand()).catch(() => undefined);
    const closing = readers.close();
    await sleep(10);
    expect(device.isClosed).toBe(false);
    answer(Buffer.from([0x90, 0x00]));
    await closing;
    expect(device.isClosed).toBe(true);
  });

  test('that never ends does not keep the readers from closing', async () => {
    const { device, readers, card } = await connected();
    device.answer = () => new Promise(() => undefined);
    await card.transmit(getInfoCommand()).catch(() => undefined);
    await readers.close();
    // Its own closing would block this process until the exchange ends.
    expect(device.isClosed).toBe(false);
  });

  test('lends the reader the bytes themselves, so that wiping them leaves no copy', async () => {
    const { device, card } = await connected();
    let lent: Buffer | undefined;
    device.transmit = async (data: Buffer) => {
      lent = data;
      return Buffer.from([0x90, 0x00]);
    };
    const command = writeSeedCommand(vectorSeed('aws40'));
    await card.transmit(command);
    expect(lent?.subarray(0, 2)).toEqual(Buffer.from([0x84, 0xc5]));
    command.bytes.fill(0);
    expect(lent?.every((byte) => byte === 0)).toBe(true);
  });
});

test('a reader unplugged while a card is awaited ends the wait', async () => {
  const device = new FakeReader(READER);
  const { readers } = makeReaders(device);
  await readers.list();
  const waiting = readers.card(undefined, soon());
  await sleep(10);
  device.emit('end');
  await expect(waiting).rejects.toMatchObject({ fault: 'unplugged', readers: [READER] });
  expect(await readers.list()).toEqual([]);
});

test('a reader plugged in later is used', async () => {
  const { readers, nfc } = makeReaders();
  expect(await readers.list()).toEqual([]);
  const device = new FakeReader(READER);
  nfc().emit('reader', device);
  device.start();
  const waiting = readers.card(undefined, soon());
  await device.lay();
  expect((await waiting).reader).toBe(READER);
});

test('of two readers the one with a card is used, and with two cards none', async () => {
  const [first, second] = [new FakeReader('ACS A 00 00'), new FakeReader('ACS B 01 00')];
  const { readers } = makeReaders(first, second);
  await expect(readers.card(undefined, soon())).rejects.toMatchObject({ fault: 'several-readers' });
  await second.lay();
  expect((await readers.card(undefined, soon())).reader).toBe(second.name);
  await first.lay();
  await expect(readers.card(undefined, soon())).rejects.toMatchObject({
    fault: 'several-readers',
    readers: [first.name, second.name],
  });
  expect((await readers.card('ACS A', soon())).reader).toBe(first.name);
});

test.each([
  ['card-in-use', 'SCardConnect error: Sharing violation.(0x8010000b)'],
  ['no-access', 'SCardConnect error: Access denied.(0x8010006a)'],
  ['service-closed', 'SCardConnect error: RPC transport error.(0x80100013)'],
  ['service-closed', 'SCardConnect error: Service not available.(0x8010001d)'],
] as const)('a connection refused as "%s" is told from a mute card', async (fault, message) => {
  const device = new FakeReader(READER);
  const { readers } = makeReaders(device);
  await readers.list();
  const previous = new Error(message);
  device.connectError = Object.assign(new Error('An error occurred while connecting.'), { previous });
  const waiting = readers.card(undefined, soon());
  await device.lay();
  await expect(waiting).rejects.toMatchObject({ fault, readers: [READER] });
});

test('a service that refuses this user is told from one that does not run', async () => {
  const readers = new PcscReaders({
    serviceSockets: [],
    load: () => ({
      NFC: class extends EventEmitter {
        public constructor() {
          super();
          throw new Error('SCardEstablishContext error: Access denied.(0x8010006a)');
        }
        public close() {}
      },
    }),
  });
  await expect(readers.list()).rejects.toMatchObject({ fault: 'no-access' });
});

describe('exclusively', () => {
  const VIOLATION = new Error('SCardConnect error: Sharing violation.(0x8010000b)');

  /** A reader whose native part connects exclusively, or says why not. */
  function exclusive(refuses?: Error) {
    const modes: string[] = [];
    const device: FakeReader = Object.assign(new FakeReader(READER), {
      reader: {
        SCARD_SHARE_EXCLUSIVE: 1,
        connect: (
          { share_mode }: { share_mode: number },
          done: (error: Error | null, protocol?: number) => void,
        ) => {
          modes.push(share_mode === 1 ? 'exclusive' : 'another');
          done(refuses ?? null, 2);
        },
      },
    });
    const shared = device.connect.bind(device);
    device.connect = async () => {
      modes.push('shared');
      return shared();
    };
    return { device, modes, ...makeReadersWith({ exclusive: true }, device) };
  }

  test('a card that is awaited is connected to so that nobody else can be', async () => {
    const { device, modes, readers } = exclusive();
    await readers.list();
    const waiting = readers.card(undefined, soon());
    await sleep(10);
    await device.lay();
    await (await waiting).transmit(getInfoCommand());
    expect(modes).toEqual(['exclusive']);
  });

  test('a card that nobody awaits is shared until somebody does', async () => {
    const { device, modes, readers } = exclusive();
    await readers.list();
    await device.lay();
    expect(modes).toEqual(['shared']);
    const card = await readers.card(undefined, soon());
    await card.transmit(getInfoCommand());
    expect(modes).toEqual(['shared', 'exclusive']);
    expect(await readers.card(undefined, soon())).toBe(card);
  });

  test('a card that another program has too is shared with it', async () => {
    const { device, modes, readers } = exclusive(VIOLATION);
    await readers.list();
    const waiting = readers.card(undefined, soon());
    await sleep(10);
    await device.lay();
    await (await waiting).transmit(getInfoCommand());
    expect(modes).toEqual(['exclusive', 'shared']);
  });

  test('a card that another program has alone is refused', async () => {
    const { device, readers } = exclusive(VIOLATION);
    await readers.list();
    device.connectError = VIOLATION;
    const waiting = readers.card(undefined, soon());
    await device.lay();
    await expect(waiting).rejects.toMatchObject({ fault: 'card-in-use' });
  });

  test('a card that is mute is mute', async () => {
    const { device, readers } = exclusive(new Error('SCardConnect error: No answer.(0x80100066)'));
    await readers.list();
    const waiting = readers.card(undefined, soon());
    await device.lay();
    await expect(waiting).rejects.toMatchObject({ fault: 'mute-card' });
  });
});

test('a service that stops ends the wait', async () => {
  const device = new FakeReader(READER);
  const { readers, nfc } = makeReaders(device);
  await readers.list();
  const waiting = readers.card(undefined, soon());
  await sleep(10);
  nfc().emit('error', new Error('SCardGetStatusChange error: Service not available'));
  await expect(waiting).rejects.toMatchObject({ fault: 'no-service' });
});

test('a command that waits for a person has a time limit of its own', async () => {
  const { device, card } = await connected();
  device.answer = async () => {
    await sleep(150);
    return Buffer.from([0x90, 0x00]);
  };
  const patient = { ...getInfoCommand(), answerWithinMs: 5_000 };
  expect(await card.transmit(patient)).toEqual(Buffer.from([0x90, 0x00]));
  await expect(card.transmit(getInfoCommand())).rejects.toThrow(CardGoneError);
});
