/**
 * The single path of every call, from HTTP or in-process: planned fault, authentication, parameters, policies, effect,
 * log.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { actAs } from './acting-role';
import { authenticate, type PresentedCredentials } from './authentication';
import { authorize } from './authorization';
import type { CallRecord } from './call-log';
import type { CallContext, Caller } from './caller';
import { cloudFormationPermission } from './cloudformation-permission';
import {
  accessDenied,
  inProtocol,
  plannedError,
  serverFailure,
  throttled,
  unknownOperation,
  wrongRegion,
} from './common-errors';
import type { DeclaredService, PreparedCall } from './declared-operation';
import { DEFAULT_REGIONS } from './default-regions';
import { ConnectionDropped, type Fault, type FaultPlan, RateLimit } from './faults';
import { AwsError, type JsonObject, type Service, type ServiceName } from './operation';
import { refuseLimitedSession } from './session-limits';
import type { State } from './state';

export type AnyService = Service | DeclaredService;

/** A call of a client. */
export interface ClientCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: JsonObject;
  readonly credentials: PresentedCredentials | undefined;
  readonly requestId?: string;
  /** The Region the request was signed for. */
  readonly region?: string;
}

/** The caller of an operation, and the Region. */
interface Place {
  /** The account of the caller. */
  readonly state: State;
  readonly caller: Caller;
  readonly service: ServiceName;
  readonly region: string;
  readonly requestId: string;
  /** The service that calls on behalf of the caller. */
  readonly via: ServiceName | undefined;
}

/** A call for the log. */
interface RecordedCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: JsonObject;
  /** The account of the caller. */
  readonly state: State;
  /** As it was signed. */
  readonly region: string | undefined;
  readonly via: ServiceName | undefined;
}

interface Outcome {
  readonly result?: JsonObject;
  readonly errorCode?: string;
}

export type CompletedCall = RecordedCall & Outcome & { readonly caller: Caller };

/** The log keeps at least this many calls, and at most twice as many, however long the sandbox runs. */
const keptCalls = 100_000;

/**
 * Services of one Region. A client's settings decide for which Region it signs requests to IAM and STS.
 */
const regionalServices: ReadonlySet<ServiceName> = new Set(['ssm', 'cloudformation', 'cloudtrail']);

const servicesOfEveryAccount: ReadonlySet<ServiceName> = new Set(['iam', 'sts', 'cloudtrail']);

export class Dispatcher {
  public readonly calls: CallRecord[] = [];
  public faults: FaultPlan | undefined;
  /** Called at the end of each call, for a log on the terminal. */
  public onCall: ((call: CallRecord) => void) | undefined;
  /** Called with the input and the result of each call of a known caller and their account, for CloudTrail. */
  public onOutcome: ((call: CompletedCall, state: State) => void) | undefined;
  readonly #services = new Map<ServiceName, AnyService>();
  readonly #rate: RateLimit | undefined;
  #clientCalls = 0;

  public constructor(private readonly state: State) {
    const { throttling, clock } = state.settings;
    this.#rate = throttling && new RateLimit(throttling.callsPerSecond, throttling.burst, clock.now());
  }

  public register(service: AnyService): void {
    this.#services.set(service.name, service);
  }

  public serviceNamed(name: string): AnyService | undefined {
    return this.#services.get(name as ServiceName);
  }

  /**
   * @throws AwsError in the words of the service's protocol; ConnectionDropped when the fault plan says so
   */
  public async serve(call: ClientCall): Promise<JsonObject> {
    const { service, operation } = call;
    const fault = this.faults?.({ service, operation, index: this.#clientCalls });
    this.#clientCalls += 1;
    await this.#delay(fault);
    if (fault === 'dropped-before') {
      throw new ConnectionDropped('none');
    }
    let caller: Caller | undefined;
    const state = this.#accountOf(call.credentials);
    const served = this.#recorded(
      { service, operation, input: call.input, region: call.region, via: undefined, state },
      () => caller,
      async () => {
        const now = this.state.settings.clock.now();
        if (fault === 'throttled' || this.#rate?.take(now) === false) {
          throw throttled();
        }
        if (fault === 'server-error') {
          throw serverFailure();
        }
        const region = this.#regionOf(call);
        caller = authenticate(state, call.credentials);
        if (typeof fault === 'object' && 'refuse' in fault) {
          throw plannedError(fault.refuse);
        }
        if (fault === 'access-denied') {
          throw accessDenied(`User: ${caller.arn} is refused by the fault plan`);
        }
        const { input, requestId = randomUUID() } = call;
        return this.#perform({ state, caller, service, region, requestId, via: undefined }, operation, input);
      },
    );
    if (fault !== 'dropped-after') {
      return served;
    }
    // A refusal is lost just like a result.
    throw await served.then(
      () => new ConnectionDropped('done'),
      () => new ConnectionDropped('none'),
    );
  }

  /** Finds the account whose key signed a call; for an unknown key, the sandbox's own. */
  #accountOf(credentials: PresentedCredentials | undefined): State {
    const key = credentials?.accessKeyId ?? '';
    const { accounts } = this.state.shared;
    return (
      [...accounts.values()].find((state) => state.sessions.has(key) || state.accessKeys.has(key)) ??
      this.state
    );
  }

  /** @throws AwsError for a service that other accounts do not have here */
  #refuseElsewhere({ state, service }: Place): void {
    if (state !== this.state && !servicesOfEveryAccount.has(service)) {
      const { account } = this.state.settings;
      throw new AwsError('InvalidAction', 400, `the sandbox has the service ${service} in ${account} only`);
    }
  }

  /** Gives the Region of a call. @throws AwsError when it was signed for a Region without that service */
  #regionOf({ service, region }: ClientCall): string {
    const { region: home, otherRegions } = this.state.settings;
    if (region === undefined || !regionalServices.has(service) || region === home) {
      return home;
    }
    if (service === 'cloudformation' && otherRegions.includes(region)) {
      return region;
    }
    if (service === 'cloudtrail' && DEFAULT_REGIONS.includes(region)) {
      return region;
    }
    throw wrongRegion();
  }

  /** Records a call to a service that the sandbox does not have. */
  public recordUnknownService(service: string, operation: string): void {
    this.#record({
      at: this.state.settings.clock.now(),
      service,
      operation,
      caller: undefined,
      errorCode: 'InvalidAction',
      via: undefined,
    });
  }

  async #perform(place: Place, operation: string, input: JsonObject): Promise<JsonObject> {
    refuseLimitedSession(place.caller, place.service, operation);
    this.#refuseElsewhere(place);
    const service = this.#services.get(place.service);
    const context = this.#context(place);
    const prepared = service && prepare(service, operation, input, context);
    if (!prepared) {
      throw unknownOperation(place.service, operation);
    }
    for (const permission of prepared.permissions) {
      await context.authorize(permission);
    }
    return prepared.run();
  }

  #context(place: Place): CallContext {
    const { state, caller, service, region, requestId, via } = place;
    const { account, partition, clock } = state.settings;
    const context: CallContext = {
      account,
      region,
      partition,
      requestId,
      caller,
      state,
      stored: state.stored,
      now: clock.now,
      authorize: (permission) => authorize(state, caller, permission, region, via),
      invoke: (name, operation, input) =>
        this.#recorded(
          { service: name, operation, input, region, via: service, state },
          () => caller,
          () => this.#perform({ ...place, service: name, via: service }, operation, input),
        ),
      actingAs: (roleArn) => this.#context({ ...place, caller: actAs(context, service, roleArn) }),
    };
    return context;
  }

  async #recorded(
    call: RecordedCall,
    caller: () => Caller | undefined,
    work: () => Promise<JsonObject>,
  ): Promise<JsonObject> {
    const { service, operation, via, state } = call;
    const at = this.state.settings.clock.now();
    const record = (outcome: Outcome) => {
      const by = caller();
      this.#record({ at, service, operation, caller: by?.arn, errorCode: outcome.errorCode, via });
      if (by) {
        this.onOutcome?.({ ...call, caller: by, ...outcome }, state);
      }
    };
    try {
      const result = await work();
      record({ result });
      return result;
    } catch (thrown) {
      const protocol = this.#services.get(service)?.protocol ?? 'awsQuery';
      const error = inProtocol(thrown instanceof AwsError ? thrown : crash(thrown), protocol);
      record({ errorCode: error.code });
      throw error;
    }
  }

  #record(call: CallRecord): void {
    if (this.calls.length >= 2 * keptCalls) {
      this.calls.splice(0, keptCalls);
    }
    this.calls.push(call);
    this.onCall?.(call);
  }

  async #delay(fault: Fault | undefined): Promise<void> {
    const slowMs = typeof fault === 'object' && 'slowMs' in fault ? fault.slowMs : 0;
    const ms = this.state.settings.latencyMs + slowMs;
    if (ms > 0) {
      await sleep(ms);
    }
  }
}

function prepare(
  service: AnyService,
  operation: string,
  input: JsonObject,
  context: CallContext,
): PreparedCall | undefined {
  if ('declared' in service) {
    return Object.hasOwn(service.declared, operation)
      ? service.declared[operation]?.prepare(input, context)
      : undefined;
  }
  const run = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
  return (
    run && {
      permissions: [cloudFormationPermission(operation, input, context)],
      run: () => run(input, context),
    }
  );
}

/** A defect of the sandbox itself: 500, so that no client mistakes it for AWS's decision. */
function crash(thrown: unknown): AwsError {
  const reason =
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'an unknown value was thrown';
  return new AwsError('InternalFailure', 500, `the sandbox itself failed: ${reason}`);
}
