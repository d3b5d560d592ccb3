/**
 * The seed phase in a process of its own, seen from the command.
 *
 * Rules: the seed never crosses; a process that dies within a burn may have written, so the caller is told so; the
 * process is gone when `end` resolves, whatever it was doing.
 */
import { AwsFault, type DeviceSpecification } from '../aws/aws';
import type { SeedPhaseSettings } from '../commands/host';
import { RunbookError } from '../runbook-error';
import type { CodeJudgement } from '../token/codes';
import type { TokenInfo } from '../token/driver';
import type { LaidToken, NewDevice, SeedPhase } from './seed-phase';
import { type Answers, type Call, decodeError, type FromPhase, type ToPhase } from './wire';

/** A process that serves a seed phase. */
export interface SeedProcess {
  /** Never throws; what is said to a process that is gone is lost. */
  send(message: ToPhase): void;
  onMessage(listener: (message: FromPhase) => void): void;
  /** Resolves when the process is gone and all it said was heard, with how it ended: `ended with SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

const ENDED = 'this seed phase was ended';
/** How long the process may take to end by itself. */
const END_MS = 500;
/** How long a call may take that waits for neither a person nor AWS: six exchanges with a token take at most 20 s. */
const ANSWER_MS = 60_000;
/** After an abort the wait for a card is over, even where the process cannot say so. */
const ABORT_MS = 1_000;

interface Pending {
  readonly resolve: (value: Answers[keyof Answers]) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onWriting: (() => void) | undefined;
}

/** What a call may have beside its name and values. */
interface Conditions {
  readonly signal?: AbortSignal;
  readonly onWriting?: () => void;
  readonly timeoutMs?: number;
}

/** What a phase in another process needs of its settings. */
export type RemoteSettings = Pick<SeedPhaseSettings, 'onTrace' | 'onCall'> & {
  readonly aws: Pick<SeedPhaseSettings['aws'], 'session'>;
};

/** Starts its process with the first call, or with `warm`. */
export class RemoteSeedPhase implements SeedPhase {
  readonly #settings: RemoteSettings;
  readonly #start: () => SeedProcess;
  readonly #pending = new Map<number, Pending>();
  #child: SeedProcess | undefined;
  #lastId = 0;
  #death: RunbookError | undefined;
  #ending: Promise<void> | undefined;

  public constructor(settings: RemoteSettings, start: () => SeedProcess) {
    this.#settings = settings;
    this.#start = start;
  }

  public warm(): void {
    try {
      this.#running();
    } catch {
      // The first call says why.
    }
  }

  public async layToken(reader: string | undefined, signal: AbortSignal): Promise<LaidToken> {
    const trace = this.#settings.onTrace !== undefined;
    const call = { name: 'layToken', trace, ...(reader === undefined ? {} : { reader }) } as const;
    signal.throwIfAborted();
    const giveUp = new AbortController();
    try {
      return await Promise.race([this.#ask(call, { signal }), afterAbort(signal, giveUp.signal)]);
    } finally {
      giveUp.abort();
    }
  }

  public async createDevice(device: DeviceSpecification): Promise<NewDevice> {
    this.#running();
    const session = await this.#settings.aws.session();
    try {
      return await this.#ask({ name: 'createDevice', session, device });
    } catch (error) {
      if (this.#death === undefined || error !== this.#death) {
        throw error;
      }
      // Whether the device was created is as unknown as after an answer that was lost.
      const { message } = this.#death;
      throw new AwsFault('iam:CreateVirtualMFADevice', 'no-answer', message, { cause: this.#death });
    }
  }

  public async burn(onWriting: () => void, signal: AbortSignal): Promise<TokenInfo> {
    signal.throwIfAborted();
    let told = false;
    function tellOnce(): void {
      if (!told) {
        onWriting();
      }
      told = true;
    }
    return this.#ask({ name: 'burn' }, { signal, onWriting: tellOnce, timeoutMs: ANSWER_MS });
  }

  public async judge(typed: string, nowSeconds: number): Promise<CodeJudgement> {
    return this.#ask({ name: 'judge', typed, nowSeconds }, { timeoutMs: ANSWER_MS });
  }

  public async pair(counter: number): Promise<readonly [string, string]> {
    return this.#ask({ name: 'pair', counter }, { timeoutMs: ANSWER_MS });
  }

  public end(): Promise<void> {
    this.#ending ??= this.#endChild();
    return this.#ending;
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    if (child === undefined) {
      return;
    }
    child.send({ kind: 'end' });
    const timer = setTimeout(() => child.kill(), END_MS);
    await child.ended;
    clearTimeout(timer);
  }

  async #ask<C extends Call>(call: C, conditions: Conditions = {}): Promise<Answers[C['name']]> {
    const { signal, onWriting, timeoutMs } = conditions;
    const child = this.#running();
    const id = ++this.#lastId;
    function abort(): void {
      child.send({ kind: 'abort', id });
    }
    signal?.addEventListener('abort', abort);
    // A process that stands still is ended, and the call fails with its death.
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill(), timeoutMs);
    try {
      const answer = await new Promise<Answers[keyof Answers]>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject, signal, onWriting });
        child.send({ kind: 'call', id, call });
      });
      return answer as Answers[C['name']];
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#pending.delete(id);
    }
  }

  #running(): SeedProcess {
    if (this.#ending !== undefined) {
      throw new Error(ENDED);
    }
    if (this.#death !== undefined) {
      throw this.#death;
    }
    if (this.#child === undefined) {
      const child = this.#start();
      this.#child = child;
      child.onMessage((message) => this.#hear(message));
      void child.ended.then((how) => this.#bury(how));
    }
    return this.#child;
  }

  #hear(message: FromPhase): void {
    switch (message.kind) {
      case 'answer':
        this.#pending.get(message.id)?.resolve(message.value);
        return;
      case 'failure': {
        const pending = this.#pending.get(message.id);
        pending?.reject(decodeError(message.error, pending.signal?.reason));
        return;
      }
      case 'writing':
        this.#pending.get(message.id)?.onWriting?.();
        return;
      case 'aws-call':
        this.#settings.onCall(message.report);
        return;
      case 'apdu':
        this.#settings.onTrace?.(message.line);
    }
  }

  /** The process is gone: whoever waits for it waits in vain, and a burn that was asked for may have begun. */
  #bury(how: string): void {
    const death = new RunbookError('seed-phase/died', `the process that holds the seed ${how}`, {
      hints: ['run `mfa-runbook resume`: it finds out how far it got, and goes on'],
    });
    this.#death = death;
    for (const { reject, onWriting } of this.#pending.values()) {
      onWriting?.();
      reject(this.#ending === undefined ? death : new Error(ENDED));
    }
  }
}

/** Rejects with the signal's reason, a while after it was aborted; never, once it is too late for that. */
function afterAbort(signal: AbortSignal, tooLate: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    function aborted(): void {
      const timer = setTimeout(() => reject(signal.reason), ABORT_MS);
      tooLate.addEventListener('abort', () => clearTimeout(timer), { once: true });
    }
    signal.addEventListener('abort', aborted, { once: true, signal: tooLate });
  });
}
