/**
 * A lock for what a machine has only one of, like pcscd: two checkouts whose tests run at the same time take turns.
 *
 * It is a listening socket in Linux's abstract namespace: it leaves no file, and is gone with its process.
 */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 250;

export interface MachineLock {
  release(): Promise<void>;
}

/**
 * Waits for the lock.
 *
 * @throws Error when another process still holds it after `timeoutMs`
 */
export async function lockMachine(name: string, timeoutMs: number): Promise<MachineLock> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const server = await tryToListen(`\0${name}`);
    if (server) return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    if (Date.now() > deadline)
      throw new Error(`another process holds "${name}" for more than ${timeoutMs} ms`);
    await sleep(RETRY_MS);
  }
}

function tryToListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.unref().listen({ path }, () => resolve(server));
  });
}
