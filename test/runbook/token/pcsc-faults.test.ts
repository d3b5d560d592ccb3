/** What readers do that a virtual one does not, on a stand-in for nfc-pcsc. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NfcLogger, NfcReader } from '../../../runbook/token/nfc-pcsc-types';
import { PcscReaders } from '../../../runbook/token/pcsc';
import { getInfoCommand, writeSeedCommand } from '../../../runbook/token/token2-single';
import { CardGoneError } from '../../../runbook/token/transport';
import { bytes, vectorSeed } from './vectors';

const ATR = bytes('3B80800101');
const READER = 'ACS ACR1252 Reader PICC 00 00';
const SILENT: NfcLogger = { log() {}, debug() {}, info() {}, warn() {}, error() {} };

type Answer = () => Promise<Buffer>;

class FakeReader extends EventEmitter implements NfcReader {
  public logger = SILENT;
  public autoProcessing = true;
  public connection: object | null = null;
  public connectError: Error | undefined;
  public answer: Answer = async () => Buffer.from([0x90, 0x00]);
  public readonly maxLengths: number[] = [];
  public isClosed = false;

  public constructor(public readonly name: string) {
    super();
  }

  public async connect() {
    if (this.connectError) throw this.connectError;
    this.connection = {};
    return { protocol: 2 };
  }

  public async disconnect() {
    this.connection = null;
  }

  public async transmit(data: Buffer, maxLength: number) {
    this.logger.debug('transmitting', data);
    this.maxLengths.push(maxLength);
    return this.answer();
  }

  public close() {
    this.isClosed = true;
  }

  /** What nfc-pcsc does when a card is laid on, its mistake included. */
  public async lay(): Promise<void> {
    this.logger.debug('status', {});
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
    this.logger.debug('status', {});
    this.emit('card.off', {});
  }
}

interface Bench {
  readonly readers: PcscReaders;
  readonly nfc: () => EventEmitter & { closed?: boolean };
}

const open: PcscReaders[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((readers) => readers.close()));
});

function makeReaders(...devices: FakeReader[]): Bench {
  let nfc: (EventEmitter & { closed?: boolean }) | undefined;
  class FakeNfc extends EventEmitter {
    public closed = false;
    public constructor() {
      super();
      nfc = this;
      setImmediate(() => {
        for (const device of devices) this.emit('reader', device);
      });
    }
    public close() {
      this.closed = true;
    }
  }
  const readers = new PcscReaders({
    transmitTimeoutMs: 100,
    serviceSockets: [],
    load: () => ({ NFC: FakeNfc }),
  });
  open.push(readers);
  return {
    readers,
    nfc: () => {
      if (!nfc) throw new Error('nothing was opened');
      return nfc;
    },
  };
}

const soon = () => AbortSignal.timeout(5_000);

test('a module that is not installed is a fact', async () => {
  const cause = Object.assign(new Error("Cannot find module 'nfc-pcsc'"), { code: 'MODULE_NOT_FOUND' });
  const readers = new PcscReaders({
    load: () => {
      throw cause;
    },
  });
  await expect(readers.list()).rejects.toMatchObject({ name: 'ReaderError', fault: 'no-module', cause });
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

  test('is waited for when it was taken off meanwhile', async () => {
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

describe('an exchange', () => {
  async function connected() {
    const device = new FakeReader(READER);
    const { readers } = makeReaders(device);
    await readers.list();
    await device.lay();
    return { device, readers, card: await readers.card(undefined, soon()) };
  }

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

  test('that hangs is waited for before the reader is closed', async () => {
    const { device, readers, card } = await connected();
    device.answer = () => sleep(400, Buffer.from([0x90, 0x00]));
    await card.transmit(getInfoCommand()).catch(() => undefined);
    const closing = readers.close();
    await sleep(100);
    expect(device.isClosed).toBe(false);
    await closing;
    expect(device.isClosed).toBe(true);
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
  await expect(waiting).rejects.toMatchObject({ fault: 'no-reader' });
  expect(await readers.list()).toEqual([]);
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
