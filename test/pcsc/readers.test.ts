/** The contract on the real stack: nfc-pcsc, pcscd, and vsmartcard's virtual reader. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PcscReaders } from '../../runbook/token/pcsc';
import { describeReaders } from '../runbook/token/readers-contract';
import { type RunningPcscd, SECOND_VIRTUAL_READER, startPcscd, whyNoPcscd } from '../support/pcscd';
import { VirtualToken2Single } from '../tokens/token2-single';
import { VPCD_PORT, VpcdSlot } from '../tokens/vpcd';

/** pcscd asks a virtual reader every 400 ms what lies on it; until then the card of the test before seems to lie there. */
const PCSCD_NOTICES_MS = 500;

const lacking = whyNoPcscd();
if (lacking !== undefined) throw new Error(`npm run test:pcsc needs the PC/SC stack: ${lacking}`);

describe('PC/SC', () => {
  let pcscd: RunningPcscd;
  // The second slot: the first is for whoever tries the command by hand meanwhile.
  const slot = new VpcdSlot({ port: VPCD_PORT + 1 });

  beforeAll(async () => {
    pcscd = await startPcscd();
  });
  afterAll(async () => {
    await slot.pull();
    await pcscd?.stop();
  });

  describeReaders('PC/SC', async () => {
    const readers = new PcscReaders({ transmitTimeoutMs: 1_000 });
    return {
      readers,
      reader: SECOND_VIRTUAL_READER,
      partOfName: '00 01',
      lay: (card) => slot.layOn(card),
      pull: () => slot.pull(),
      async dispose() {
        await slot.pull();
        await readers.close();
        await sleep(PCSCD_NOTICES_MS);
      },
    };
  });

  test.each(['list', 'card', 'mute'])('a process that used "%s" and closed ends by itself', async (use) => {
    const token = new VirtualToken2Single({ serial: '86596220000001', clock: Date.now });
    if (use === 'card') token.press();
    await slot.layOn(token);
    const child = spawn(
      process.execPath,
      [
        '--import',
        pathToFileURL(require.resolve('tsx')).href,
        join(__dirname, 'use-and-close.ts'),
        use,
        SECOND_VIRTUAL_READER,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ said, code }).toEqual({ said: `${use} closed\n`, code: 0 });
  });
});
