/** Turns calls and sign-ins into events: in CloudTrail's history, and on the default bus of the Region where AWS would put them. */

import type { Caller } from '../caller';
import type { CompletedCall } from '../dispatcher';
import { userNamed } from '../iam-entities';
import type { JsonObject } from '../operation';
import type { State } from '../state';
import {
  type Circumstances,
  callEvent,
  recordedEvent,
  type SignIn,
  scheduledEvent,
  signInEvent,
} from './cloud-trail';
import { EventRouter } from './event-router';
import { Functions, type Reach } from './functions';

/** A console sign-in. */
export interface ConsoleSignIn {
  /** The device whose code was given: its ARN, or its printed serial. @default none: without MFA */
  readonly device?: string;
  /** @default true */
  readonly succeeded?: boolean;
  /** Where the event arrives; AWS puts it into one of several. @default us-east-1 */
  readonly region?: string;
}

/** IAM's events and root's sign-ins arrive here, whichever Region a client calls. */
const globalRegion = 'us-east-1';

export class Events {
  readonly #state: State;
  readonly #router: EventRouter;

  /** @param state the account that can have rules */
  public constructor(state: State, reach: Reach) {
    this.#state = state;
    this.#router = new EventRouter(state, new Functions(state, reach));
  }

  /** @param state the caller's account */
  public observe(call: CompletedCall, state: State): void {
    const region = call.service === 'iam' ? globalRegion : (call.region ?? state.settings.region);
    const circumstances = circumstancesIn(state, region);
    if (call.service === 'iam' || call.service === 'sts') {
      keep(call, state, circumstances);
    }
    if (state !== this.#state || !this.#router.hasRules) {
      return;
    }
    const event = callEvent(call, circumstances);
    if (event) {
      this.#router.put(event);
    }
  }

  /**
   * Signs a user in; `undefined` is the root user.
   *
   * @throws AwsError NoSuchEntity
   */
  public signIn(state: State, userName: string | undefined, signIn: ConsoleSignIn): void {
    const { device, succeeded = true, region = globalRegion } = signIn;
    const user = userName === undefined ? { arn: state.rootArn, name: 'root' } : userNamed(state, userName);
    const shown: SignIn = {
      isRoot: userName === undefined,
      arn: succeeded ? user.arn : undefined,
      userName: user.name,
      mfa: device !== undefined,
      succeeded,
      ...(device === undefined ? {} : { device }),
    };
    const circumstances = circumstancesIn(state, region);
    const event = signInEvent(shown, circumstances);
    state.trail.record({ at: circumstances.at, region, username: user.name }, () => event);
    if (state === this.#state) {
      this.#router.put(event);
    }
  }

  /** Delivers an event of a service that has no API here, as CloudTrail would. */
  public deliver(detail: JsonObject, region: string): void {
    this.#router.put(recordedEvent(detail, circumstancesIn(this.#state, region)));
  }

  /** Delivers the event of every schedule with this expression. */
  public runSchedules(expression: string): void {
    this.#router.runSchedules(expression, (region, rule) =>
      scheduledEvent(rule, circumstancesIn(this.#state, region)),
    );
  }

  public settled(): Promise<void> {
    return this.#router.settled();
  }
}

/** The calls whose parameters somebody looks for in the history. */
const kept: ReadonlySet<string> = new Set(['EnableMFADevice']);

/** Keeps a call in the history, without its answer and, but for a few, its parameters. */
function keep(call: CompletedCall, state: State, circumstances: Circumstances): void {
  const { service, operation, caller, errorCode } = call;
  const bare = {
    service,
    operation,
    caller,
    input: kept.has(operation) ? call.input : {},
    ...(errorCode === undefined ? {} : { errorCode }),
  };
  const { at, region } = circumstances;
  state.trail.record({ at, region, username: usernameOf(caller) }, () => {
    const event = callEvent(bare, circumstances);
    if (event) {
      return event;
    }
    throw new Error(`${service} makes no events`);
  });
}

/** CloudTrail shows the name of a role's session in place of a user's. */
function usernameOf({ kind, arn, name }: Caller): string {
  return kind === 'role-session' ? arn.slice(arn.lastIndexOf('/') + 1) : name;
}

function circumstancesIn({ settings: { account, clock } }: State, region: string): Circumstances {
  return { account, region, at: clock.now() };
}
