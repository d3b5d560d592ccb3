/** The contract on a process of its own: the wire, the channel and the process are real, readers and AWS the test's. */
import { RemoteSeedPhase } from '../../../runbook/seed-phase/remote-seed-phase';
import { startSeedProcess } from '../../../runbook/seed-phase/start';
import { type Bundles, bundle } from './bundle';
import { describeSeedPhase } from './contract';
import { serveReaders } from './reader-line';

let bundles: Bundles;
beforeAll(async () => {
  bundles = await bundle('child.ts');
});
afterAll(() => bundles.remove());

describeSeedPhase('in a process of its own', async ({ sandbox, endpoint, readers, reports, trace }) => {
  const served = await serveReaders(readers);
  const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint };
  const phase = new RemoteSeedPhase(
    {
      aws: { session: async () => session },
      onCall: (report) => reports.push(report),
      onTrace: (line) => trace.push(line),
    },
    () =>
      startSeedProcess({
        node: process.execPath,
        args: [bundles.of('child.ts'), String(served.port)],
        env: process.env,
        platform: process.platform,
      }),
  );
  return { phase, close: () => served.close() };
});
