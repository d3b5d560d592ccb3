/** Alarms about MFA: what happens to devices, to break-glass users and to sign-ins, by e-mail within minutes. */
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events';
import { type IUser, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import type { TokenRecord } from '../fleet/token-record';
import { AlarmBus, type IMfaAlarms } from './alarm-bus';
import {
  BREAK_GLASS_CALL_MESSAGE,
  BREAK_GLASS_ROLE_MESSAGE,
  BREAK_GLASS_SIGN_IN_MESSAGE,
  BREAK_GLASS_SWITCH_MESSAGE,
  DEVICE_CHANGE_REFUSED_MESSAGE,
  DEVICE_MESSAGES,
  formatInput,
  SIGN_IN_WITHOUT_MFA_MESSAGE,
} from './alarm-messages';
import { inPatterns, roleArnOf, sessionArnPrefix, stsPattern, userPatterns } from './break-glass-identities';
import { eventBridgePrincipal } from './event-bridge-principal';
import { forwardingRegions } from './forwarding-regions';
import { addForwardingStack, warnOfMissingRegion } from './forwarding-stacks';
import { MfaEventForwarding, type MfaEventForwardingStack } from './mfa-event-forwarding';
import { grantPublish, RecordComparison } from './record-comparison-function';
import { busNameOf, requireAddresses, requireRecords } from './refusals';
import { warnOfSize } from './template-size';
import * as watched from './watched-events';

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
   * The recipients. SNS asks each address to confirm, and sends nothing until then.
   *
   * @default - nobody; subscribe to `topic`
   */
  readonly emailAddresses?: string[];

  /**
   * The Regions to watch. For each one except its own, MfaAlarms creates a stack that forwards events.
   *
   * IAM's events arrive in us-east-1 (aws-cn: cn-north-1, aws-us-gov: us-gov-west-1), sign-ins in several Regions, and a
   * call of STS in the Region of the endpoint, which a thief of a key chooses. Give the stack a concrete `env.region`.
   *
   * @default - every Region that the partition's accounts have without enabling it
   */
  readonly regions?: string[];

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
 * - a device was enabled that the record does not declare, or that could not be compared with it.
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
 *   breakGlassRoles: [emergency],
 *   emailAddresses: ['security@example.com'],
 * });
 */
export class MfaAlarms extends Construct implements IMfaAlarms {
  /** The topic of the messages: subscribe to it. */
  public readonly topic: ITopic;
  /** The topic's key. A subscriber that reads encrypted messages needs no permission on it; a publisher does. */
  public readonly key: IKey;
  /** The bus that the events of all Regions arrive on. */
  public readonly bus: EventBus;
  /** The stacks that forward events from other Regions, in the order of the Regions. */
  public readonly forwardingStacks: MfaEventForwardingStack[];
  private readonly delivery: Role;

  public constructor(scope: Construct, id: string, props: MfaAlarmsProps) {
    super(scope, id);
    requireRecords(this, props.records);
    requireAddresses(props.emailAddresses ?? []);
    const busName = busNameOf(props.busName);
    const regions = forwardingRegions(this, props.regions);
    const roles = props.breakGlassRoles ?? [];
    const fleets = props.records.map(({ fleet }) => fleet);
    const users: UserPatterns = (toPattern) =>
      userPatterns(this, fleets, props.breakGlassUsers ?? [], toPattern);

    this.key = new Key(this, 'Key', {
      description: 'Encrypts the topic of the MFA alarms',
      enableKeyRotation: true,
      // Nothing is kept that was encrypted with it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = this.addTopic(props.emailAddresses ?? []);
    const forwarded = watched.forwardedEvents(users(watched.forwardedCalls), stsPattern(this, roles));
    this.bus = new AlarmBus(this, 'Bus', busName, forwarded);
    this.delivery = this.addDelivery(busName);

    this.addAlarm('SignInWithoutMfa', watched.SIGN_IN_WITHOUT_MFA, SIGN_IN_WITHOUT_MFA_MESSAGE);
    this.addUserAlarms(users);
    this.addRoleAlarms(roles);
    this.addDeviceAlarms();
    this.addComparison(props.records);

    new MfaEventForwarding(this, 'Forwarding', { alarms: this });
    this.forwardingStacks = regions.others.map((region) => addForwardingStack(this, busName, region));
    if (regions.missingIamRegion !== undefined) {
      warnOfMissingRegion(this, regions.missingIamRegion);
    }
    warnOfSize(this);
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
    const delivery = new Role(this, 'Delivery', {
      description: 'Publishes the MFA alarms',
      assumedBy: eventBridgePrincipal(this, busName),
    });
    grantPublish(delivery, this.topic, this.key);
    return delivery;
  }

  private addUserAlarms(users: UserPatterns): void {
    for (const [index, pattern] of users(watched.userSignIn).entries()) {
      this.addAlarm(watched.numbered('BreakGlassSignIn', index), pattern, BREAK_GLASS_SIGN_IN_MESSAGE);
    }
    for (const [index, pattern] of users(watched.userCall).entries()) {
      const id = watched.numbered('BreakGlassCall', index);
      this.addAlarm(id, pattern, BREAK_GLASS_CALL_MESSAGE, watched.WITH_READS);
    }
  }

  private addRoleAlarms(roles: readonly BreakGlassRole[]): void {
    const arns = roles.map((role) => roleArnOf(this, role));
    const assumed = inPatterns(this, arns, watched.roleAssumed);
    for (const [index, pattern] of assumed.entries()) {
      const id = watched.numbered('BreakGlassRole', index);
      this.addAlarm(id, pattern, BREAK_GLASS_ROLE_MESSAGE, watched.WITH_READS);
    }
    const sessions = roles.map((role) => sessionArnPrefix(this, role));
    const switched = inPatterns(this, sessions, watched.roleSwitched);
    for (const [index, pattern] of switched.entries()) {
      this.addAlarm(watched.numbered('BreakGlassSwitch', index), pattern, BREAK_GLASS_SWITCH_MESSAGE);
    }
  }

  private addDeviceAlarms(): void {
    for (const event of watched.DEVICE_EVENTS) {
      this.addAlarm(event, watched.deviceChanged(event), DEVICE_MESSAGES[event]);
    }
    this.addAlarm('DeviceChangeRefused', watched.DEVICE_CHANGE_REFUSED, DEVICE_CHANGE_REFUSED_MESSAGE);
  }

  private addAlarm(
    id: string,
    pattern: watched.EventPattern,
    lines: readonly string[],
    state?: string,
  ): void {
    const target = {
      id: 'Topic',
      arn: this.topic.topicArn,
      // Not by the policies of the topic and its key: SNS does not support aws:SourceAccount and aws:SourceArn in the
      // latter, so EventBridge could not be held to this account there.
      roleArn: this.delivery.roleArn,
      inputTransformer: formatInput(lines),
    };
    this.addRule(id, pattern, target, state);
  }

  private addComparison(records: readonly TokenRecord[]): void {
    const comparison = new RecordComparison(this, 'Comparison', {
      records,
      topic: this.topic,
      key: this.key,
    });
    const rule = this.addRule('Compared', watched.COMPARED, {
      id: 'Function',
      arn: comparison.function.functionArn,
    });
    comparison.function.addPermission('Events', {
      principal: new ServicePrincipal('events.amazonaws.com'),
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
    });
  }

  private addRule(
    id: string,
    eventPattern: watched.EventPattern,
    target: CfnRule.TargetProperty,
    state?: string,
  ): CfnRule {
    return new CfnRule(this, id, {
      eventBusName: this.bus.eventBusName,
      eventPattern,
      ...(state === undefined ? {} : { state }),
      targets: [target],
    });
  }
}

/** The patterns about the break-glass users, each of which fits into a rule. */
type UserPatterns = (
  toPattern: (users: watched.EventPattern) => watched.EventPattern,
) => readonly watched.EventPattern[];
