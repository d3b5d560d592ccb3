/**
 * A workbench for `session`, `assume` and `exec`: a sandbox with a user, a device and a role, a home of its own on the
 * real file system, and a person who answers prompts.
 */
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AccessKey } from '../../runbook/aws/aws';
import { connectSessions } from '../../runbook/aws/connect-sessions';
import type { AwsSettings } from '../../runbook/aws/session';
import type { SessionIssuer } from '../../runbook/aws/session-issuer';
import { run } from '../../runbook/cli';
import type { Clock } from '../../runbook/clock';
import type { Host } from '../../runbook/commands/host';
import { diskFiles } from '../../runbook/files/disk-files';
import { localPrivateFiles } from '../../runbook/signin/local-private-files';
import { runProgram } from '../../runbook/signin/run-program';
import { LinePrompter } from '../../runbook/terminal/line-prompter';
import type { Question } from '../../runbook/terminal/terminal';
import type { JsonObject } from '../sandbox/operation';
import { Sandbox } from '../sandbox/sandbox';
import type { SandboxSettings } from '../sandbox/settings';
import { type MovableClock, standingClock } from './clock';
import { HEALTHY_MACHINE } from './healthy-machine';
import { enrollPhone, type Phone } from './operator';

export const ALICE = 'alice.breakglass';
export const ALICE_ARN = `arn:aws:iam::123456789012:user/${ALICE}`;
export const PRIMARY = `arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/${ALICE}.primary.86596220000001`;
export const BACKUP = `arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/${ALICE}.backup.86596100000002`;

/** Longer than STS takes to learn of a device, and than the program waits for it. */
export const SETTLED_MS = 20_000;

/** The end of one command. */
interface Finished {
  readonly exitCode: number;
  readonly people: string;
  readonly data: string;
}

/** Settings of a bench. */
export interface SessionBenchOptions {
  readonly sandbox?: SandboxSettings;
  /** Wraps the port, to make it fail. */
  readonly wrap?: (issuer: SessionIssuer) => SessionIssuer;
}

/** Wants nothing, refuses nothing: for parts of the host that sessions do not use. */
function unused(): never {
  throw new Error('sessions do not use this');
}

export class SessionBench {
  public readonly clock: MovableClock;
  /** Offset of this machine's clock from AWS's and the tokens', milliseconds. */
  public machineOffsetMs = 0;
  public readonly home = mkdtempSync(join(tmpdir(), 'session-bench-'));
  public readonly signals = new EventEmitter();
  public readonly questions: Question[] = [];
  /** The time waited so far, milliseconds. */
  public waitedMs = 0;
  public answer: (question: Question) => string | undefined = () => undefined;
  public credentials: AccessKey;
  /** Credentials come from the profile and the environment of this process, as the SDK finds them. */
  public usesProfiles = false;
  public live = true;
  public env: Readonly<Record<string, string | undefined>>;
  public stop = new AbortController();
  readonly #wrap: (issuer: SessionIssuer) => SessionIssuer;

  private constructor(
    public readonly sandbox: Sandbox,
    public readonly endpoint: string,
    public readonly primary: Phone,
    clock: MovableClock,
    options: SessionBenchOptions,
  ) {
    this.clock = clock;
    this.credentials = sandbox.createAccessKey(ALICE);
    this.env = { HOME: this.home, PATH: process.env.PATH };
    this.#wrap = options.wrap ?? ((issuer) => issuer);
  }

  /** A sandbox with alice, her key and her primary token, enrolled long enough ago, at the beginning of a step. */
  public static async open(options: SessionBenchOptions = {}): Promise<SessionBench> {
    const clock = standingClock();
    const sandbox = Sandbox.create({ clock, ...options.sandbox });
    await sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: ALICE });
    const primary = await enrollPhone(sandbox, ALICE, ourDevice('primary.86596220000001'));
    const bench = new SessionBench(sandbox, await sandbox.listen(), primary, clock, options);
    await bench.allow({ Effect: 'Allow', Action: 'iam:ListMFADevices', Resource: ALICE_ARN });
    clock.advance(SETTLED_MS);
    bench.beginWindow();
    bench.answer = () => bench.primary.code();
    return bench;
  }

  /** Moves on to the beginning of a three-minute window of UTC, so that no test begins at the end of one. */
  public beginWindow(): void {
    this.clock.advance(180_000 - (this.clock.now() % 180_000) + 1_000);
  }

  public enrollBackup(): Promise<Phone> {
    return enrollPhone(this.sandbox, ALICE, ourDevice('backup.86596100000002'));
  }

  public admin(operation: string, input: JsonObject): Promise<JsonObject> {
    return this.sandbox.call(this.sandbox.administrator, 'iam', operation, input);
  }

  /** Gives alice these permissions in place of those she had. */
  public async allow(...statements: readonly object[]): Promise<void> {
    await this.admin('PutUserPolicy', {
      UserName: ALICE,
      PolicyName: 'bench',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    });
  }

  /** A role with one statement of trust. @returns its ARN */
  public async createRole(name: string, statement: object, maxSeconds = 7_200): Promise<string> {
    const { Role } = await this.admin('CreateRole', {
      RoleName: name,
      MaxSessionDuration: maxSeconds,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
      }),
    });
    return (Role as { Arn: string }).Arn;
  }

  /** The calls of the program, in order: `sts GetSessionToken ok`. */
  public get calls(): readonly string[] {
    return this.sandbox.calls
      .filter(({ caller }) => caller?.includes(ALICE) === true || caller?.includes(':assumed-role/') === true)
      .map(({ service, operation, errorCode }) => `${service} ${operation} ${errorCode ?? 'ok'}`);
  }

  /** Who these credentials are. */
  public async whoIs(credentials: AccessKey): Promise<string> {
    return String((await this.sandbox.call(credentials, 'sts', 'GetCallerIdentity')).Arn);
  }

  /** Every file below the home, by its path there. */
  public files(): readonly string[] {
    return readdirSync(this.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.home.length + 1))
      .sort();
  }

  public write(path: string, text: string, mode = 0o600): string {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
    return file;
  }

  /** Runs one command line. */
  public async run(...args: readonly string[]): Promise<Finished> {
    const output = { people: '', data: '' };
    const exitCode = await run(args, this.#host(output));
    return { exitCode, ...output };
  }

  public async close(): Promise<void> {
    await this.sandbox.close();
    rmSync(this.home, { recursive: true });
  }

  #host(output: { people: string; data: string }): Host {
    function writePeople(text: string): void {
      output.people += text;
    }
    return {
      env: this.env,
      openTerminalDevice: () => undefined,
      nodeVersion: process.version,
      machineFacts: async () => HEALTHY_MACHINE,
      writePeople,
      writeData: (text) => {
        output.data += text;
      },
      dataLost: async () => undefined,
      prompter: new LinePrompter(async (question) => {
        this.questions.push(question);
        return this.answer(question);
      }, writePeople),
      live: this.live,
      clock: this.#machineClock(),
      signal: this.stop.signal,
      connectAws: unused,
      connectSessions: (settings) => this.#wrap(this.#connect(settings)),
      spawn: (command, args, env) => runProgram({ command, args, env }, this.signals, false),
      openReaders: unused,
      openSeedPhase: unused,
      journals: { open: unused, list: unused, setAside: unused },
      evidenceLog: unused,
      files: diskFiles({ stateFolder: join(this.home, 'state'), cacheFolder: join(this.home, 'cache') }),
      privateFiles: localPrivateFiles,
    };
  }

  #connect(settings: AwsSettings): SessionIssuer {
    return connectSessions({
      region: 'eu-central-1',
      ...(this.usesProfiles ? {} : { credentials: this.credentials }),
      ...settings,
      endpoint: this.endpoint,
    });
  }

  /** Waiting moves the world's clock on, so that no test waits for a code. */
  #machineClock(): Clock {
    return {
      now: () => this.clock.now() + this.machineOffsetMs,
      sleep: async (ms, signal) => {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        this.waitedMs += ms;
        this.clock.advance(ms);
      },
    };
  }
}

function ourDevice(slotAndSerial: string) {
  return {
    name: `${ALICE}.${slotAndSerial}`,
    path: '/mfa-guardrails/break-glass/',
  };
}
