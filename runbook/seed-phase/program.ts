/** Runs as the process of one seed (`seed-phase.js`), which `mfa-runbook` starts and talks to over an IPC channel. */
import { connectSession, loadSdk } from '../aws/connect';
import { systemClock } from '../clock';
import { ownInput } from '../seed-source/own-input';
import { PcscReaders } from '../token/pcsc';
import { serviceSockets } from '../token/pcsc-service';
import { serveOverIpc } from './own-process';
import { COMMAND_INPUT } from './start';

serveOverIpc(process, {
  connect: (session, onCall) =>
    connectSession(session, { onCall, now: () => systemClock.now(), env: process.env }),
  readers: new PcscReaders({
    exclusive: true,
    serviceSockets: serviceSockets(process.env.PCSCLITE_CSOCK_NAME),
  }),
  clock: systemClock,
  input: ownInput(COMMAND_INPUT),
});
// Load the SDK while the person handles the token.
setImmediate(loadSdk);
