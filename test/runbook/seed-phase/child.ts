/** `child.ts PORT`: the process of one seed as the command starts it, but with the readers of a test behind a port. */
import { connectSession } from '../../../runbook/aws/connect';
import { systemClock } from '../../../runbook/clock';
import { serveOverIpc } from '../../../runbook/seed-phase/own-process';
import { COMMAND_INPUT } from '../../../runbook/seed-phase/start';
import { ownInput } from '../../../runbook/seed-source/own-input';
import { LineReaders } from './reader-line';

serveOverIpc(process, {
  connect: (session, onCall) => connectSession(session, { onCall, now: Date.now }),
  readers: new LineReaders(Number(process.argv[2])),
  clock: systemClock,
  input: ownInput(COMMAND_INPUT),
});
