/** The bus that the events of all Regions arrive on, and the part of the alarms that forwarding needs. */
import { Aws, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct, IConstruct } from 'constructs';
import type { ForwardedEvents } from './forwarded-events';

/** The alarms that events are forwarded to: an MfaAlarms. */
export interface IMfaAlarms extends IConstruct {
  /** The bus that the events of all Regions arrive on. */
  readonly bus: EventBus;
}

/** Arrivals on the bus. */
interface Feed {
  readonly events: readonly ForwardedEvents[];
  /** The Region whose stack puts a test on the bus every month; none if there is no test. */
  readonly testRegion: string | undefined;
}

/** A bus that knows which events each Region forwards to it. */
export class AlarmBus extends EventBus {
  public constructor(
    scope: Construct,
    id: string,
    /** The name of the bus: other Regions cannot refer to it in any other way. */
    private readonly busName: string,
    private readonly feed: Feed,
  ) {
    super(scope, id, { eventBusName: busName });
  }

  /** The events that each Region forwards to this bus. */
  public get forwardedEvents(): readonly ForwardedEvents[] {
    return this.feed.events;
  }

  /** Returns the name of a rule that forwards, by which the alarms recognize a change of it. */
  public ruleName(id: string): string {
    return `${rulePrefix(this.busName)}${id}`;
  }

  /** Tells whether the stack of a construct puts the monthly test on this bus. */
  public isTestedFrom(scope: IConstruct): boolean {
    return Stack.of(scope).region === this.feed.testRegion;
  }

  /** Returns the name of the bus for a rule in any stack of its Region. */
  public nameIn(scope: IConstruct): string {
    return Stack.of(scope) === Stack.of(this) ? this.eventBusName : this.busName;
  }

  /** Returns the ARN of the bus for a stack in any Region. */
  public arnIn(scope: IConstruct): string {
    const home = Stack.of(this);
    return Stack.of(scope) === home
      ? this.eventBusArn
      : `arn:${Aws.PARTITION}:events:${home.region}:${Aws.ACCOUNT_ID}:event-bus/${this.busName}`;
  }
}

/** EventBridge's limit for the name of a rule leaves this much for the name of the bus. */
const MAX_PREFIX = 40;

/** Returns the prefix of the names of the rules that forward. */
export function rulePrefix(busName: string): string {
  return `${busName.slice(0, MAX_PREFIX)}.`;
}
