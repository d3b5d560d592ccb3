/** Ctrl-C ends the process of the built command, whatever AWS or the PC/SC service answers. The deadlines are generous: nothing here measures time. */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Bench } from '../support/bench';
import { withTemporaryFolder } from '../support/temporary-folder';
import { startCommand, until } from './built-command';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
/** SCARD_E_SERVICE_STOPPED */
const SERVICE_STOPPED = 0x8010001e;

async function listening(path: string | undefined, behave: (socket: Socket, index: number) => void) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    behave(socket, sockets.push(socket) - 1);
  });
  await new Promise<void>((resolve) => server.listen(path ?? 0, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    sockets,
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

function keysOf({ accessKeyId, secretAccessKey }: Bench['sandbox']['administrator']) {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

test.each([
  [['plan']],
  [['doctor']],
  [ENROLL],
  [['evidence', 'list']],
  [['session', '--device', 'arn:aws:iam::123456789012:mfa/alice']],
])('of a server that accepts and never answers, in "%s"', async (args) => {
  const silent = await listening(undefined, () => undefined);
  await withTemporaryFolder(async (home) => {
    const env = {
      ...keysOf(bench.sandbox.administrator),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${silent.port}`,
    };
    const command = startCommand(bench, home, env, ...args);
    await until('the call', () => silent.sockets.length > 0, command.people);
    command.process.kill('SIGINT');
    expect(await Promise.race([command.ended, pause(60_000, 'still there', { ref: false })])).toBe(130);
  });
  await silent.close();
});

const isLinux = process.platform === 'linux';
(isLinux ? test : test.skip)('of a library that waits for a PC/SC service in a loop of its own', async () => {
  await withTemporaryFolder(async (home) => {
    const path = join(home, 'pcscd.comm');
    // The first to connect is this program; the library, which comes later, hears that the service has stopped.
    const service = await listening(path, (socket, index) => {
      const result = index === 0 ? 0 : SERVICE_STOPPED;
      socket.once('data', () => socket.write(Buffer.from(Uint32Array.of(4, 4, result).buffer)));
    });
    const command = startCommand(bench, home, { PCSCLITE_CSOCK_NAME: path }, 'token', 'info');
    const ended = command.ended.then(() => true);
    await Promise.race([ended, until('the library', () => service.sockets.length > 1, command.people)]);
    // Once more, as a person would: the first may have come before the library began.
    for (let tries = 0; tries < 3; tries++) {
      command.process.kill('SIGINT');
      await pause(500);
    }
    expect(await Promise.race([ended, pause(60_000, 'still there', { ref: false })])).toBe(true);
    await service.close();
  });
});
