/** The contract of `Readers`, run on the one in this process and on the real PC/SC stack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Seed } from '../../../runbook/seed';
import { commandApdu } from '../../../runbook/token/apdu';
import { identifyToken } from '../../../runbook/token/identify';
import type { Card, Readers } from '../../../runbook/token/readers';
import { getInfoCommand } from '../../../runbook/token/token2-info';
import { CardGoneError } from '../../../runbook/token/transport';
import { bankCard } from '../../tokens/foreign-cards';
import { VirtualToken2Single } from '../../tokens/token2-single';
import type { VirtualCard } from '../../tokens/virtual-card';
import { vectorSeed } from './vectors';

const TARGET = { label: '' };

/** Readers, and hands that lay cards on the one named `reader`. */
interface ReadersBench {
  readonly readers: Readers;
  /** A full name; there is at least one other reader. */
  readonly reader: string;
  /** A part of that name only. */
  readonly partOfName: string;
  lay(card: VirtualCard): Promise<void>;
  pull(): Promise<void>;
  /** Pulls what lies there and closes the readers. */
  dispose(): Promise<void>;
}

const WAIT_MS = 30_000;
const SERIAL = '86596220000001';

export function describeReaders(name: string, open: () => Promise<ReadersBench>): void {
  describe(`${name}: the contract of readers`, () => {
    let bench: ReadersBench;
    let token: VirtualToken2Single;

    beforeEach(async () => {
      bench = await open();
      token = new VirtualToken2Single({ serial: SERIAL, clock: Date.now });
      token.press();
    });
    afterEach(() => bench.dispose());

    function card(reader = bench.reader): Promise<Card> {
      return bench.readers.card(reader, AbortSignal.timeout(WAIT_MS));
    }

    test('lists its readers, again and again', async () => {
      expect(await bench.readers.list()).toContain(bench.reader);
      expect(await bench.readers.list()).toEqual(await bench.readers.list());
    });

    test('finds a card that lies there already, and tells reader and answer to reset', async () => {
      await bench.lay(token);
      const found = await card();
      expect(found.reader).toBe(bench.reader);
      expect(found.atr).toEqual(token.atr);
    });

    test('names an answer that is longer than any may be, and hands out a new connection afterwards', async () => {
      let isLong = true;
      await bench.lay({
        atr: token.atr,
        enterField: () => token.enterField(),
        leaveField: () => token.leaveField(),
        receive: (command) => (isLong ? new Uint8Array(300) : token.receive(command)),
      });
      await expect((await card()).transmit(getInfoCommand())).rejects.toThrow('258 bytes');
      isLong = false;
      expect((await identifyToken(await card())).info.serial).toBe(SERIAL);
    });

    test('waits for a card that comes later', async () => {
      const waiting = card();
      await sleep(50);
      await bench.lay(token);
      expect((await waiting).reader).toBe(bench.reader);
    });

    test('takes a part of the name', async () => {
      await bench.lay(token);
      expect((await card(bench.partOfName.toLowerCase())).reader).toBe(bench.reader);
    });

    test('refuses a name that no reader has, and one of several when none is named', async () => {
      const readers = await bench.readers.list();
      await expect(card('no such reader')).rejects.toMatchObject({ fault: 'unknown-reader', readers });
      const unnamed = bench.readers.card(undefined, AbortSignal.timeout(WAIT_MS));
      await expect(unnamed).rejects.toMatchObject({ fault: 'several-readers', readers });
    });

    test('takes the only reader with a card when none is named', async () => {
      await bench.lay(token);
      const found = await bench.readers.card(undefined, AbortSignal.timeout(WAIT_MS));
      expect(found.reader).toBe(bench.reader);
    });

    test('stops waiting when told to, with the reason given', async () => {
      const stop = new AbortController();
      const waiting = bench.readers.card(bench.reader, stop.signal);
      await sleep(50);
      stop.abort(new Error('the operator cancelled'));
      await expect(waiting).rejects.toThrow('the operator cancelled');
      const aborted = bench.readers.card(bench.reader, AbortSignal.abort(new Error('too late')));
      await expect(aborted).rejects.toThrow('too late');
    });

    test('carries commands to the card and answers back, in order', async () => {
      await bench.lay(token);
      const connection = await card();
      const first = await connection.transmit(getInfoCommand());
      const second = await connection.transmit(commandApdu({ name: 'unknown', header: [0x80, 0x42, 0, 0] }));
      expect(Buffer.from(first).toString('latin1')).toContain(SERIAL);
      expect(Buffer.from(second).toString('hex')).toBe('6d00');
    });

    test('carries the longest answer of a short APDU', async () => {
      const long = Uint8Array.of(...new Uint8Array(256).fill(0xab), 0x90, 0x00);
      await bench.lay({ atr: token.atr, enterField() {}, leaveField() {}, receive: () => long });
      expect(Uint8Array.from(await (await card()).transmit(getInfoCommand()))).toEqual(long);
    });

    test('leaves the bytes of a command as they are: whoever made them wipes them', async () => {
      await bench.lay(token);
      const command = getInfoCommand();
      await (await card()).transmit(command);
      expect(command).toEqual(getInfoCommand());
    });

    test('a whole burn goes through', async () => {
      await bench.lay(token);
      const { driver } = await identifyToken(await card());
      await driver.burn(Seed.fromBytes(vectorSeed('aws40')), TARGET, () => Date.now() / 1000);
      expect(token.holds(vectorSeed('aws40'))).toBe(true);
    });

    test('says when the card was taken off, and sends nothing to it any more', async () => {
      await bench.lay(token);
      const connection = await card();
      await connection.transmit(getInfoCommand());
      await bench.pull();
      await connection.removed;
      const received = token.received.length;
      await expect(connection.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
      expect(token.received).toHaveLength(received);
    });

    test.each(['lost', 'done'] as const)(
      'a card pulled within a command is gone (effect %s)',
      async (effect) => {
        await bench.lay(token);
        const connection = await card();
        token.fail({ pull: { at: 1, effect } });
        await expect(connection.transmit(getInfoCommand())).rejects.toMatchObject({
          name: 'CardGoneError',
          command: 'get info',
        });
        await connection.removed;
      },
    );

    test('a card laid on again is a new connection and a new session', async () => {
      await bench.lay(token);
      const before = await card();
      const { driver } = await identifyToken(before);
      await driver.burn(Seed.fromBytes(vectorSeed('seq40')), TARGET, () => Date.now() / 1000);
      await bench.pull();
      await before.removed;
      await bench.lay(token);
      const after = await card();
      expect(after).not.toBe(before);
      await expect(before.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
      const unauthenticated = commandApdu({ name: 'x', header: [0x84, 0xd4, 0, 0], body: new Uint8Array(4) });
      expect(Buffer.from(await after.transmit(unauthenticated)).toString('hex')).toBe('6983');
    });

    test('asked for right after the card was pulled, waits for the next', async () => {
      await bench.lay(token);
      const connection = await card();
      token.fail({ pull: { at: 1, effect: 'lost' } });
      await connection.transmit(getInfoCommand()).catch(() => undefined);
      const next = card();
      await connection.removed;
      const other = bankCard();
      await bench.lay(other);
      expect((await next).atr).toEqual(other.atr);
    });

    test('a card that does not answer is gone, and works again when it was laid on again', async () => {
      await bench.lay(token);
      const connection = await card();
      token.fail({ muteAt: 1 });
      await expect(connection.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
      await bench.pull();
      token.fail({});
      await connection.removed;
      await bench.lay(token);
      expect((await identifyToken(await card())).info.serial).toBe(SERIAL);
    });
  });
}
