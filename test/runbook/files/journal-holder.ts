/**
 * A process that holds a journal and writes it again and again until it is killed: `journal-holder STATE_FOLDER JOURNAL`.
 * It says the number of each write that is durable.
 */
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import type { Journal } from '../../../runbook/ceremony/journal';
import { fileJournals } from '../../../runbook/files/file-journals';

const [, , stateFolder = '', text = ''] = argv;

async function writeForEver(journal: Journal): Promise<void> {
  const open = await fileJournals(stateFolder).open(journal.subject);
  for (let writes = 1; ; writes++) {
    await open.write({ ...journal, request: { writes: String(writes) } });
    writeSync(1, `${writes}\n`);
  }
}

writeForEver(JSON.parse(text) as Journal).catch((error: unknown) => writeSync(1, `${String(error)}\n`));
