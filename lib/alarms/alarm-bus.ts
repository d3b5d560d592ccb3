/** The bus that the events of all Regions arrive on, and the part of the alarms that forwarding needs. */
import { Aws, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct, IConstruct } from 'constructs';
import type { ForwardedEvents } from './watched-events';

/** The alarms that events are forwarded to: an MfaAlarms. */
export interface IMfaAlarms extends IConstruct {
  /** The bus that the events of all Regions arrive on. */
  readonly bus: EventBus;
}

/** A bus that knows which events each Region forwards to it. */
export class AlarmBus extends EventBus {
  public constructor(
    scope: Construct,
    id: string,
    /** The name of the bus: other Regions cannot refer to it in any other way. */
    private readonly busName: string,
    public readonly forwardedEvents: readonly ForwardedEvents[],
  ) {
    super(scope, id, { eventBusName: busName });
  }

  /** Returns the ARN of the bus for a stack in any Region. */
  public arnIn(scope: IConstruct): string {
    const home = Stack.of(this);
    return Stack.of(scope) === home
      ? this.eventBusArn
      : `arn:${Aws.PARTITION}:events:${home.region}:${Aws.ACCOUNT_ID}:event-bus/${this.busName}`;
  }
}
