/** Whatever listens on the socket of pcscd, or refuses, is told apart before the native part is loaded. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { findService, serviceSockets } from '../../../runbook/token/pcsc-service';
import { withTemporaryFolder } from '../../support/temporary-folder';

/** The version as pcscd answers it, with a result of its own. */
function version(major: number, minor: number, result = 0): Buffer {
  return Buffer.from(Uint32Array.of(major, minor, result).buffer);
}

/** Finds the service where a program behaves like this. @returns the error, and the bytes that it was sent */
async function find(behave: (socket: Socket) => void, answerMs = 2_000) {
  const received: Buffer[] = [];
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, 'pcscd.comm');
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => received.push(chunk));
      socket.on('error', () => undefined);
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const error = await findService([path], answerMs).catch((reason: unknown) => reason);
    for (const socket of sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
    return { error, path, received: Buffer.concat(received) };
  });
}

test.each([
  ['of this version', version(4, 4)],
  ['of another minor version, which the library settles itself', version(4, 5, 0x8010001e)],
])('a pcscd %s is found, and was only asked for its version', async (_, answer) => {
  const { error, received } = await find((socket) => socket.once('data', () => socket.write(answer)));
  expect(error).toBeUndefined();
  expect(received).toEqual(Buffer.from(Uint32Array.of(12, 0x11, 4, 4, 0).buffer));
});

test('an answer in pieces is put together', async () => {
  const answer = version(4, 4);
  const { error } = await find((socket) =>
    socket.once('data', () => {
      socket.write(answer.subarray(0, 5));
      setTimeout(() => socket.write(answer.subarray(5)), 20);
    }),
  );
  expect(error).toBeUndefined();
});

test.each<[string, string, (socket: Socket) => void]>([
  ['closes at once, as pcscd does to a user whom polkit refuses', 'service-closed', (socket) => socket.end()],
  ['closes when it is asked', 'service-closed', (socket) => socket.once('data', () => socket.end())],
  ['breaks the connection', 'service-closed', (socket) => socket.once('data', () => socket.destroy())],
  ['answers something else', 'other-service', (socket) => socket.write('220 mail.example.com ESMTP\r\n')],
  ['answers another major version', 'other-service', (socket) => socket.write(version(5, 0))],
  ['answers too much', 'other-service', (socket) => socket.write(Buffer.alloc(64))],
  [
    'closes in the middle of its answer',
    'other-service',
    (socket) => socket.once('data', () => socket.end(version(4, 4).subarray(0, 5))),
  ],
])('a program that %s is %s', async (_, fault, behave) => {
  const { error, path } = await find(behave);
  expect(error).toMatchObject({ name: 'ReaderError', fault, readers: [path] });
});

test('a program that never answers is another one', async () => {
  const { error } = await find(() => undefined, 50);
  expect(error).toMatchObject({ fault: 'other-service' });
});

test('nothing that listens, and no file at all, is a service that does not run', async () => {
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'stale');
    writeFileSync(file, '');
    for (const path of [file, join(folder, 'none'), join(folder, 'x'.repeat(200))]) {
      await expect(findService([path])).rejects.toMatchObject({ fault: 'no-service', readers: [path] });
    }
  });
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test.skip : test)('a socket that this user may not open is no access', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'closed');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chmodSync(path, 0);
    await expect(findService([path])).rejects.toMatchObject({ fault: 'no-access' });
    await new Promise((resolve) => server.close(resolve));
  });
});

test('the variable of pcsc-lite replaces the sockets that are looked at', () => {
  expect(serviceSockets('/tmp/x')).toEqual(process.platform === 'linux' ? ['/tmp/x'] : []);
  expect(serviceSockets('')).toEqual(serviceSockets(undefined));
});
