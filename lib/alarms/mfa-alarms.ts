/** Alarms about MFA: what happens to devices, to break-glass users and to sign-ins, by e-mail within minutes. */

import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events';
import { type IRole, type IUser, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import type { TokenRecord } from '../fleet/token-record';
import { refuseAt } from '../policy/refusal';
import { AlarmBus, type IMfaAlarms, rulePrefix } from './alarm-bus';
import { addAlarms, addChainAlarms, addStackAlarms } from './alarm-list';
import { AlarmRules } from './alarm-rules';
import { stsPattern } from './break-glass-identities';
import { DeliveryWatch } from './delivery-watch';
import { eventBridgePrincipal } from './event-bridge-principal';
import { guardrailParts } from './find-guardrails';
import { forwardedCalls, forwardedEvents } from './forwarded-events';
import { defaultRegions, forwardingRegions, iamRegionOf } from './forwarding-regions';
import {
  addForwardingStack,
  roomOf,
  warnOfMissingRegion,
  warnOfOneRegion,
  warnOfUnknownRegions,
} from './forwarding-stacks';
import { MfaEventForwarding, type MfaEventForwardingStack } from './mfa-event-forwarding';
import { publishStatements, RecordComparison } from './record-comparison-function';
import { busNameOf, requireAddresses, requireOnlyOne, requireRecords, requireRoles } from './refusals';
import { warnOfSize } from './template-size';
import { COMPARED } from './watched-events';
import { watchedPeople } from './watched-people';

/** Properties of MfaAlarms. */
export interface MfaAlarmsProps {
  /**
   * The records of the fleets: at least one, in the account and Region of the alarms.
   *
   * A device that none of them declares is an alarm. Users at a fleet's IAM path, `/mfa-guardrails/{fleet}/`, are
   * break-glass users.
   */
  readonly records: TokenRecord[];

  /**
   * Break-glass users outside the fleets' IAM paths; users at those paths need not be named.
   *
   * @default - only the users at the fleets' paths
   */
  readonly breakGlassUsers?: IUser[];

  /**
   * Roles whose every use is an alarm.
   *
   * Give them a `roleName`: other Regions know a role by its name, and forward every AssumeRole without one.
   *
   * @default - none
   */
  readonly breakGlassRoles?: BreakGlassRole[];

  /**
   * The roles of operators, each use of which is an alarm: one for each session. Only they write evidence.
   *
   * Give them if operators use other roles, such as those of a permission set in IAM Identity Center.
   *
   * @default - the roles of every RunbookOperator that the app made before, in the account of the alarms
   */
  readonly operatorRoles?: IRole[];

  /**
   * The recipients. SNS asks each address to confirm, and sends nothing until then: once for the messages, and once for
   * the topic that says that the alarms are in trouble.
   *
   * @default - nobody; subscribe to `topic` and `troubleTopic`
   */
  readonly emailAddresses?: string[];

  /**
   * The Regions to watch. For each one except its own, MfaAlarms creates a stack that forwards events.
   *
   * IAM's events arrive in us-east-1 (aws-cn: cn-north-1, aws-us-gov: us-gov-west-1), sign-ins in several Regions, and a
   * call of STS in the Region of the endpoint, which whoever has a stolen key chooses. `MfaAlarms.defaultRegions` lists every Region
   * that accounts have without enabling it. Give the stack a concrete `env.region`.
   *
   * @default - only the Region of the alarms, with a warning, if it is that of IAM's events; must be given in any other Region
   */
  readonly regions?: string[];

  /**
   * Sends a message on the first day of each month, from the Region of IAM's events through every part of the alarms: if
   * none comes, they are broken.
   *
   * @default true
   */
  readonly sendTestMessage?: boolean;

  /**
   * The name of the event bus, unique in its account and Region.
   *
   * @default mfa-guardrails
   */
  readonly busName?: string;
}

/**
 * Alarms about MFA, as messages on an encrypted SNS topic:
 *
 * - a user or root signed in to the console without MFA;
 * - a break-glass user signed in, or failed to, or called AWS;
 * - a break-glass role was assumed, or switched to in the console;
 * - a device was created, enabled, deactivated, deleted or resynchronized, or such a change was refused;
 * - a device was enabled that the record does not declare, that could not be compared with it, or that has no evidence
 *   after an hour;
 * - credentials, memberships, name or path of a holder were changed, whoever did it, or part of the guardrails was;
 * - the role of an operator was used; root got credentials, or a session by AssumeRoot;
 * - the record was written by anything but CloudFormation, or evidence by anybody but an operator;
 * - the alarms themselves, a trail, or a stack of either was changed.
 *
 * They depend on CloudTrail's delivery to EventBridge: best effort, within minutes, and only while the account has a trail
 * that logs the management events of every Region, including read-only events such as AssumeRole.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 * @example
 * declare const record: TokenRecord;
 * declare const emergency: BreakGlassRole;
 *
 * new MfaAlarms(this, 'Alarms', {
 *   records: [record],
 *   regions: MfaAlarms.defaultRegions('eu-central-1'), // a stack for each; deploy with --all
 *   breakGlassRoles: [emergency],
 *   emailAddresses: ['security@example.com'],
 * });
 */
export class MfaAlarms extends Construct implements IMfaAlarms {
  /**
   * Lists the Regions that every account has without enabling them, in the partition of a Region: what `regions` should have,
   * with those that the account enabled.
   *
   * @param region a Region, such as that of the alarms
   */
  public static defaultRegions(region: string): string[] {
    return [...defaultRegions(region)];
  }

  /** The topic of the messages: subscribe to it. */
  public readonly topic: ITopic;
  /** The topic's key. A subscriber that reads encrypted messages needs no permission on it; a publisher does. */
  public readonly key: IKey;
  /** The topic that says that the alarms cannot be delivered, or were changed: subscribe to it as well. It has no key. */
  public readonly troubleTopic: ITopic;
  /** The bus that the events of all Regions arrive on. */
  public readonly bus: EventBus;
  /** The stacks that forward events from other Regions, in the order of the Regions. */
  public readonly forwardingStacks: MfaEventForwardingStack[];
  /**
   * The stack of the function and of the alarms about the alarms: that of the other alarms or, with the legacy
   * synthesizer, one next to it.
   */
  public readonly functionStack: Stack;
  /**
   * The stack of what forwards the events of this Region, and of the alarms about stacks: that of the other alarms or, with
   * the legacy synthesizer, one next to it.
   */
  public readonly homeStack: Stack;

  public constructor(scope: Construct, id: string, props: MfaAlarmsProps) {
    super(scope, id);
    const { busName, regions, watched } = refuseAt(this.node.path, () => this.judged(props));

    this.key = new Key(this, 'Key', {
      description: 'Encrypts the topic of the MFA alarms',
      enableKeyRotation: true,
      // Nothing is kept that was encrypted with it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = this.addTopic(props.emailAddresses ?? []);
    const trouble = new DeliveryWatch(this, 'Watch', { busName, emailAddresses: props.emailAddresses ?? [] });
    this.troubleTopic = trouble.topic;
    const bus = new AlarmBus(this, 'Bus', busName, {
      events: forwardedEvents(
        watched.users(forwardedCalls),
        stsPattern(this, watched.roles, watched.operators),
      ),
      testRegion: props.sendTestMessage === false ? undefined : this.testRegion(regions),
    });
    this.bus = bus;
    const delivery = this.addDelivery(busName);
    const rules = new AlarmRules({ bus, delivery, topic: this.topic, undelivered: trouble.undelivered });
    addAlarms(this, rules, watched);

    const room = roomOf(this, busName, 'function');
    this.functionStack = Stack.of(room);
    const comparison = this.addComparison({ room, rules, busName }, props.records);
    const home = roomOf(this, busName, 'home');
    this.homeStack = Stack.of(home);
    addChainAlarms(room, rules, {
      alarms: this,
      home,
      busName,
      topic: this.topic,
      troubleTopic: this.troubleTopic,
      keyId: this.key.keyId,
      queueName: trouble.undelivered.queueName,
      comparison,
    });
    new MfaEventForwarding(home, 'Forwarding', { alarms: this });
    addStackAlarms(home, rules, { alarms: this, records: props.records, busName });
    this.forwardingStacks = regions.others.map((region) => addForwardingStack(this, busName, region));
    warnOfUnknownRegions(this, regions.others);
    if (regions.isHomeOnly) {
      warnOfOneRegion(this);
    }
    if (regions.missingIamRegion !== undefined) {
      warnOfMissingRegion(this, regions.missingIamRegion);
    }
    for (const part of new Set([this, room, home, ...this.forwardingStacks])) {
      warnOfSize(part);
    }
  }

  private judged(props: MfaAlarmsProps) {
    requireOnlyOne(this, (construct) => construct instanceof MfaAlarms);
    requireRecords(this, props.records);
    requireAddresses(props.emailAddresses);
    requireRoles(props.operatorRoles);
    return {
      busName: busNameOf(props.busName),
      regions: forwardingRegions(this, props.regions),
      watched: watchedPeople(this, props),
    };
  }

  private testRegion({ others }: { readonly others: readonly string[] }): string {
    const iam = iamRegionOf(this);
    return others.includes(iam) ? iam : Stack.of(this).region;
  }

  private addTopic(emailAddresses: readonly string[]): Topic {
    const topic = new Topic(this, 'Topic', {
      displayName: 'MFA alarms',
      masterKey: this.key,
      enforceSSL: true,
    });
    for (const address of emailAddresses) {
      topic.addSubscription(new EmailSubscription(address));
    }
    return topic;
  }

  private addDelivery(busName: string): Role {
    const policy = new ManagedPolicy(this, 'DeliveryPolicy', {
      statements: [
        ...publishStatements(this.topic, this.key),
        new PolicyStatement({ actions: ['sns:Publish'], resources: [this.troubleTopic.topicArn] }),
      ],
    });
    return new Role(this, 'Delivery', {
      description: 'Publishes the MFA alarms',
      assumedBy: eventBridgePrincipal(this, busName),
      managedPolicies: [policy],
    });
  }

  private addComparison(
    {
      room,
      rules,
      busName,
    }: { readonly room: Construct; readonly rules: AlarmRules; readonly busName: string },
    records: readonly TokenRecord[],
  ): RecordComparison {
    const comparison = new RecordComparison(room, 'Comparison', {
      records,
      topic: this.topic,
      key: this.key,
      parts: () => guardrailParts(this, busName),
      busName,
      iamRegion: iamRegionOf(this),
    });
    const { target } = comparison;
    const compared = rules.addRule(room, 'Compared', { pattern: COMPARED, target });
    const schedule = new CfnRule(room, 'Schedule', {
      // On the default bus, where a change of it is recognized by this name.
      name: `${rulePrefix(busName)}Schedule`,
      description: 'Looks for MFA devices without evidence',
      scheduleExpression: 'cron(0/15 * * * ? *)',
      targets: [target],
    });
    comparison.listenTo('Events', compared);
    comparison.listenTo('Schedule', schedule);
    return comparison;
  }
}
