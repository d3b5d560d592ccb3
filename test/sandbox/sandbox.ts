/**
 * AWS on loopback: IAM, STS, SSM and CloudFormation with codes, policies and trust judged as AWS judges them.
 * In memory only. Real SDK clients, the `aws` command line and `cdk deploy` talk to it through
 * AWS_ENDPOINT_URL; tests may also call it in-process, through the very same path.
 */

import type { Server } from 'node:http';
import type { MovableClock } from '../support/clock';
import type { CallRecord } from './call-log';
import type { Credentials } from './caller';
import { cloudFormation } from './cloudformation/cloudformation';
import { Dispatcher } from './dispatcher';
import type { FaultPlan } from './faults';
import { addAdministrator, newAccessKey } from './founding';
import { listen, urlOf } from './http-server';
import { iam } from './iam';
import type { JsonObject, ServiceName } from './operation';
import { resolveSettings, type SandboxSettings } from './settings';
import { ssm } from './ssm';
import { State } from './state';
import { sts } from './sts';

export class Sandbox {
  /** The key of the IAM user `platform-admin`, who may do everything. */
  public readonly administrator: Credentials;
  readonly #state: State;
  readonly #dispatcher: Dispatcher;
  #server: Server | undefined;

  private constructor(settings: SandboxSettings) {
    this.#state = new State(resolveSettings(settings));
    this.#dispatcher = new Dispatcher(this.#state);
    for (const service of [iam, sts, ssm, cloudFormation()]) {
      this.#dispatcher.register(service);
    }
    this.administrator = addAdministrator(this.#state);
  }

  public static create(settings: SandboxSettings = {}): Sandbox {
    return new Sandbox(settings);
  }

  public get clock(): MovableClock {
    return this.#state.settings.clock;
  }

  /**
   * The calls so far (of very many the latest hundred thousand), those CloudFormation made for its caller
   * included.
   */
  public get calls(): readonly CallRecord[] {
    return this.#dispatcher.calls;
  }

  /** Asked before each call of a client whether it shall fail; undefined for a healthy world. */
  public set faults(plan: FaultPlan | undefined) {
    this.#dispatcher.faults = plan;
  }

  /** Told of each call as it ends. */
  public set onCall(listener: (call: CallRecord) => void) {
    this.#dispatcher.onCall = listener;
  }

  /** Starts serving on 127.0.0.1. @returns the URL for AWS_ENDPOINT_URL */
  public async listen(port = 0): Promise<string> {
    this.#server ??= await listen(this.#dispatcher, this.clock.now, port);
    return urlOf(this.#server);
  }

  public async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** A long-term key of an existing user, made without any permission. @throws AwsError NoSuchEntity */
  public createAccessKey(userName: string): Credentials {
    const key = newAccessKey(this.#state, userName);
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  }

  /**
   * Calls an operation in-process: credentials, policies, faults and the log are the same as over HTTP; only
   * signature and wire are not there.
   *
   * @throws AwsError, ConnectionDropped
   */
  public async call(
    credentials: Credentials,
    service: ServiceName,
    operation: string,
    input: JsonObject = {},
  ): Promise<JsonObject> {
    return this.#dispatcher.serve({
      service,
      operation,
      input,
      credentials: {
        accessKeyId: credentials.accessKeyId,
        sessionToken: credentials.sessionToken,
        proves: (secret) => secret === credentials.secretAccessKey,
      },
    });
  }
}
