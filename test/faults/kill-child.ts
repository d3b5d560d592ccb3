/**
 * A process of the runbook that the kill tests kill: the command itself, its journals and evidence log on a real disk.
 * AWS, tokens and the person are in the parent. Its clock is the parent's.
 */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../runbook/cli';
import type { Host } from '../../runbook/commands/host';
import { diskFiles } from '../../runbook/files/disk-files';
import { fileEvidenceLog } from '../../runbook/files/file-evidence-log';
import { fileJournals } from '../../runbook/files/file-journals';
import { cancelled } from '../../runbook/runbook-error';
import { LocalSeedPhase } from '../../runbook/seed-phase/local-seed-phase';
import { localPrivateFiles } from '../../runbook/signin/local-private-files';
import type { Card, Readers } from '../../runbook/token/readers';
import { CardGoneError } from '../../runbook/token/transport';
import { AwsError, type JsonObject } from '../sandbox/operation';
import { HEALTHY_MACHINE } from '../support/healthy-machine';
import { NO_INPUT } from '../support/local-seed-phases';
import { directAws } from './direct-aws';
import type { WayOut } from './outside';
import type { DiskKill, Failure, FromChild, Question, Reply, Start } from './remote-messages';
import { Process } from './scheduler';

/** The connection to the world. */
class Line {
  /** The world's time when it was heard of last. */
  public now = 0;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #id = 0;
  #heard = 0;

  public say(message: FromChild): void {
    process.send?.(message);
  }

  public hear(reply: Reply): void {
    this.now = Math.max(this.now, reply.now);
    this.#heard++;
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
    this.sayWhenIdle();
  }

  /** Tells the parent that this process does nothing but wait for answers, unless one comes first. */
  public sayWhenIdle(): void {
    const heard = this.#heard;
    const look = (): void => {
      if (heard !== this.#heard) {
        return;
      }
      if (isDiskBusy()) {
        setTimeout(look, 1);
        return;
      }
      this.say({ idleAfter: heard });
    };
    setImmediate(look);
  }

  public async ask(question: Question, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const id = ++this.#id;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          if (this.#waiting.delete(id)) {
            this.say({ dropped: id });
          }
          reject(signal.reason);
        },
        { once: true },
      );
      this.say({ id, question });
    });
    if (reply.failure !== undefined) {
      throw toError(reply.failure);
    }
    return reply.value;
  }
}

/** Tells whether Node waits for the disk. Everything else that it waits for is the parent's, or a turn of promises. */
function isDiskBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => /^F(SReq|ileHandle)/.test(resource));
}

function toError(failure: Failure): Error {
  switch (failure.type) {
    case 'aws':
      return new AwsError(failure.code, failure.status, failure.message);
    case 'gone':
      return new CardGoneError(failure.command);
    case 'cancelled':
      return cancelled();
    case 'other':
      return new Error(failure.message);
  }
}

let diskOperations = 0;

const CHANGING = ['mkdir', 'rename', 'link', 'unlink', 'rm'] as const;
const CHANGING_OF_A_FILE = ['writeFile', 'appendFile', 'write', 'sync'] as const;

/** Counts what changes the disk, and dies where it was told to. */
function watchDisk(kill: DiskKill | undefined): void {
  function die(when: 'before' | 'after'): void {
    if (kill?.operation === diskOperations && kill.when === when) {
      process.kill(process.pid, 'SIGKILL');
    }
  }
  function watched(target: object, name: string): void {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') {
      return;
    }
    Reflect.set(target, name, async (...args: readonly unknown[]): Promise<unknown> => {
      diskOperations++;
      die('before');
      const result: unknown = await Reflect.apply(original, target, args);
      die('after');
      return result;
    });
  }
  for (const name of CHANGING) {
    watched(fs, name);
  }
  const { open } = fs;
  Reflect.set(fs, 'open', async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    for (const name of CHANGING_OF_A_FILE) {
      watched(handle, name);
    }
    return handle;
  });
}

function readersOn(line: Line): Readers {
  return {
    list: async () => ['Remote Reader'],
    card: async (reader, signal): Promise<Card> => {
      await line.ask({ ask: 'card', reader }, signal);
      return {
        reader: 'Remote Reader',
        atr: new Uint8Array(),
        removed: new Promise(() => undefined),
        transmit: async ({ name, bytes, secret }) => {
          const sent = Buffer.from(bytes).toString('base64');
          const answer = await line.ask({ ask: 'transmit', name, bytes: sent, secret });
          return Uint8Array.from(Buffer.from(String(answer), 'base64'));
        },
      };
    },
    close: async () => undefined,
  };
}

/** Nothing is in the way here: turns and faults are the parent's. */
const FREE: WayOut = {
  process: new Process('child', () => undefined),
  call: async (_kind, _name, effect) => effect(undefined),
  again: async (_kind, effect) => effect(),
  sleep: async () => undefined,
};

function hostOf(start: Start, line: Line): Host {
  const clock = {
    now: () => line.now,
    sleep: async (ms: number, signal: AbortSignal) => void (await line.ask({ ask: 'sleep', ms }, signal)),
  };
  const { stateFolder, credentials } = start;
  return {
    env: {},
    openTerminalDevice: () => undefined,
    nodeVersion: process.version,
    machineFacts: async () => HEALTHY_MACHINE,
    writePeople: (people) => line.say({ people }),
    writeData: (people) => line.say({ people }),
    dataLost: async () => undefined,
    prompter: {
      ask: async ({ name, message }, signal) =>
        String(await line.ask({ ask: 'answer', name, message }, signal)),
      askHidden: async ({ name, message }, signal) =>
        String(await line.ask({ ask: 'answer', name, message }, signal)),
      confirm: async ({ name, message }, signal) =>
        (await line.ask({ ask: 'decision', name, message }, signal)) === true,
    },
    live: false,
    clock,
    signal: new AbortController().signal,
    connectAws: (settings) =>
      directAws({
        serve: async (_credentials, service, operation, input) =>
          (await line.ask({ ask: 'aws', service, operation, input })) as JsonObject,
        credentials,
        outside: FREE,
        worldNow: clock.now,
        pass: () => undefined,
        settings,
      }),
    connectSessions: () => {
      throw new Error('no ceremony opens a session of its own');
    },
    spawn: async () => 1,
    openReaders: () => readersOn(line),
    openSeedPhase: ({ aws, readers }) =>
      new LocalSeedPhase({ aws, readers, trace: (transport) => transport, clock, input: NO_INPUT }),
    journals: fileJournals(stateFolder, clock),
    evidenceLog: (fleet) => fileEvidenceLog(join(stateFolder, fleet, 'evidence.jsonl')),
    files: diskFiles({ stateFolder, cacheFolder: join(stateFolder, 'cache') }),
    privateFiles: localPrivateFiles,
  };
}

const line = new Line();

process.once('message', (start: Start) => {
  line.now = start.now;
  process.on('message', (reply: Reply) => line.hear(reply));
  watchDisk(start.kill);
  line.sayWhenIdle();
  run(start.args, hostOf(start, line)).then(
    (exitCode) => {
      process.send?.({ exitCode, diskOperations } satisfies FromChild, () => process.exit(0));
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(1));
