/** The world of a transcript: a bench on which nothing is random and nothing depends on how fast it runs. */
import { createHash } from 'node:crypto';
import type { AccessKey, Aws, CreatedDevice, DeviceSpecification } from '../../runbook/aws/aws';
import { connectSessions } from '../../runbook/aws/connect-sessions';
import type { Host } from '../../runbook/commands/host';
import { cancelled } from '../../runbook/runbook-error';
import { LinePrompter, type Prompter } from '../../runbook/terminal/line-prompter';
import type { Question } from '../../runbook/terminal/terminal';
import type { Readers } from '../../runbook/token/readers';
import type { Fault } from '../sandbox/faults';
import type { SandboxSettings } from '../sandbox/settings';
import { Bench, INVENTORY } from '../support/bench';
import { MovableClock } from '../support/clock';
import type { PrintedFob } from '../tokens/printed-fob';
import type { VirtualMolto2 } from '../tokens/token2-molto2';
import type { VirtualYkOath } from '../tokens/ykoath';
import { MemoryPrivateFiles } from './memory-private-files';

/** Monday morning, at the beginning of a step of thirty seconds. */
const BEGINNING_MS = Date.UTC(2026, 2, 2, 9);

/** Waiting is over when nothing else has happened for so many turns of the event loop. */
const QUIET_TURNS = 20;

/** Receives what a command says and asks. */
export interface Audience {
  /** Whole lines of people's text. */
  onPeople(line: string): void;
  /** Whole lines of data. */
  onData(line: string): void;
  /** @returns what is typed; nothing at the end of input */
  onQuestion(question: Question): Promise<string | undefined>;
}

/** The world before the first command. */
export interface Setting {
  /** @default the fleet of the bench */
  readonly inventory?: string;
  /** @default one, with the tokens that are laid on it */
  readonly readers?: Readers;
  readonly sandbox?: SandboxSettings;
  /** AWS in the place of the SDK and its HTTP. */
  readonly connect?: (bench: Bench) => Aws;
  /** Makes the AWS port fail. */
  readonly wrapAws?: (aws: Aws, stage: Stage) => Aws;
  /** Makes the machine fail. */
  readonly wrapHost?: (host: Host, stage: Stage) => Host;
}

/** A bench, and an audience that sees everything in the order it happens. */
export class Stage {
  public audience: Audience | undefined;
  /** People's text goes to a terminal, and a person sits at it. */
  public isLive = false;
  /** The width of that terminal, if it has one. */
  public columns: number | undefined;
  /** Asks in the place of the audience. */
  public prompter: Prompter | undefined;
  /** The user whose own key `session`, `assume` and `exec` find. */
  public ownKey: AccessKey | undefined;
  /** The seed of every device that was made, by its ARN. */
  public readonly devices = new Map<string, Uint8Array>();
  public readonly privateFiles: MemoryPrivateFiles;
  /** Tokens that AWS knows by their serials. */
  public readonly printed: PrintedFob[] = [];
  public readonly keys: VirtualYkOath[] = [];
  /** Multi-profile tokens. */
  public readonly profiles: VirtualMolto2[] = [];
  /** Faults of AWS by operation: for commands only, never for the look at the world afterwards. */
  public readonly faults = new Map<string, Fault>();
  #callsInFlight = 0;

  private constructor(
    public readonly bench: Bench,
    public readonly clock: MovableClock,
    public readonly fleet: string,
  ) {
    this.privateFiles = new MemoryPrivateFiles(bench.files);
    bench.sandbox.faults = ({ operation }) =>
      this.#callsInFlight === 0 ? undefined : this.faults.get(operation);
  }

  public static async open({
    inventory = INVENTORY,
    readers,
    sandbox,
    connect,
    wrapAws = (aws) => aws,
    wrapHost = (host) => host,
  }: Setting = {}): Promise<Stage> {
    const clock = new MovableClock(() => BEGINNING_MS);
    const made: { stage?: Stage } = {};
    function stage(): Stage {
      if (made.stage === undefined) {
        throw new Error('the stage is not open yet');
      }
      return made.stage;
    }
    let seeds = 0;
    const bench = await Bench.open({
      clock,
      inventory,
      overHttp: true,
      sandbox: { newSeed: () => seedNumber(++seeds), ...sandbox },
      ...(readers === undefined ? {} : { readers }),
      wrapAws: (aws) => stage().#watch(wrapAws(connect?.(stage().bench) ?? aws, stage())),
      wrapHost: (host) => wrapHost(stage().#host(host), stage()),
    });
    made.stage = new Stage(bench, clock, bench.fleet);
    // The SDK signs by this clock, and tries again whatever failed when it finds it far from AWS's.
    jest.spyOn(Date, 'now').mockImplementation(() => clock.now() + bench.machineOffsetMs);
    return made.stage;
  }

  /** Ctrl-C. */
  public interrupt(): void {
    this.bench.stop.abort(cancelled());
  }

  /** Counts the calls, so that no time passes while AWS works; remembers the seeds. */
  #watch(aws: Aws): Aws {
    const createDevice = async (device: DeviceSpecification): Promise<CreatedDevice> => {
      const created = await aws.createDevice(device);
      this.devices.set(
        created.arn,
        created.seed.use((bytes) => Uint8Array.from(bytes)),
      );
      return created;
    };
    return this.#counted(aws, new Map([['createDevice', createDevice]]));
  }

  /** The same port, but for some methods; each counts while it works. */
  #counted<Port extends object>(port: Port, others: ReadonlyMap<string | symbol, unknown> = new Map()): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = others.get(name) ?? Reflect.get(target, name);
        if (typeof method !== 'function') {
          return method;
        }
        return (...args: readonly unknown[]) => this.#during(async () => Reflect.apply(method, target, args));
      },
    });
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#callsInFlight++;
    try {
      return await work();
    } finally {
      this.#callsInFlight--;
    }
  }

  #host(host: Host): Host {
    const people = inLines((line) => this.audience?.onPeople(line));
    const data = inLines((line) => this.audience?.onData(line));
    return {
      ...host,
      env: { HOME: '/home/alice', PATH: '/usr/bin', NO_COLOR: '1' },
      nodeVersion: 'v22.12.0',
      live: this.isLive,
      columns: () => this.columns,
      writePeople: people,
      writeData: data,
      prompter: this.prompter ?? new LinePrompter((question, signal) => this.#ask(question, signal), people),
      clock: {
        now: host.clock.now,
        sleep: async (ms, signal) => {
          for (let turn = 0; turn < QUIET_TURNS; turn++) {
            await new Promise((resolve) => setImmediate(resolve));
            signal.throwIfAborted();
            if (this.#callsInFlight > 0) {
              turn = -1;
            }
          }
          this.clock.advance(ms);
        },
      },
      connectSessions: (settings) =>
        this.#counted(
          connectSessions({
            region: 'eu-central-1',
            ...(this.ownKey === undefined ? {} : { credentials: this.ownKey }),
            ...settings,
            endpoint: this.bench.endpoint,
          }),
        ),
      privateFiles: this.privateFiles,
      spawn: async (command, args, env) => {
        const given = Object.keys(env).filter((name) => name.startsWith('AWS_'));
        this.audience?.onPeople(`(${[command, ...args].join(' ')} runs, with ${given.join(', ')})`);
        return command === 'false' ? 1 : 0;
      },
    };
  }

  async #ask(question: Question, signal: AbortSignal): Promise<string | undefined> {
    this.bench.questions.push(question);
    const answer = await this.audience?.onQuestion(question);
    signal.throwIfAborted();
    return answer;
  }

  public async close(): Promise<void> {
    jest.restoreAllMocks();
    await this.bench.close();
  }
}

/** Forty bytes that are the same in every run. */
function seedNumber(number: number): Uint8Array {
  function half(which: string): Buffer {
    return createHash('sha256').update(`seed ${number} ${which}`).digest();
  }
  return Uint8Array.from(Buffer.concat([half('first'), half('second')]).subarray(0, 40));
}

/** Hands text on in whole lines. */
function inLines(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      onLine(line);
    }
  };
}
