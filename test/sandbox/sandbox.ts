/**
 * AWS on loopback: IAM, STS, SSM and CloudFormation with codes, policies and trust judged as AWS judges them,
 * the parts of S3 and SNS that deployments and alarms need, and deployed rules of EventBridge.
 * In memory only. Real SDK clients, the `aws` command and `cdk deploy` talk to it through
 * AWS_ENDPOINT_URL; tests may also call it in-process, along the same path. See README.md.
 */

import type { Server } from 'node:http';
import type { MovableClock } from '../support/clock';
import { bootstrap } from './bootstrap';
import type { CallRecord } from './call-log';
import type { Credentials } from './caller';
import { cloudFormation, stacksByRegion } from './cloudformation/cloudformation';
import { cloudTrail } from './cloudtrail';
import { Console } from './console';
import { Dispatcher } from './dispatcher';
import { Events } from './events/events';
import type { Outbox } from './events/outbox';
import type { FaultPlan } from './faults';
import { addAdministrator, newAccessKey } from './founding';
import { listen, urlOf } from './http-server';
import { iam } from './iam';
import type { JsonObject, ServiceName } from './operation';
import { s3 } from './s3/s3';
import { resolveSettings, type SandboxSettings } from './settings';
import { sns } from './sns';
import { ssm } from './ssm';
import { State } from './state';
import type { StoredResource } from './stored-resources';
import { sts } from './sts';

export class Sandbox {
  /** The key of the IAM user `platform-admin`, who may do everything. */
  public readonly administrator: Credentials;
  readonly #state: State;
  readonly #dispatcher: Dispatcher;
  readonly #events: Events;
  readonly #administrators = new Map<string, Credentials>();
  #server: Server | undefined;

  private constructor(settings: SandboxSettings) {
    const resolved = resolveSettings(settings);
    this.#state = new State(resolved);
    this.#dispatcher = new Dispatcher(this.#state);
    const stacksOf = stacksByRegion();
    for (const service of [iam, sts, ssm, s3, sns, cloudTrail, cloudFormation(stacksOf)]) {
      this.#dispatcher.register(service);
    }
    this.#events = new Events(this.#state, {
      endpoint: () => this.#url(),
      publish: (credentials, input) => this.call(credentials, 'sns', 'Publish', input),
    });
    this.#dispatcher.onOutcome = (call, state) => this.#events.observe(call, state);
    this.administrator = addAdministrator(this.#state);
    this.#administrators.set(resolved.account, this.administrator);
    for (const { account, alias } of resolved.otherAccounts) {
      const { administratorKey: _own, alias: _alias, ...shared } = resolved;
      const state = new State(
        { ...shared, account, ...(alias === undefined ? {} : { alias }) },
        this.#state.shared,
      );
      this.#administrators.set(account, addAdministrator(state));
    }
    if (settings.bootstrapped) {
      bootstrap(this.#state, stacksOf);
    }
  }

  public static create(settings: SandboxSettings = {}): Sandbox {
    return new Sandbox(settings);
  }

  public get clock(): MovableClock {
    return this.#state.settings.clock;
  }

  /**
   * The calls so far, including those that CloudFormation made for its caller; of very many, the latest hundred
   * thousand.
   */
  public get calls(): readonly CallRecord[] {
    return this.#dispatcher.calls;
  }

  /** Decides before each call of a client whether it fails; undefined for no faults. */
  public set faults(plan: FaultPlan | undefined) {
    this.#dispatcher.faults = plan;
  }

  /** Called at the end of each call. */
  public set onCall(listener: (call: CallRecord) => void) {
    this.#dispatcher.onCall = listener;
  }

  /**
   * Lists deployed resources of a type without an API here, such as `AWS::SNS::Topic`, in all Regions, oldest first.
   */
  public deployed(type: string): readonly StoredResource[] {
    return this.#state.stored.ofType(type);
  }

  /**
   * Waits until everything that has happened so far is delivered, then gives what deployed rules and functions sent.
   *
   * @throws Error for a rule or a function that the sandbox cannot follow
   */
  public async outbox(): Promise<Outbox> {
    await this.#events.settled();
    return this.#state.outbox;
  }

  /**
   * Delivers the event of a call to a service that has no API here, as CloudTrail would, in the Region where AWS would.
   *
   * @param detail as CloudTrail writes it, without the time and the account
   */
  public deliver(detail: JsonObject, region: string): void {
    this.#events.deliver(detail, region);
  }

  /** Lets every deployed schedule with this expression go off, at the time of the clock. */
  public runSchedules(expression: string): void {
    this.#events.runSchedules(expression);
  }

  /**
   * Makes AWS know a hardware TOTP token by the serial printed on it, in every account.
   *
   * @param seed wiped
   */
  public addPrintedToken(serial: string, seed: Uint8Array): void {
    this.#state.shared.printedTokens.add(serial, seed);
  }

  /** Opens the console of an account. @default the sandbox's own account */
  public console(account = this.#state.settings.account): Console {
    const state = this.#state.shared.accounts.get(account);
    if (state) {
      return new Console(state, this.#events);
    }
    throw new Error(`the sandbox has no account ${account}`);
  }

  /** Gives the key of the administrator of an account. */
  public administratorOf(account: string): Credentials {
    const found = this.#administrators.get(account);
    if (found) {
      return found;
    }
    throw new Error(`the sandbox has no account ${account}`);
  }

  /** Starts serving on 127.0.0.1. @returns the URL for AWS_ENDPOINT_URL */
  public async listen(port = 0): Promise<string> {
    this.#server ??= await listen(this.#dispatcher, this.clock.now, port);
    return urlOf(this.#server);
  }

  #url(): string {
    if (this.#server) {
      return urlOf(this.#server);
    }
    throw new Error('a function calls AWS over HTTP: the sandbox must listen() before an event invokes it');
  }

  public async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) {
      return;
    }
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Creates a long-term key for an existing user; needs no permission. @throws AwsError NoSuchEntity */
  public createAccessKey(userName: string): Credentials {
    const key = newAccessKey(this.#state, userName);
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  }

  /**
   * Calls an operation in-process: credentials, policies, faults and the log are the same as over HTTP; only the
   * signature and the wire protocol are missing.
   *
   * @param region the Region that the request would be signed for; by default, the sandbox's own
   * @throws AwsError, ConnectionDropped
   */
  public async call(
    credentials: Credentials,
    service: ServiceName,
    operation: string,
    input: JsonObject = {},
    region?: string,
  ): Promise<JsonObject> {
    return this.#dispatcher.serve({
      service,
      operation,
      input,
      ...(region === undefined ? {} : { region }),
      credentials: {
        accessKeyId: credentials.accessKeyId,
        sessionToken: credentials.sessionToken,
        proves: (secret) => secret === credentials.secretAccessKey,
      },
    });
  }
}
