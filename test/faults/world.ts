/** One world in this process: AWS, tokens, machines and people, on one virtual clock, and processes run in it. */
import { evidenceName } from '../../lib/record/names';
import type { Aws } from '../../runbook/aws/aws';
import type { AwsSettings } from '../../runbook/aws/session';
import { run } from '../../runbook/cli';
import { counterAt } from '../../runbook/token/codes';
import type { Credentials } from '../sandbox/caller';
import type { JsonObject, ServiceName } from '../sandbox/operation';
import { Sandbox } from '../sandbox/sandbox';
import { MovableClock } from '../support/clock';
import { PrintedFob } from '../tokens/printed-fob';
import { Browser, rootName } from './browser';
import {
  ACCOUNT,
  ALICE,
  arnOf,
  BOB,
  declaredBy,
  type EnrolledSlot,
  FLEET,
  FOREIGN,
  INVENTORY,
  isKey,
  isPrinted,
  PRINTED,
  placeNamed,
  ROOT,
  ROOT_PRINTED,
  recordOf,
  TOKENS,
} from './cast';
import { type DirectAwsParts, directAws } from './direct-aws';
import { NO_FAULTS } from './fault';
import { hotp, IamWitness, isMutating } from './iam-witness';
import type { Disk } from './machine';
import { type Course, Outside, type WayOut } from './outside';
import { Person } from './person';
import { processHost } from './process-host';
import type { Random } from './random';
import { Process, Scheduler } from './scheduler';
import { makeToken, type WorldToken } from './world-tokens';

/** When every world begins: unix milliseconds. */
const BEGINNING_MS = Date.UTC(2026, 8, 1, 8);

/** The time since the enrolled slots were enrolled. */
const ENROLLED_AGO_MS = 86_400_000;

/** The setting of a world. */
interface Stage {
  readonly inventory?: string;
  readonly enrolled: readonly EnrolledSlot[];
  readonly visibilityLagMs: number;
}

/** One call that changed something in AWS. */
export interface Effect {
  readonly process: Process;
  readonly operation: string;
  readonly input: JsonObject;
}

/** One command line, somewhere. */
interface Start {
  readonly name: string;
  readonly args: readonly string[];
  readonly machine: Disk;
  readonly person: Person;
  /** The lead of the machine's clock over the world's, milliseconds. */
  readonly skewMs: number;
}

/** A world and what happened in it. */
export class World {
  public readonly clock = new MovableClock(() => BEGINNING_MS);
  public readonly witness = new IamWitness();
  /** By place. */
  public readonly tokens = new Map<string, WorldToken>();
  public readonly course: Course;
  /** Everything printed by any process. */
  public readonly output: string[] = [];
  /** Everything printed by each. */
  public readonly outputOf = new Map<Process, string>();
  /** The losses that people agreed to, in the words of the question. */
  public readonly consents: string[] = [];
  /** Evidence parameters by name, as they stand. */
  public readonly parameters = new Map<string, string>();
  /** Calls of the runbook's processes that changed something in AWS. */
  public readonly effects: Effect[] = [];
  /** Errors that `run` let through. */
  public readonly crashes: unknown[] = [];
  /** The inventory whose record is deployed. */
  public inventory = INVENTORY;
  /** Told after everything that may have changed what works. */
  public onChange: (effect?: Effect) => void = () => undefined;
  /** Connects a process to AWS. @default without HTTP and SDK */
  public connect: ((process: Process, outside: WayOut, settings: AwsSettings) => Aws) | undefined;
  readonly #whereabouts = new Map<WorldToken, Person>();
  readonly #sandbox: Sandbox;
  readonly #browser = new Browser(this, (place) => declaredBy(this.inventory).types.get(place));

  private constructor(
    public readonly random: Random,
    visibilityLagMs: number,
  ) {
    this.#sandbox = Sandbox.create({
      clock: this.clock,
      visibilityLagMs,
      trailDelayMs: 15_000,
      newSeed: () => random.bytes(40),
      administratorKey: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/EXAMPLEKEY' },
    });
    const { clock } = this;
    this.course = { scheduler: new Scheduler(clock, random), clock, plan: NO_FAULTS, trace: [] };
  }

  /** A world with its record deployed, its slots enrolled, and devices of other people in it. */
  public static async open(stage: Stage, random: Random): Promise<World> {
    const world = new World(random, stage.visibilityLagMs);
    for (const UserName of [ALICE, BOB]) {
      await world.admin('iam', 'CreateUser', { UserName });
    }
    await world.deploy(stage.inventory ?? INVENTORY);
    for (const { user, ...device } of FOREIGN) {
      const { arn, seed } = await world.#createDevice(device);
      if (user !== undefined) {
        await world.#enable(user, arn, seed, 0);
      }
    }
    world.#sellPrinted();
    for (const slot of stage.enrolled) {
      await world.#enroll(slot);
    }
    const { types } = declaredBy(world.inventory);
    for (const place of new Set([...Object.values(TOKENS), ...types.keys()])) {
      if (!world.tokens.has(place)) {
        world.tokens.set(place, world.#token(place));
      }
    }
    world.clock.advance(ENROLLED_AGO_MS);
    return world;
  }

  /** Writes the record, as CloudFormation would. */
  public async deploy(inventory: string): Promise<void> {
    this.inventory = inventory;
    for (const { name, value } of recordOf(inventory)) {
      await this.admin('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
    }
  }

  /** A call that is none of the runbook's. */
  public async admin(service: 'iam' | 'ssm', operation: string, input: JsonObject): Promise<JsonObject> {
    const output = await this.#sandbox.call(this.#sandbox.administrator, service, operation, input);
    this.#note(operation, input, output);
    return output;
  }

  /** The token of a place. @throws Error where the cast has none */
  public token(place: string): WorldToken {
    const token = this.tokens.get(place);
    if (token === undefined) {
      throw new Error(`there is no token ${place}`);
    }
    return token;
  }

  public person(serials: readonly string[], deletesLeftovers = false): Person {
    return new Person({
      tokens: serials.map((serial) => this.token(serial)),
      random: this.random,
      deletesLeftovers,
      onConsent: (message) => this.consents.push(message),
      onTokenTouched: () => this.onChange(),
      whereabouts: this.#whereabouts,
      labelled: (text) => labelledBy(this.inventory, text),
      browse: (text, codes) => this.#browser.reads(text, codes),
      showSecret: (place) => this.#browser.showSecret(place),
      sees: (message) => this.#browser.sees(message),
      keyArn: (message) => this.#browser.keyArn(message),
      nameOfRootDevice: () => this.#nameOfRootDevice(),
    });
  }

  /** The console shows a security key with the end that AWS gave its name. */
  #nameOfRootDevice(): string {
    const place = declaredBy(this.inventory).declared.get(`${ROOT} primary`) ?? '';
    const { arn = '' } = this.witness.deviceAt(place) ?? {};
    return isKey(arn) ? arn : rootName(place);
  }

  public console(): ReturnType<Sandbox['console']> {
    return this.#sandbox.console();
  }

  /** Starts a process on a machine in memory; it goes on when the scheduler lets it. */
  public start({ name, args, machine, person, skewMs }: Start): Process {
    const process = new Process(name, () => machine.dropLocks(process));
    const outside = new Outside(process, this.course);
    const now = (): number => this.clock.now() + skewMs;
    const host = processHost({
      outside,
      machine,
      person,
      now,
      onOutput: (text) => {
        this.output.push(text);
        this.outputOf.set(process, (this.outputOf.get(process) ?? '') + text);
      },
      connectAws: (settings) =>
        this.connect?.(process, outside, settings) ??
        directAws({ ...this.#awsParts(process), outside, settings }),
    });
    run(args, host).then(
      (exitCode) => {
        process.exitCode = exitCode;
        machine.dropLocks(process);
      },
      (error: unknown) => {
        this.crashes.push(error);
        process.exitCode = 1;
      },
    );
    return process;
  }

  public async play(processes: readonly Process[]): Promise<void> {
    await this.course.scheduler.play(processes);
  }

  /** Faults end, and everything that was slow to show has come. AWS is reached without the SDK, which changes nothing then. */
  public heal(): void {
    this.course.plan = NO_FAULTS;
    this.connect = undefined;
    this.clock.advance(10 * 60_000);
  }

  public arn({ holder, slot, serial }: { holder: string; slot: string; serial: string }): string {
    return arnOf({ holder, slot }, serial);
  }

  /** The number of commands that were to change what a token holds. */
  public get tokenWrites(): number {
    return [...this.tokens.values()].reduce((sum, { writes }) => sum + writes, 0);
  }

  /** The key every process signs with. */
  public get credentials(): Credentials {
    return this.#sandbox.administrator;
  }

  /** A call of a process of the runbook. @throws AwsError */
  public async serve(
    process: Process,
    service: ServiceName,
    operation: string,
    input: JsonObject,
    region?: string,
  ): Promise<JsonObject> {
    const output = await this.#sandbox.call(this.credentials, service, operation, input, region);
    this.#note(operation, input, output);
    if (isMutating(operation)) {
      const effect = { process, operation, input };
      this.effects.push(effect);
      this.onChange(effect);
    }
    return output;
  }

  #awsParts(process: Process): Omit<DirectAwsParts, 'outside' | 'settings'> {
    return {
      credentials: this.credentials,
      worldNow: this.clock.now,
      pass: (ms) => this.clock.advance(ms),
      serve: (_credentials, ...call) => this.serve(process, ...call),
    };
  }

  #note(operation: string, input: JsonObject, output: JsonObject): void {
    if (operation === 'PutParameter') {
      this.parameters.set(String(input.Name), String(input.Value));
    } else {
      this.witness.note(operation, input, output, this.clock.now());
    }
  }

  #token(
    place: string,
    options: { readonly seed?: Uint8Array; readonly clockOffsetSeconds?: number } = {},
  ): WorldToken {
    const { declared, types } = declaredBy(this.inventory);
    const type = types.get(place) ?? 'programmable';
    // A spare takes the place of the first token of the record whose seed may be on it.
    const own = [...declared].find(([, its]) => its === place)?.[0];
    const [holder = '', slot = ''] = (
      own ?? (declared.has(`${ROOT} primary`) ? `${ROOT} primary` : `${ALICE} primary`)
    ).split(' ');
    const title = holder === ROOT ? `root ${ACCOUNT.slice(-7)}` : holder.slice(0, 12);
    const label = type === 'molto2' ? title : `AWS ${ACCOUNT}:${holder}.${slot}`;
    return makeToken(place, { type, label, clock: this.clock.now, ...options });
  }

  /** AWS has the seeds of printed tokens from their maker. */
  #sellPrinted(): void {
    for (const serial of [...PRINTED, ...ROOT_PRINTED]) {
      this.#sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
      this.witness.knowPrinted(serial, PrintedFob.sampleSeed(serial));
    }
  }

  async #createDevice({
    path,
    name,
    tags = {},
  }: {
    readonly path: string;
    readonly name: string;
    readonly tags?: Readonly<Record<string, string>>;
  }): Promise<{ readonly arn: string; readonly seed: Uint8Array }> {
    const { VirtualMFADevice } = await this.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: name,
      Path: path,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
    const { SerialNumber: arn } = VirtualMFADevice as { SerialNumber: string };
    const device = this.witness.device(arn);
    if (device === undefined) {
      throw new Error(`the witness missed ${arn}`);
    }
    return { arn, seed: device.seed };
  }

  /** Makes and enables a device, as its kind is enrolled. */
  async #makeDevice(
    { holder, slot, serial }: EnrolledSlot,
    tags: Readonly<Record<string, string>>,
  ): Promise<{ readonly arn: string; readonly seed: Uint8Array }> {
    if (holder === ROOT) {
      return this.#browser.enrollRoot(serial);
    }
    if (declaredBy(this.inventory).types.get(serial) === 'fido2') {
      return { arn: this.#browser.register(holder, `${slot}.${serial}`), seed: new Uint8Array() };
    }
    const { arn, seed } = isPrinted(serial)
      ? { arn: serial, seed: PrintedFob.sampleSeed(serial) }
      : await this.#createDevice({
          path: `/mfa-guardrails/${FLEET}/`,
          name: `${holder}.${slot}.${serial}`,
          tags,
        });
    await this.#enable(holder, arn, seed, 0);
    return { arn, seed };
  }

  /** @param driftSeconds how far the token is ahead today; at the time of Enable it was right */
  async #enroll({ holder, slot, serial, driftSeconds = 0, token }: EnrolledSlot): Promise<void> {
    const id = uuid(this.random);
    const tags = { 'mfa-guardrails:fleet': FLEET, 'mfa-guardrails:run': id };
    const { arn, seed } = await this.#makeDevice({ holder, slot, serial }, tags);
    if (token !== 'broken') {
      this.tokens.set(serial, this.#token(serial, { seed, clockOffsetSeconds: driftSeconds }));
    }
    const at = new Date(this.clock.now()).toISOString();
    const evidence = {
      ...{
        schema: 1,
        id,
        ceremony: 'enroll',
        fleet: FLEET,
        holder,
        slot,
        tokenSerial: placeNamed(serial).serial,
        deviceArn: arn,
      },
      ...{ generation: '0'.repeat(64), by: 'arn:aws:iam::123456789012:user/platform-admin', at },
      ...{ checks: ['record', 'listed'], tool: 'mfa-runbook 0.1.0' },
    };
    const Name = evidenceName(FLEET, holder, slot);
    await this.admin('ssm', 'PutParameter', { Name, Value: JSON.stringify(evidence), Type: 'String' });
  }

  async #enable(user: string, arn: string, seed: Uint8Array, ahead: number): Promise<void> {
    const counter = counterAt(this.clock.now() / 1000) + ahead;
    await this.admin('iam', 'EnableMFADevice', {
      UserName: user,
      SerialNumber: arn,
      AuthenticationCode1: hotp(seed, counter - 1),
      AuthenticationCode2: hotp(seed, counter),
    });
  }
}

/** Place of the token whose holder and slot a text names. */
function labelledBy(inventory: string, text: string): string | undefined {
  for (const [label, place] of declaredBy(inventory).declared) {
    const [holder = '', slot = ''] = label.split(' ');
    if (text.includes(holder) && text.includes(slot)) {
      return place;
    }
  }
  return undefined;
}

/** A UUID of version 4. */
function uuid(random: Random): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
