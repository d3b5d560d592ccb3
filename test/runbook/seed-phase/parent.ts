/**
 * `parent.ts ENDPOINT ACCESS-KEY-ID SEED-PHASE …`: a command with an open seed phase, in a process of its own. Takes the
 * secret of the key from the first line of stdin, creates a device and says `open`; at the next line ends the phase
 * and says `ended`; at the next ends itself.
 */
import { createInterface } from 'node:readline';
import { RemoteSeedPhase } from '../../../runbook/seed-phase/remote-seed-phase';
import { startSeedProcess } from '../../../runbook/seed-phase/start';

async function main([endpoint = '', accessKeyId = '', ...program]: readonly string[]): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const secretAccessKey = String((await lines.next()).value);
  const session = { accessKeyId, secretAccessKey, region: 'eu-central-1', endpoint };
  const phase = new RemoteSeedPhase({ aws: { session: async () => session }, onCall: () => undefined }, () =>
    startSeedProcess({
      node: process.execPath,
      args: program,
      env: process.env,
      platform: process.platform,
    }),
  );
  const { seedBytes } = await phase.createDevice({ path: '/p/', name: 'n', tags: {} });
  const pair = await phase.pair(2);
  process.stdout.write(`open ${seedBytes} ${pair.join(' ')}\n`);
  await lines.next();
  await phase.end();
  process.stdout.write('ended\n');
  await lines.next();
}

void main(process.argv.slice(2)).then(() => process.exit(0));
