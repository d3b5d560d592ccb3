/**
 * Runs the seed phase in a process of its own.
 *
 * Rules: the seed never crosses. A process that dies during a burn may have written, so the caller is told that it
 * writes. When `end` resolves, the process is gone, whatever it was doing.
 */
import { type Aws, AwsFault, type AwsSession, type CallReport, type DeviceSpecification } from '../aws/aws';
import { RunbookError } from '../runbook-error';
import type { LaidToken, MadeDevice, ReadSeed, SeedPhase } from './seed-phase';
import { type CallName, decodeError, type FromPhase, splitArguments, type ToPhase } from './wire';

/** A process that serves a seed phase, seen from the command. */
export interface SeedProcess {
  /** Never throws; a message to a process that is gone is lost. */
  send(message: ToPhase): void;
  onMessage(listener: (message: FromPhase) => void): void;
  /** Resolves with `ended with SIGKILL` or the like once the process is gone and all its messages were delivered. */
  readonly ended: Promise<string>;
  /** Ends the process at once, whatever it is doing. */
  kill(): void;
}

const ENDED = 'this seed phase was ended';
/** The process may take this long to end on its own. */
const END_MS = 500;
/** Limit of a call that waits for neither a card nor AWS: six exchanges with a token, or a touch, take at most 20 s. */
const ANSWER_MS = 60_000;
/** This long after an abort, the wait for a card ends even if the process does not answer. */
const ABORT_MS = 1_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onWriting: (() => void) | undefined;
  readonly onTouch: (() => void) | undefined;
}

/** Starts its process at the first call, or at `warm`. */
export class RemoteSeedPhase implements SeedPhase {
  readonly #pending = new Map<number, Pending>();
  #child: SeedProcess | undefined;
  #lastId = 0;
  #death: RunbookError | undefined;
  #ending: Promise<void> | undefined;

  public constructor(
    private readonly settings: {
      /** The connection whose session the phase takes over. */
      readonly aws: Pick<Aws, 'session'>;
      /** Receives the lines of `--trace-apdu`; absent unless it was asked for. */
      readonly onTrace?: (line: string) => void;
      readonly onCall: (report: CallReport) => void;
      /** Aborted by Ctrl-C: every call ends soon after it, whatever the token or AWS answers. */
      readonly signal?: AbortSignal;
    },
    private readonly start: () => SeedProcess,
    /** Switches the terminal's echo off, and on again when what it returns is called. */
    private readonly hideTyping: () => () => void = () => () => undefined,
  ) {}

  public warm(): void {
    try {
      this.#running();
    } catch {
      // The first call says why.
    }
  }

  public async layToken(...given: Parameters<SeedPhase['layToken']>): Promise<LaidToken> {
    return unlessAborted(given[1], this.#ask('layToken', given));
  }

  public async readSeed(...given: Parameters<SeedPhase['readSeed']>): Promise<ReadSeed> {
    const [source, signal] = given;
    if (source.kind !== 'typed') {
      return unlessAborted(signal, this.#ask('readSeed', given));
    }
    const show = this.hideTyping();
    try {
      return await unlessAborted(signal, this.#ask('readSeed', given));
    } finally {
      show();
    }
  }

  public async createDevice(device: DeviceSpecification): Promise<MadeDevice> {
    this.#running();
    const session = await this.settings.aws.session();
    try {
      return await this.#ask('createDevice', [device], { session });
    } catch (error) {
      if (this.#death === undefined || error !== this.#death) {
        throw error;
      }
      // Nobody knows whether the device was created, just as after an answer that was lost.
      const { message } = this.#death;
      throw new AwsFault('iam:CreateVirtualMFADevice', 'no-answer', message, { cause: this.#death });
    }
  }

  public readonly unlock: SeedPhase['unlock'] = (...given) =>
    this.#ask('unlock', given, { timeoutMs: ANSWER_MS });
  public readonly authenticate: SeedPhase['authenticate'] = () =>
    this.#ask('authenticate', [], { timeoutMs: ANSWER_MS });
  public readonly occupancy: SeedPhase['occupancy'] = (...given) =>
    this.#ask('occupancy', given, { timeoutMs: ANSWER_MS });
  public readonly burn: SeedPhase['burn'] = (...given) => this.#ask('burn', given, { timeoutMs: ANSWER_MS });
  public readonly code: SeedPhase['code'] = (...given) => this.#ask('code', given, { timeoutMs: ANSWER_MS });
  public readonly judge: SeedPhase['judge'] = (...given) =>
    this.#ask('judge', given, { timeoutMs: ANSWER_MS });
  public readonly pair: SeedPhase['pair'] = (...given) => this.#ask('pair', given, { timeoutMs: ANSWER_MS });

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

  /** @param timeoutMs after this long without an answer the process is killed */
  async #ask<N extends CallName>(
    name: N,
    given: Parameters<SeedPhase[N]>,
    { session, timeoutMs }: { readonly session?: AwsSession; readonly timeoutMs?: number } = {},
  ): Promise<Awaited<ReturnType<SeedPhase[N]>>> {
    const { values, signal, onWriting, onTouch } = splitArguments(name, given);
    const { signal: stop } = this.settings;
    signal?.throwIfAborted();
    stop?.throwIfAborted();
    const child = this.#running();
    const id = ++this.#lastId;
    const trace = this.settings.onTrace !== undefined;
    const call = { name, values, trace, ...(session === undefined ? {} : { session }) };
    function abort(): void {
      child.send({ kind: 'abort', id });
    }
    signal?.addEventListener('abort', abort);
    // A process that hangs is killed, and the call fails with its death.
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill(), timeoutMs);
    try {
      const answering = new Promise<unknown>((resolve, reject) => {
        const tellWriting = onWriting && atMostOnce(onWriting);
        this.#pending.set(id, { resolve, reject, signal, onWriting: tellWriting, onTouch });
        child.send({ kind: 'call', id, call });
      });
      const answer = await (stop === undefined ? answering : unlessAborted(stop, answering));
      return answer as Awaited<ReturnType<SeedPhase[N]>>;
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
      const child = this.start();
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
      case 'touch':
        this.#pending.get(message.id)?.onTouch?.();
        return;
      case 'aws-call':
        this.settings.onCall(message.report);
        return;
      case 'apdu':
        this.settings.onTrace?.(message.line);
    }
  }

  /** Fails every pending call after the process died; a burn that was requested may have begun. */
  #bury(how: string): void {
    const death = new RunbookError('seed-phase/died', `the process that holds the seed ${how}`, {
      hints: ['run `mfa-runbook resume`: it finds out how far the ceremony got, and continues'],
    });
    this.#death = death;
    for (const { reject, onWriting } of this.#pending.values()) {
      onWriting?.();
      reject(this.#ending === undefined ? death : new Error(ENDED));
    }
  }
}

function atMostOnce(tell: () => void): () => void {
  let isTold = false;
  return () => {
    if (!isTold) {
      isTold = true;
      tell();
    }
  };
}

/** Waits for a call that waits for a person, or for the end of the wait by the signal. */
async function unlessAborted<T>(signal: AbortSignal, call: Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  try {
    return await Promise.race([call, afterAbort(signal, giveUp.signal)]);
  } finally {
    giveUp.abort();
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
