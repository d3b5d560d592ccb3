/** The side of the channel that holds the seed: runs a LocalSeedPhase for whoever asks over it. */
import type { Aws, AwsSession, CallReport } from '../aws/aws';
import type { Clock } from '../clock';
import type { Readers } from '../token/readers';
import { TracingTransport } from '../token/trace';
import { LocalSeedPhase } from './local-seed-phase';
import { type Answers, type Call, encodeError, type FromPhase, type ToPhase } from './wire';

/** A channel, as seen from the phase. */
export interface PhaseChannel {
  send(message: FromPhase): void;
  onMessage(listener: (message: ToPhase) => void): void;
}

/** What the phase is run with. */
export interface ServedParts {
  connect(session: AwsSession, onCall: (report: CallReport) => void): Pick<Aws, 'createDevice'>;
  readonly readers: Pick<Readers, 'card'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Throws where this process is not one to hold a seed. Asked before every call. */
  checkProcess(): void;
  /** Ends this process. */
  leave(): void;
}

/** Serves until it is told to end. */
export function serveSeedPhase(channel: PhaseChannel, parts: ServedParts): void {
  const server = new SeedPhaseServer(channel, parts);
  channel.onMessage((message) => server.hear(message));
}

class SeedPhaseServer {
  readonly #channel: PhaseChannel;
  readonly #parts: ServedParts;
  readonly #phase: LocalSeedPhase;
  readonly #running = new Map<number, AbortController>();
  #aws: Pick<Aws, 'createDevice'> | undefined;
  #isTraced = false;

  public constructor(channel: PhaseChannel, parts: ServedParts) {
    this.#channel = channel;
    this.#parts = parts;
    this.#phase = new LocalSeedPhase({
      aws: { createDevice: async (device) => this.#needAws().createDevice(device) },
      readers: parts.readers,
      trace: (transport) =>
        this.#isTraced
          ? new TracingTransport(transport, (line) => channel.send({ kind: 'apdu', line }))
          : transport,
      clock: parts.clock,
    });
  }

  public hear(message: ToPhase): void {
    switch (message.kind) {
      case 'call':
        void this.#answer(message.id, message.call);
        return;
      case 'abort':
        this.#running.get(message.id)?.abort();
        return;
      case 'end':
        void this.#phase.end().finally(() => this.#parts.leave());
    }
  }

  async #answer(id: number, call: Call): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    try {
      this.#parts.checkProcess();
      this.#channel.send({ kind: 'answer', id, value: await this.#do(id, call, stop.signal) });
    } catch (error) {
      const isReason = stop.signal.aborted && error === stop.signal.reason;
      this.#channel.send({ kind: 'failure', id, error: encodeError(error, isReason) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #do(id: number, call: Call, signal: AbortSignal): Promise<Answers[keyof Answers]> {
    switch (call.name) {
      case 'layToken':
        this.#isTraced = call.trace;
        return this.#phase.layToken(call.reader, signal);
      case 'createDevice':
        this.#aws = this.#parts.connect(call.session, (report) =>
          this.#channel.send({ kind: 'aws-call', report }),
        );
        return this.#phase.createDevice(call.device);
      case 'burn':
        return this.#phase.burn(() => this.#channel.send({ kind: 'writing', id }), signal);
      case 'judge':
        return this.#phase.judge(call.typed, call.nowSeconds);
      case 'pair':
        return this.#phase.pair(call.counter);
    }
  }

  #needAws(): Pick<Aws, 'createDevice'> {
    if (this.#aws === undefined) {
      throw new Error('no AWS session was handed over');
    }
    return this.#aws;
  }
}
