/** Serves a LocalSeedPhase over a channel, in the process that holds the seed. */
import type { Aws, AwsSession, CallReport } from '../aws/aws';
import type { Clock } from '../clock';
import type { Readers } from '../token/readers';
import { TracingTransport } from '../token/trace';
import { LocalSeedPhase } from './local-seed-phase';
import { type Call, encodeError, type FromPhase, joinArguments, type ToPhase } from './wire';

/** The channel, seen from the phase. */
interface PhaseChannel {
  send(message: FromPhase): void;
  onMessage(listener: (message: ToPhase) => void): void;
}

/** The surroundings that a phase is served in. */
export interface ServedParts {
  connect(session: AwsSession, onCall: (report: CallReport) => void): Pick<Aws, 'createDevice'>;
  readonly readers: Pick<Readers, 'card'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Throws if this process must not hold a seed. Runs before every call. */
  checkProcess(): void;
  leave(): void;
}

/** Serves calls until the command sends `end`. */
export function serveSeedPhase(channel: PhaseChannel, parts: ServedParts): void {
  const server = new SeedPhaseServer(channel, parts);
  channel.onMessage((message) => server.hear(message));
}

class SeedPhaseServer {
  readonly #phase: LocalSeedPhase;
  readonly #running = new Map<number, AbortController>();
  #aws: Pick<Aws, 'createDevice'> | undefined;
  #isTraced = false;

  public constructor(
    private readonly channel: PhaseChannel,
    private readonly parts: ServedParts,
  ) {
    this.#phase = new LocalSeedPhase({
      aws: {
        createDevice: async (device) => {
          if (this.#aws === undefined) {
            throw new Error('no AWS session was handed over');
          }
          return this.#aws.createDevice(device);
        },
      },
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
        void this.#phase.end().finally(() => this.parts.leave());
    }
  }

  async #answer(id: number, call: Call): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    try {
      this.parts.checkProcess();
      this.channel.send({ kind: 'answer', id, value: await this.#do(id, call, stop.signal) });
    } catch (error) {
      const isReason = stop.signal.aborted && error === stop.signal.reason;
      this.channel.send({ kind: 'failure', id, error: encodeError(error, isReason) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #do(id: number, call: Call, signal: AbortSignal): Promise<unknown> {
    const values = joinArguments(call, {
      signal,
      onWriting: () => this.channel.send({ kind: 'writing', id }),
      onTouch: () => this.channel.send({ kind: 'touch', id }),
    });
    this.#isTraced = call.trace;
    if (call.session !== undefined) {
      this.#aws = this.parts.connect(call.session, (report) =>
        this.channel.send({ kind: 'aws-call', report }),
      );
    }
    const method: (...values: readonly never[]) => Promise<unknown> = this.#phase[call.name];
    return Reflect.apply(method, this.#phase, values);
  }
}
