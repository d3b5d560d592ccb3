/** The contract on the real stack: nfc-pcsc, pcscd, and vsmartcard's virtual reader. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { identifyToken } from '../../runbook/token/identify';
import { getInfoCommand } from '../../runbook/token/token2-info';
import { CardGoneError } from '../../runbook/token/transport';
import { describeReaders } from '../runbook/token/readers-contract';
import { type RunningPcscd, SECOND_VIRTUAL_READER, startPcscd, whyNoPcscd } from '../support/pcscd';
import { bankCard } from '../tokens/foreign-cards';
import { VirtualToken2Single } from '../tokens/token2-single';
import type { VirtualCard } from '../tokens/virtual-card';
import { VPCD_PORT, VpcdSlot } from '../tokens/vpcd';
import { RemoteReaders } from './remote-readers';
import { within } from './within';

/** A token that does not answer blocks a process for four seconds; the rest is for a busy machine, as below. */
const END_TIMEOUT_MS = 60_000;
/** pcscd polls its readers every 0.4 s. */
const LAY_TIMEOUT_MS = 60_000;
const FIRST = '86596220000001';
const SECOND = '86596100000002';

const lacking = whyNoPcscd();
if (lacking !== undefined) {
  throw new Error(`npm run test:pcsc needs the PC/SC stack: ${lacking}`);
}

describe('PC/SC', () => {
  let pcscd: RunningPcscd;
  // The second slot: the first stays free for trying the command by hand at the same time.
  const slot = new VpcdSlot({ port: VPCD_PORT + 1 });
  function layOn(card: VirtualCard): Promise<void> {
    return within(LAY_TIMEOUT_MS, 'laying the card on', slot.layOn(card));
  }

  beforeAll(async () => {
    pcscd = await startPcscd();
  });
  afterAll(async () => {
    await slot.pull();
    await pcscd?.stop();
  });

  describeReaders('PC/SC', async () => {
    const readers = new RemoteReaders();
    // The process starts while pcscd notices that the card of the previous test has left.
    await Promise.all([readers.list(), slot.pull()]);
    return {
      readers,
      reader: SECOND_VIRTUAL_READER,
      partOfName: '00 01',
      lay: layOn,
      pull: () => slot.pull(),
      async dispose() {
        // One after the other: a native close blocks for seconds when the card leaves during it. The command never
        // closes readers; its process ends.
        await slot.pull();
        await readers.close();
      },
    };
  });

  describe('a card that is swapped', () => {
    let readers: RemoteReaders;
    beforeEach(() => {
      readers = new RemoteReaders();
    });
    afterEach(async () => {
      await slot.pull();
      await readers.close();
    });

    function card() {
      return readers.card(SECOND_VIRTUAL_READER, AbortSignal.timeout(40_000));
    }
    function makeToken(serial: string) {
      const token = new VirtualToken2Single({ serial, clock: Date.now });
      token.press();
      return token;
    }

    test('faster than pcscd looks is gone, and hears no command meant for the one before', async () => {
      await layOn(makeToken(FIRST));
      const before = await card();
      expect((await identifyToken(before)).info.serial).toBe(FIRST);
      const second = makeToken(SECOND);
      await slot.swapUnseen(second);
      await expect(before.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
      expect(second.received).toEqual([]);
      expect((await identifyToken(await card())).info.serial).toBe(SECOND);
    });

    test('while the process stood still is another card', async () => {
      await layOn(makeToken(FIRST));
      const before = await card();
      await before.transmit(getInfoCommand());
      readers.suspend();
      await slot.pull();
      const other = bankCard();
      await layOn(other);
      readers.resume();
      await before.removed;
      await expect(before.transmit(getInfoCommand())).rejects.toBeInstanceOf(CardGoneError);
      const after = await card();
      expect(after.atr).toEqual(other.atr);
      expect(Buffer.from(await after.transmit(getInfoCommand())).toString('hex')).toMatch(/^6[0-9a-f]{3}$/);
    });
  });

  describe('a card that is written to', () => {
    const open: RemoteReaders[] = [];
    function openReaders(...options: readonly 'exclusive'[]): RemoteReaders {
      const readers = new RemoteReaders(...options);
      open.push(readers);
      return readers;
    }
    function cardOf(readers: RemoteReaders) {
      return readers.card(SECOND_VIRTUAL_READER, AbortSignal.timeout(40_000));
    }
    afterEach(async () => {
      await slot.pull();
      await Promise.all(open.splice(0).map((readers) => readers.close()));
    });

    test('is held exclusively, and another process is told so', async () => {
      await layOn(bankCard());
      const writing = await cardOf(openReaders('exclusive'));
      await writing.transmit(getInfoCommand());
      await expect(cardOf(openReaders())).rejects.toMatchObject({ fault: 'card-in-use' });
      await writing.transmit(getInfoCommand());
    });

    test('is shared with a process that has it already', async () => {
      await layOn(bankCard());
      const before = await cardOf(openReaders());
      await before.transmit(getInfoCommand());
      const writing = await cardOf(openReaders('exclusive'));
      await writing.transmit(getInfoCommand());
      await before.transmit(getInfoCommand());
    });
  });

  test.each(['list', 'card', 'mute'])('a process that used "%s" and closed ends by itself', async (use) => {
    const token = new VirtualToken2Single({ serial: FIRST, clock: Date.now });
    if (use === 'card') {
      token.press();
    }
    await layOn(token);
    const loader = pathToFileURL(require.resolve('tsx')).href;
    const script = join(__dirname, 'use-and-close.ts');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', loader, script, use, SECOND_VIRTUAL_READER],
      { timeout: END_TIMEOUT_MS, killSignal: 'SIGKILL' },
    );
    expect(stdout).toBe(`${use} closed\n`);
  });
});
