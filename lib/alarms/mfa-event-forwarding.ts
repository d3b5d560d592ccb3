/** Brings the events of a Region to the bus of the alarms. */

import { Aws, Stack, type StackProps, Token } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { refuseAt } from '../policy/refusal';
import { AlarmBus, type IMfaAlarms } from './alarm-bus';
import { eventBridgePrincipal } from './event-bridge-principal';
import { CHANGES_ID, type ForwardedEvents, forwardingChanged } from './forwarded-events';
import { iamRegionOf } from './forwarding-regions';

/** Properties of an MfaEventForwarding. */
export interface MfaEventForwardingProps {
  /** The alarms that want the events of this Region. */
  readonly alarms: IMfaAlarms;
}

/**
 * Forwards the events that the alarms are about from this Region's default bus to the bus of the alarms.
 *
 * MfaAlarms makes one for its own Region, and stacks with one for the others. It works within one account.
 *
 * A change of what forwards is forwarded by a rule of its own, with a role of its own: a rule that was disabled does
 * not forward that it was.
 *
 * Of the read-only calls, only those of STS are forwarded (GetCallerIdentity is often the first call with a stolen key), by a
 * rule in the state that EventBridge requires for them.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 * @example
 * declare const alarms: MfaAlarms;
 *
 * new MfaEventForwarding(this, 'Forwarding', { alarms });
 */
export class MfaEventForwarding extends Construct {
  public constructor(scope: Construct, id: string, props: MfaEventForwardingProps) {
    super(scope, id);
    const bus = refuseAt(this.node.path, () => busOf(props.alarms));
    const { role, policy } = this.addRole('', bus);
    // IAM's events arrive in one Region only: elsewhere, no change of the role is among the events.
    const watchRole = Stack.of(this).region === iamRegionOf(this) ? this.addRole('Watch', bus).role : role;
    const target = targetOf(this, bus, role);
    for (const events of bus.forwardedEvents) {
      if (Stack.of(this).region !== Stack.of(bus).region) {
        refuseAt(this.node.path, () => requireNames(this, events));
      }
      new CfnRule(this, events.id, {
        name: bus.ruleName(events.id),
        eventPattern: events.pattern,
        state: events.state,
        targets: [target],
      });
    }
    new CfnRule(this, 'Watch', {
      name: bus.ruleName('Watch'),
      eventPattern: forwardingChanged(bus.ruleName(CHANGES_ID), role.roleName, policy.managedPolicyArn),
      targets: [targetOf(this, bus, watchRole)],
    });
    if (bus.isTestedFrom(this)) {
      new CfnRule(this, 'Test', {
        name: bus.ruleName('Test'),
        scheduleExpression: MONTHLY,
        targets: [target],
      });
    }
  }

  private addRole(id: string, bus: AlarmBus): { readonly role: Role; readonly policy: ManagedPolicy } {
    const policy = new ManagedPolicy(this, `${id}Policy`, {
      statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.arnIn(this)] })],
    });
    const role = new Role(this, `${id}Role`, {
      description: 'Forwards events about MFA to the bus of its alarms',
      assumedBy: eventBridgePrincipal(this, 'default'),
      managedPolicies: [policy],
    });
    return { role, policy };
  }
}

function targetOf(scope: Construct, bus: AlarmBus, role: Role): CfnRule.TargetProperty {
  return { id: 'Bus', arn: bus.arnIn(scope), roleArn: role.roleArn };
}

/** The morning of the first day of a month, UTC. */
const MONTHLY = 'cron(0 8 1 * ? *)';

function busOf({ bus, node }: IMfaAlarms): AlarmBus {
  if (!(bus instanceof AlarmBus)) {
    throw new Error(
      `alarms '${node.path}' have a bus of another kind, must be an MfaAlarms, which knows the events to forward; pass the MfaAlarms itself`,
    );
  }
  return bus;
}

/** Refuses references to resources of the home stack, which does not exist in this Region; its account and partition do. */
function requireNames(scope: Construct, { pattern }: ForwardedEvents): void {
  const references = JSON.stringify(Stack.of(scope).resolve(withoutPseudoParameters(pattern)));
  if (Token.isUnresolved(references) || /"(Ref|Fn::[A-Za-z]+)":/.test(references)) {
    throw new Error(
      `the events of Region '${Stack.of(scope).region}' cannot be told apart: a break-glass user's name is not known at ` +
        'synthesis, must be a text; give the user a userName that is one',
    );
  }
}

/** The account and the partition are the same everywhere. */
function withoutPseudoParameters(pattern: unknown): unknown {
  return JSON.parse(
    JSON.stringify(pattern).replaceAll(Aws.PARTITION, 'aws').replaceAll(Aws.ACCOUNT_ID, '111122223333'),
  );
}

/** Properties of an MfaEventForwardingStack. */
export interface MfaEventForwardingStackProps extends StackProps {
  /** The alarms that want the events of this stack's Region. */
  readonly alarms: IMfaAlarms;
}

/**
 * A stack that forwards the events of its Region to the bus of the alarms.
 *
 * MfaAlarms creates one for each of its `regions`. Create one yourself when a Region needs other stack
 * properties (a synthesizer, a name), and leave that Region out of `regions`.
 *
 * @example
 * declare const app: App;
 * declare const alarms: MfaAlarms;
 *
 * new MfaEventForwardingStack(app, 'AlarmsMilan', { alarms, env: { region: 'eu-south-1' } });
 */
export class MfaEventForwardingStack extends Stack {
  /** The construct that forwards. */
  public readonly forwarding: MfaEventForwarding;

  public constructor(scope: Construct, id: string, props: MfaEventForwardingStackProps) {
    const { alarms, ...stackProps } = props;
    super(scope, id, { description: 'Forwards events about MFA to the Region of its alarms', ...stackProps });
    this.forwarding = new MfaEventForwarding(this, 'Forwarding', { alarms });
    // EventBridge rejects a target that does not exist yet.
    this.addStackDependency(Stack.of(alarms));
  }
}
