/** Runs as the process of one seed (`seed-phase.js`), which `mfa-runbook` starts and talks to over an IPC channel. */
import { connectSession, loadSdk } from '../aws/connect';
import { systemClock } from '../clock';
import { PcscReaders } from '../token/pcsc';
import { serveOverIpc } from './own-process';

serveOverIpc(process, {
  connect: (session, onCall) => connectSession(session, { onCall, now: () => systemClock.now() }),
  readers: new PcscReaders(),
  clock: systemClock,
});
// Load the SDK while the person handles the token.
setImmediate(loadSdk);
