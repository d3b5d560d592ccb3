/** `await-reader.ts NAME` ends with 0 once PC/SC lists the reader, with 1 when it does not within a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PcscReaders } from '../../runbook/token/pcsc';

const TIMEOUT_MS = 60_000;
const POLL_MS = 50;

async function awaitReader(name: string): Promise<boolean> {
  const readers = new PcscReaders();
  let listed: readonly string[] = [];
  const deadline = Date.now() + TIMEOUT_MS;
  while (!listed.includes(name) && Date.now() < deadline) {
    listed = await readers.list();
    await sleep(POLL_MS);
  }
  await readers.close();
  if (!listed.includes(name)) {
    process.stderr.write(`the readers listed are ${JSON.stringify(listed)}\n`);
  }
  return listed.includes(name);
}

awaitReader(process.argv[2] ?? '').then(
  (found) => process.exit(found ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error}\n`);
    process.exit(1);
  },
);
