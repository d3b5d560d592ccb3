/** Turns calls and sign-ins into events on the default bus of the Region where AWS would put them. */

import type { CompletedCall } from '../dispatcher';
import { userNamed } from '../iam-entities';
import type { State } from '../state';
import { type Circumstances, callEvent, signInEvent } from './cloud-trail';
import { EventRouter } from './event-router';
import { Functions, type Reach } from './functions';

/** A console sign-in. */
export interface ConsoleSignIn {
  /** The device whose code was given. @default none: without MFA */
  readonly device?: string;
  /** @default true */
  readonly succeeded?: boolean;
  /** Where the event arrives; AWS puts it into one of several. @default us-east-1 */
  readonly region?: string;
}

/** IAM's events arrive here, whichever Region a client calls. */
const globalRegion = 'us-east-1';

export class Events {
  readonly #state: State;
  readonly #router: EventRouter;

  public constructor(state: State, reach: Reach) {
    this.#state = state;
    this.#router = new EventRouter(state, new Functions(state, reach));
  }

  public observe(call: CompletedCall): void {
    if (!this.#router.hasRules) {
      return;
    }
    const region = call.service === 'iam' ? globalRegion : (call.region ?? this.#state.settings.region);
    const event = callEvent(call, this.#circumstances(region));
    if (event) {
      this.#router.put(event);
    }
  }

  /** @throws AwsError NoSuchEntity */
  public signIn(userName: string, { device, succeeded = true, region = globalRegion }: ConsoleSignIn): void {
    const { arn, name } = userNamed(this.#state, userName);
    const event = signInEvent(
      {
        arn: succeeded ? arn : undefined,
        userName: name,
        mfa: device !== undefined,
        succeeded,
        ...(device === undefined ? {} : { device }),
      },
      this.#circumstances(region),
    );
    this.#router.put(event);
  }

  public settled(): Promise<void> {
    return this.#router.settled();
  }

  #circumstances(region: string): Circumstances {
    const { account, clock } = this.#state.settings;
    return { account, region, at: clock.now() };
  }
}
