import { connectSession } from '../../../runbook/aws/connect';
import { systemClock } from '../../../runbook/clock';
import { LocalSeedPhase } from '../../../runbook/seed-phase/local-seed-phase';
import { TracingTransport } from '../../../runbook/token/trace';
import { NO_INPUT } from '../../support/local-seed-phases';
import { describeSeedPhase } from './contract';

describeSeedPhase('in this process', async ({ sandbox, endpoint, readers, reports, trace }) => {
  const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint };
  const phase = new LocalSeedPhase({
    aws: connectSession(session, { now: Date.now, onCall: (report) => reports.push(report) }),
    readers,
    trace: (transport) => new TracingTransport(transport, (line) => trace.push(line)),
    clock: systemClock,
    input: NO_INPUT,
  });
  return { phase, close: async () => undefined };
});
