/** Alarms as they are deployed, and what an event does there: which rules forward it, and which alarms it sets off. */
import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ArnPrincipal, CfnManagedPolicy, CfnRole, CfnUser, User } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { MfaAlarms, type MfaAlarmsProps } from '../../../lib/alarms/mfa-alarms';
import { MfaEventForwarding } from '../../../lib/alarms/mfa-event-forwarding';
import { BreakGlassRole } from '../../../lib/break-glass/break-glass-role';
import {
  BreakGlassUser,
  MfaEnforcedGroup,
  MfaEnforcementPolicy,
  MfaSelfService,
  RunbookOperator,
  TokenRecord,
} from '../../../lib/index';
import { isFullExtent } from '../../support/extent';
import { rendered } from '../../support/policy-simulation';
import { newApp, smallFleet, withoutBootstrap } from '../fixtures';
import type { AttackTargets } from './attack-cases';
import { ACCOUNT, type DeliveredEvent } from './cloudtrail-events';
import { matches } from './event-pattern';
import { type InputTransformer, renderInput } from './rendered-input';

export const HOME = 'eu-central-1';

/** A stack in the home Region, in an app that needs no bootstrapped account. */
export function homeStack(region?: string): Stack {
  return new Stack(newApp(), 'Home', {
    synthesizer: withoutBootstrap(),
    ...(region === undefined ? {} : { env: { region } }),
  });
}

/** A rule as it is deployed. */
interface DeployedRule {
  readonly id: string;
  readonly pattern: unknown;
  readonly state: string;
  readonly target: { readonly Id: string; readonly InputTransformer?: InputTransformer };
}

/** Maps the references of a stack, and of those it depends on, to their deployed values. */
function referencesFrom(stack: Stack): Readonly<Record<string, string>> {
  const stacks = stack.node.root.node.findAll().filter((child): child is Stack => Stack.isStack(child));
  return Object.assign({}, ...stacks.filter((other) => other !== stack).map(references), references(stack));
}

const referencesOf = new Map<Stack, Readonly<Record<string, string>>>();

/** Maps the references of a stack to their deployed values; resolved once. */
function references(stack: Stack): Readonly<Record<string, string>> {
  const values = referencesOf.get(stack) ?? resolveReferences(stack);
  referencesOf.set(stack, values);
  return values;
}

function resolveReferences(stack: Stack): Readonly<Record<string, string>> {
  return Object.fromEntries(
    stack.node
      .findAll()
      .filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct))
      .flatMap((resource): [string, string][] => {
        const id = stack.resolve(resource.logicalId);
        const name = nameOf(resource) ?? `Home-${id}`;
        const isPolicy = resource instanceof CfnManagedPolicy;
        return [
          [id, isPolicy ? `arn:aws:iam::${ACCOUNT}:policy/${name}` : name],
          [`${id}.QueueName`, name],
          [`${id}.Arn`, `arn:aws:iam::${ACCOUNT}:role/${name}`],
        ];
      }),
  );
}

function nameOf(resource: CfnResource): string | undefined {
  const name =
    resource instanceof CfnUser
      ? resource.userName
      : resource instanceof CfnRole
        ? resource.roleName
        : undefined;
  return Token.isUnresolved(name) ? undefined : name;
}

/** Returns what a reference to the resource of a stack is whose logical ID begins so. */
export function referenceIn(stack: Stack, start: string): string {
  const [, value = ''] = Object.entries(references(stack)).find(([id]) => id.startsWith(start)) ?? [];
  return value;
}

const known = new Map<IConstruct, readonly DeployedRule[]>();

/** The rules of a construct; resolved once. */
function rulesBelow(scope: IConstruct): readonly DeployedRule[] {
  const rules = known.get(scope) ?? resolveRules(scope);
  known.set(scope, rules);
  return rules;
}

function resolveRules(scope: IConstruct): readonly DeployedRule[] {
  const stack = Stack.of(scope);
  const refs = referencesFrom(stack);
  return (
    scope.node
      .findAll()
      .filter((construct): construct is CfnRule => construct instanceof CfnRule)
      // A schedule hears nothing.
      .filter(({ scheduleExpression }) => scheduleExpression === undefined)
      .map((rule) => {
        const {
          EventPattern,
          State = 'ENABLED',
          Targets,
        } = Object.values(
          stack.resolve(rule._toCloudFormation()).Resources as Record<string, { Properties: CfnRuleJson }>,
        )[0]?.Properties ?? { EventPattern: undefined, State: '', Targets: [] };
        const [target] = Targets;
        if (target === undefined || Targets.length > 1) {
          throw new Error(`${rule.node.path} has not one target`);
        }
        return { id: rule.node.id, pattern: rendered(EventPattern, refs), state: State, target };
      })
  );
}

interface CfnRuleJson {
  readonly EventPattern: unknown;
  /** Absent where it is EventBridge's default. */
  readonly State?: string;
  readonly Targets: readonly DeployedRule['target'][];
}

/**
 * Tells whether EventBridge hands an event to a rule: read-only calls that begin with Get, List or Describe go only to
 * rules in a special state.
 */
function isHandedTo(rule: DeployedRule, event: DeliveredEvent): boolean {
  const { readOnly, eventName } = event.detail;
  const isRead = readOnly === true && /^(Get|List|Describe)/.test(String(eventName));
  const isDelivered = isRead
    ? rule.state === WITH_READS
    : rule.state === 'ENABLED' || rule.state === WITH_READS;
  return isDelivered && matches(rule.pattern, event);
}

function heardBy(rules: readonly CfnRule[], event: DeliveredEvent): readonly Heard[] {
  return rules
    .flatMap(rulesBelow)
    .filter((rule) => isHandedTo(rule, event))
    .map(({ id, target }) => ({
      id,
      lines: target.InputTransformer === undefined ? [] : renderInput(target.InputTransformer, event),
    }));
}

const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** An alarm that went off. */
export interface Heard {
  readonly id: string;
  /** The lines of the message; none where the function takes over. */
  readonly lines: readonly string[];
}

/** Every Region that accounts have or, where a sample is run, some of them. */
export function regionsOr(sample: readonly string[]): string[] {
  return isFullExtent ? MfaAlarms.defaultRegions(HOME) : [...sample];
}

/** The scopes of the alarms' rules in their own Region. */
function roomsOf(alarms: MfaAlarms): readonly IConstruct[] {
  const others = [alarms.functionStack, alarms.homeStack].filter((stack) => stack !== Stack.of(alarms));
  return [alarms, ...others];
}

/** The rules of the alarms on the bus, with those about the alarms themselves. */
export function rulesOf(alarms: MfaAlarms): readonly CfnRule[] {
  return rulesIn(alarms).filter(({ eventBusName }) => eventBusName !== undefined);
}

/** The rules in the Region of the alarms that do not forward. */
function rulesIn(alarms: MfaAlarms): readonly CfnRule[] {
  return roomsOf(alarms)
    .flatMap(({ node }) => node.children)
    .filter((child): child is CfnRule => child instanceof CfnRule);
}

/** Alarms in one account. */
export class AlarmScene {
  public constructor(private readonly alarms: MfaAlarms) {}

  /** The rules of the event's Region that forward it. */
  public forwardedBy(event: DeliveredEvent): readonly string[] {
    return this.forwarding()
      .filter((child) => Stack.of(child).region === event.region)
      .flatMap(rulesBelow)
      .filter((rule) => isHandedTo(rule, event))
      .map(({ id }) => id);
  }

  /** Everything that forwards, from any Region. */
  private forwarding(): readonly IConstruct[] {
    return this.alarms.node.root.node.findAll().filter((child) => child instanceof MfaEventForwarding);
  }

  /** The alarms that the event sets off, once for each time it was forwarded. */
  public hear(event: DeliveredEvent): readonly Heard[] {
    return [...this.forwardedBy(event).flatMap(() => this.onBus(event)), ...this.direct(event)];
  }

  /** Those that an event sets off without the bus, on the default bus of their own Region. */
  private direct(event: DeliveredEvent): readonly Heard[] {
    const rules = rulesIn(this.alarms).filter(({ eventBusName }) => eventBusName === undefined);
    return event.region === Stack.of(this.alarms).region ? heardBy(rules, event) : [];
  }

  /** The alarms that an event sets off which is on the bus. */
  public onBus(event: DeliveredEvent): readonly Heard[] {
    return heardBy(rulesOf(this.alarms), event);
  }

  /** The ids of those alarms. */
  public heard(event: DeliveredEvent): readonly string[] {
    return this.hear(event).map(({ id }) => id);
  }

  /** The names of the guardrails and of the alarms, as the deployed rules have them in place of references. */
  public targets(): AttackTargets {
    const [fn] = this.functions();
    return {
      policy: this.generated('Enforcement'),
      group: this.generated('Group'),
      operatorRole: this.generated('OperatorRole'),
      breakGlassRole: 'break-glass',
      deliveryRole: this.generated('AlarmsDelivery'),
      topicArn: `arn:aws:sns:${HOME}:${ACCOUNT}:${this.generated('AlarmsTopic')}`,
      troubleArn: `arn:aws:sns:${HOME}:${ACCOUNT}:${this.generated('AlarmsWatchTrouble')}`,
      keyId: this.reference('AlarmsKey'),
      queueUrl: `https://sqs.${HOME}.amazonaws.com/${ACCOUNT}/${this.reference('AlarmsWatchUndelivered')}`,
      functionName: fn === undefined ? '' : `Home-${Stack.of(fn).getLogicalId(fn)}`,
      stack: Stack.of(this.alarms).stackName,
      namedUser: 'Zoe',
    };
  }

  /** Returns a name as CloudFormation generates it for the resource of the home stack whose logical ID begins so. */
  private generated(start: string): string {
    return `${this.reference(start)}-ABCDEFGHIJKL`;
  }

  private reference(start: string): string {
    const stack = Stack.of(this.alarms);
    const ids = stack.node
      .findAll()
      .filter((child): child is CfnResource => CfnResource.isCfnResource(child))
      .map((resource) => stack.getLogicalId(resource));
    return `${stack.stackName}-${ids.find((id) => id.startsWith(start))}`;
  }

  private functions(): readonly CfnFunction[] {
    return roomsOf(this.alarms)
      .flatMap(({ node }) => node.findAll())
      .filter((child): child is CfnFunction => child instanceof CfnFunction);
  }

  /** The text of the deployed function. */
  public functionCode(): string {
    const [code] = this.functions().map((child) => Stack.of(child).resolve(child.code).zipFile);
    return String(code);
  }

  /** Every rule of the account, with the pattern as deployed. */
  public patterns(): readonly unknown[] {
    return [...new Set([...roomsOf(this.alarms), ...this.forwarding()])]
      .flatMap(rulesBelow)
      .map(({ pattern }) => pattern);
  }
}

const OLGA_ARN = `arn:aws:iam::${ACCOUNT}:user/olga`;

/** The differences from the usual scene. */
export interface SceneOptions extends Partial<MfaAlarmsProps> {
  readonly region?: string;
  /** The name of the break-glass role; empty to let CloudFormation make one. */
  readonly roleName?: string;
  /** The name of the break-glass user who is not at the fleet's path. */
  readonly otherUser?: string;
}

/**
 * Alarms with the record of `break-glass`, whose users are at its path, and its operator; `zoe` and `yan` are break-glass users elsewhere,
 * and `break-glass` is their role.
 */
export function makeAlarms(options: SceneOptions = {}): MfaAlarms {
  const { region = HOME, roleName = 'break-glass', otherUser = 'zoe', ...props } = options;
  const stack = homeStack(region);
  const group = new MfaEnforcedGroup(stack, 'Group', {
    enforcement: new MfaEnforcementPolicy(stack, 'Enforcement', { selfService: MfaSelfService.NONE }),
  });
  const alice = new BreakGlassUser(stack, 'Alice', {
    userName: 'alice.breakglass',
    path: '/mfa-guardrails/break-glass/',
    group,
  });
  const other = new BreakGlassUser(stack, 'Other', { userName: otherUser, group });
  const role = new BreakGlassRole(stack, 'Emergency', {
    users: [other],
    ...(roleName === '' ? {} : { roleName }),
  });
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', { record, operators: [new ArnPrincipal(OLGA_ARN)] });
  return new MfaAlarms(stack, 'Alarms', {
    records: [record],
    breakGlassUsers: [alice, other, User.fromUserName(stack, 'Yan', 'yan')],
    breakGlassRoles: [role],
    regions: MfaAlarms.defaultRegions(region),
    ...props,
  });
}
