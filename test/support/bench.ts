/**
 * A workbench for the whole command: a sandbox with one fleet deployed into it, virtual tokens and a reader, and an
 * operator who answers prompts. The command runs in this process, through the same `run` that `main.ts` calls.
 */
import { parseInventory } from '../../lib/record/inventory';
import { formatRecord } from '../../lib/record/pages';
import type { FleetRecord } from '../../lib/record/record';
import type { AccessKey, Aws } from '../../runbook/aws/aws';
import { connectAws } from '../../runbook/aws/connect';
import type { AwsSettings } from '../../runbook/aws/session';
import { run } from '../../runbook/cli';
import type { Clock } from '../../runbook/clock';
import type { Host } from '../../runbook/commands/host';
import type { Evidence } from '../../runbook/evidence/evidence';
import { continueLog, type EvidenceLog } from '../../runbook/evidence/evidence-log';
import type { Seed } from '../../runbook/seed';
import { LinePrompter } from '../../runbook/terminal/line-prompter';
import type { Question } from '../../runbook/terminal/terminal';
import type { Readers } from '../../runbook/token/readers';
import { Sandbox } from '../sandbox/sandbox';
import type { SandboxSettings } from '../sandbox/settings';
import { VirtualToken2Single, type VirtualTokenOptions } from '../tokens/token2-single';
import { VirtualReaders } from '../tokens/virtual-readers';
import { MemoryPrivateFiles } from '../transcripts/memory-private-files';
import { type MovableClock, standingClock } from './clock';
import { HandedOver } from './handed-over';
import { HEALTHY_MACHINE } from './healthy-machine';
import { ceremonyOf, type JsonEvent, parseEvents } from './json-events';
import { localSeedPhases, noSessions } from './local-seed-phases';
import { MemoryFiles } from './memory-files';
import { MemoryJournals } from './memory-journals';
import { enrollPhone } from './operator';
import { withoutHttp } from './without-http';

/** The fleet every bench starts with. */
export const INVENTORY = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "86596220000001", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "86596100000002", custody: "bank deposit box" }
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
`;

/** Serials of INVENTORY. */
export const ALICE_PRIMARY = '86596220000001';
export const ALICE_BACKUP = '86596100000002';
export const BOB_PRIMARY = '86596220000003';

/** The end of one command. */
interface Finished {
  readonly exitCode: number;
  /** People's text: what went to stderr. */
  readonly people: string;
  /** Data: what went to stdout. */
  readonly data: string;
}

/** The end of one command with `--json`. */
export interface Told {
  readonly exitCode: number;
  /** The error, if it ended with one. */
  readonly code: unknown;
  readonly hints: readonly string[];
  readonly events: readonly JsonEvent[];
  /** The names of the steps and events, in order. */
  readonly happened: readonly unknown[];
  /** All that was printed. */
  readonly data: string;
}

/** A device as IAM lists it. */
interface IamDevices {
  readonly arn: string;
  readonly user: string | undefined;
}

/** Answers a prompt; `undefined` is the end of input. */
type Answer = (question: Question) => string | undefined | Promise<string | undefined>;

/** Settings of a bench. */
export interface BenchOptions {
  readonly inventory?: string;
  readonly sandbox?: SandboxSettings;
  readonly readers?: Readers;
  /** Commands call AWS through the SDK and HTTP, for tests of both. @default false: directly, which is faster */
  readonly overHttp?: boolean;
  /** Wraps the AWS port, to make it fail. */
  readonly wrapAws?: (aws: Aws) => Aws;
  /** The world's clock. @default one that stands still until it is moved */
  readonly clock?: MovableClock;
  /** Wraps what the command is given, to change it or to watch it. */
  readonly wrapHost?: (host: Host) => Host;
}

/** The records of inventories by text: most benches have the same, and reading YAML takes longer than many a test. */
const records = new Map<string, FleetRecord>();

function recordOf(inventory: string): FleetRecord {
  const record = records.get(inventory) ?? parseInventory(inventory, 'tokens.yaml');
  records.set(inventory, record);
  return record;
}

/** A sandbox, a reader, tokens and an operator. */
export class Bench {
  public readonly clock: MovableClock;
  /** Offset of this machine's clock from AWS's and the tokens', milliseconds. */
  public machineOffsetMs = 0;
  public readonly readers = new VirtualReaders();
  /** Every token made for this bench. */
  public readonly tokens: VirtualToken2Single[] = [];
  public answer: Answer = () => undefined;
  /** Told of all that people are told, as it is written. */
  public onPeople: (text: string) => void = () => undefined;
  /** Told of each event that a command with `--json` prints. */
  public onEvent: (event: JsonEvent) => void = () => undefined;
  public credentials: AccessKey | undefined;
  public readonly evidence: Evidence[] = [];
  /** The texts of the local evidence logs, by fleet. */
  public readonly logs = new Map<string, string>();
  public readonly journals = new MemoryJournals();
  public readonly files = new MemoryFiles();
  readonly #privateFiles = new MemoryPrivateFiles(this.files);
  /** The picture or secret that people hand over. */
  public readonly handedOver = new HandedOver(this.files);
  /** Every seed AWS gave out, as a test may know it and nobody else. */
  public readonly seeds: Uint8Array[] = [];
  /** The seed objects of the program itself. */
  public readonly created: Seed[] = [];
  public readonly questions: Question[] = [];
  public stop = new AbortController();
  /** The fleet of the inventory. */
  public readonly fleet: string;
  readonly #options: BenchOptions;

  private constructor(
    public readonly sandbox: Sandbox,
    public readonly endpoint: string,
    clock: MovableClock,
    options: BenchOptions,
  ) {
    this.fleet = recordOf(options.inventory ?? INVENTORY).fleet;
    this.clock = clock;
    this.credentials = sandbox.administrator;
    this.#options = options;
  }

  /** A sandbox with the inventory deployed and its holders created. */
  public static async open(options: BenchOptions = {}): Promise<Bench> {
    const { clock = standingClock() } = options;
    const sandbox = Sandbox.create({ clock, ...options.sandbox });
    const bench = new Bench(sandbox, await sandbox.listen(), clock, options);
    const record = recordOf(options.inventory ?? INVENTORY);
    for (const holder of record.holders) {
      await bench.admin('iam', 'CreateUser', { UserName: holder.name });
    }
    await bench.deploy(options.inventory ?? INVENTORY);
    return bench;
  }

  /** The text of the log of the fleet that is deployed. */
  public get log(): string {
    return this.logs.get(this.fleet) ?? '';
  }

  public set log(text: string) {
    this.logs.set(this.fleet, text);
  }

  /** The log of a fleet, in memory. */
  public evidenceLog(fleet: string): EvidenceLog {
    const read = (): string => this.logs.get(fleet) ?? '';
    return {
      append: async (evidence) => {
        const addition = continueLog(read(), evidence);
        if (addition === undefined) {
          return;
        }
        this.logs.set(fleet, read() + addition);
        this.evidence.push(evidence);
      },
      read: async () => read(),
    };
  }

  /** The time on this machine's clock, unix milliseconds. */
  public readonly machineNow = (): number => this.clock.now() + this.machineOffsetMs;

  /** Writes the record of an inventory to SSM, as CloudFormation would. */
  public async deploy(inventory: string): Promise<void> {
    for (const { name, value } of formatRecord(recordOf(inventory))) {
      await this.admin('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
    }
  }

  /** Calls the sandbox as its administrator. */
  public admin(...call: Parameters<Sandbox['call']> extends [unknown, ...infer Rest] ? Rest : never) {
    return this.sandbox.call(this.sandbox.administrator, ...call);
  }

  /** Creates a device and enables it for a user, as somebody with another tool would. */
  public async assignDevice(
    user: string,
    name: string,
    path = '/mfa-guardrails/break-glass/',
  ): Promise<string> {
    return (await enrollPhone(this.sandbox, user, { name, path })).deviceArn;
  }

  /** A token in the world of this bench, switched on. */
  public token(serial: string, options: Partial<VirtualTokenOptions> = {}): VirtualToken2Single {
    const token = new VirtualToken2Single({ serial, clock: () => this.clock.now(), ...options });
    token.press();
    this.tokens.push(token);
    return token;
  }

  /** Lays a token on the reader, and has the operator read its codes when asked. */
  public layAndAnswer(token: VirtualToken2Single): void {
    this.readers.lay(token);
    this.answer = ({ name }) => (name === 'delete-leftover' ? 'yes' : token.readCode());
  }

  /** Runs one command line. */
  public async run(...args: readonly string[]): Promise<Finished> {
    let people = '';
    let data = '';
    const host: Host = {
      env: {},
      nodeVersion: process.version,
      machineFacts: async () => HEALTHY_MACHINE,
      writePeople: (text) => {
        people += text;
        this.onPeople(text);
      },
      writeData: (text) => {
        data += text;
        for (const event of text.startsWith('{"event":') ? parseEvents(text) : []) {
          this.onEvent(event);
        }
      },
      dataLost: async () => undefined,
      prompter: new LinePrompter(
        async (question) => {
          this.questions.push(question);
          return this.answer(question);
        },
        (text) => {
          people += text;
        },
      ),
      live: false,
      clock: this.machineClock(),
      signal: this.stop.signal,
      connectAws: (settings) => this.#connect(settings),
      ...noSessions,
      privateFiles: this.#privateFiles,
      openReaders: () => this.#options.readers ?? this.readers,
      openSeedPhase: localSeedPhases(this.machineClock(), this.handedOver),
      journals: this.journals,
      evidenceLog: (fleet) => this.evidenceLog(fleet),
      files: this.files,
    };
    const exitCode = await run(args, this.#options.wrapHost?.(host) ?? host);
    return { exitCode, people, data };
  }

  /** Runs one command line with `--json`. */
  public async runJson(...args: readonly string[]): Promise<Told> {
    const { exitCode, data } = await this.run(...args, '--json');
    const events = data === '' ? [] : parseEvents(data);
    const error = events.find(({ event }) => event === 'error');
    const hints = (error?.hints ?? []) as readonly string[];
    return { exitCode, code: error?.code, hints, events, happened: ceremonyOf(events), data };
  }

  /** Every virtual device of the account. */
  public async devices(): Promise<readonly IamDevices[]> {
    const { VirtualMFADevices } = (await this.admin('iam', 'ListVirtualMFADevices', {})) as {
      VirtualMFADevices: readonly { SerialNumber: string; User?: { UserName?: string; Arn?: string } }[];
    };
    return VirtualMFADevices.map((device) => ({
      arn: device.SerialNumber,
      user: device.User?.Arn?.endsWith(':root') ? 'root' : device.User?.UserName,
    }));
  }

  /** The device ARN of a holder's slot. */
  public arn(holder: string, slot: string, serial: string): string {
    return `arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/${holder}.${slot}.${serial}`;
  }

  public async close(): Promise<void> {
    await this.sandbox.close();
  }

  #connect(settings: AwsSettings): Aws {
    if (!this.#options.overHttp && this.credentials !== undefined) {
      const direct = withoutHttp(this, settings);
      return this.#options.wrapAws?.(direct) ?? direct;
    }
    const aws = connectAws({
      ...settings,
      region: 'eu-central-1',
      endpoint: this.endpoint,
      ...(this.credentials === undefined ? {} : { credentials: this.credentials }),
    });
    const watched: Aws = {
      ...aws,
      createDevice: async (device) => {
        const created = await aws.createDevice(device);
        this.seeds.push(created.seed.use((bytes) => Uint8Array.from(bytes)));
        this.created.push(created.seed);
        return created;
      },
    };
    return this.#options.wrapAws?.(watched) ?? watched;
  }

  /** Waiting moves the world's clock on, so that no test waits for a code. */
  public machineClock(): Clock {
    return {
      now: this.machineNow,
      sleep: async (ms, signal) => {
        for (let turn = 0; turn < 20; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        }
        this.clock.advance(ms);
      },
    };
  }
}
