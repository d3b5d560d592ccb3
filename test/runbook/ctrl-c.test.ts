/** Ctrl-C ends every wait, whatever AWS, the PC/SC service or the card answers. The deadlines are generous: nothing here measures time. */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cancelled } from '../../runbook/runbook-error';
import { Bench } from '../support/bench';
import { withTemporaryFolder } from '../support/temporary-folder';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import type { Reaction, VirtualCard } from '../tokens/virtual-card';
import { VirtualYkOath } from '../tokens/ykoath';
import { startCommand, until } from './built-command';

const ALICE = 'alice.breakglass';
const ENROLL = ['enroll', ALICE, '--slot', 'primary'] as const;
/** SCARD_E_SERVICE_STOPPED */
const SERVICE_STOPPED = 0x8010001e;
const NEVER = new Promise<never>(() => undefined);

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
])(
  'of a server that accepts and never answers, in "%s"',
  async (args) => {
    const silent = await listening(undefined, () => undefined);
    await withTemporaryFolder(async (home) => {
      const env = {
        ...keysOf(bench.sandbox.administrator),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${silent.port}`,
      };
      const command = startCommand(bench, home, env, ...args);
      await until('the call', () => silent.sockets.length > 0, command.people);
      command.process.kill('SIGINT');
      expect(await Promise.race([command.ended, pause(15_000, 'still there', { ref: false })])).toBe(130);
    });
    await silent.close();
  },
  40_000,
);

test('of an AWS that falls silent once the device is made: the state says so, and resume has its journal', async () => {
  let isSilent = false;
  await bench.close();
  bench = await Bench.open({
    wrapAws: (aws) =>
      Object.fromEntries(
        Object.entries(aws).map(([name, call]: [string, (...given: readonly never[]) => unknown]) => [
          name,
          (...given: readonly never[]) => (isSilent ? NEVER : call(...given)),
        ]),
      ) as unknown as typeof aws,
  });
  const token = bench.token('86596220000001');
  bench.readers.lay(token);
  bench.answer = () => {
    isSilent = true;
    bench.stop.abort(cancelled());
    return undefined;
  };
  const told = await bench.runJson(...ENROLL);
  expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
  isSilent = false;
  expect((await bench.devices()).length).toBe(1);
  bench.stop = new AbortController();
  bench.layAndAnswer(token);
  expect(await bench.runJson('resume')).toMatchObject({ exitCode: 0 });
}, 30_000);

/** A card that answers like another one up to some command. */
function stubborn(card: VirtualCard, from: number, answer: () => Reaction | Promise<Reaction>): VirtualCard {
  let sent = 0;
  return {
    atr: card.atr,
    enterField: () => card.enterField(),
    leaveField: () => card.leaveField(),
    receive: (command) => (sent++ >= from ? answer() : card.receive(command)),
  };
}

test.each([
  ['token2-single', 0, () => bench.token('86596220000001')],
  ['token2-molto2', 1, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['token2-molto2', 3, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['ykoath', 1, () => new VirtualYkOath({ serial: 12_345_678 })],
  ['ykoath', 5, () => new VirtualYkOath({ serial: 12_345_678 })],
])('of a %s that never answers from command %i on', async (_, from, make) => {
  bench.readers.lay(
    stubborn(make(), from, () => {
      setTimeout(() => bench.stop.abort(cancelled()), 20);
      return NEVER;
    }),
  );
  expect((await bench.runJson('token', 'info')).exitCode).toBe(130);
});

test.each([
  ['token2-single', 0, () => bench.token('86596220000001')],
  ['token2-molto2', 1, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['ykoath', 5, () => new VirtualYkOath({ serial: 12_345_678 })],
])('of a %s that answers 61XX without end from command %i on, slowly', async (_, from, make) => {
  let answers = 0;
  bench.readers.lay(
    stubborn(make(), from, async () => {
      answers++;
      setTimeout(() => bench.stop.abort(cancelled()), 20);
      await pause(200);
      return Uint8Array.of(0x61, 0xff);
    }),
  );
  expect((await bench.runJson('token', 'info')).exitCode).toBe(130);
  expect(answers).toBeLessThan(20);
});

const isLinux = process.platform === 'linux';
(isLinux ? test : test.skip)(
  'of a library that waits for a PC/SC service in a loop of its own',
  async () => {
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
      expect(await Promise.race([ended, pause(15_000, 'still there', { ref: false })])).toBe(true);
      await service.close();
    });
  },
  40_000,
);
