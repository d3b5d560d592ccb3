/** `use-and-close.ts list|card|mute READER` uses the readers, closes them, and must then end without help. */
import { identifyToken } from '../../runbook/token/identify';
import { PcscReaders } from '../../runbook/token/pcsc';
import { CardGoneError } from '../../runbook/token/transport';

async function useAndClose(use: string, reader: string): Promise<void> {
  const readers = new PcscReaders({ transmitTimeoutMs: 500 });
  await readers.list();
  if (use !== 'list') {
    const card = await readers.card(reader, AbortSignal.timeout(30_000));
    await identifyToken(card).catch((error: unknown) => {
      if (use !== 'mute' || !(error instanceof CardGoneError)) {
        throw error;
      }
    });
  }
  void readers.close();
  process.stdout.write(`${use} closed\n`);
}

void useAndClose(process.argv[2] ?? '', process.argv[3] ?? '');
