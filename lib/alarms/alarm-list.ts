/** The alarms, in order: their ids, which are part of the API, their patterns and their messages. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnTopic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';
import { rulePrefix } from './alarm-bus';
import {
  BREAK_GLASS_CALL_MESSAGE,
  BREAK_GLASS_ROLE_MESSAGE,
  BREAK_GLASS_SIGN_IN_MESSAGE,
  BREAK_GLASS_SWITCH_MESSAGE,
  DEVICE_CHANGE_REFUSED_MESSAGE,
  DEVICE_MESSAGES,
  SIGN_IN_WITHOUT_MFA_MESSAGE,
} from './alarm-messages';
import type { Alarm, AlarmRules } from './alarm-rules';
import * as attack from './attack-events';
import * as says from './attack-messages';
import { fits, inPatterns, roleArnOf, sessionArnPrefix } from './break-glass-identities';
import { busClosed, chainChanged, chainWatchChanged } from './chain-events';
import { alarmPrefix } from './delivery-watch';
import { outermost } from './forwarding-stacks';
import { LEAST_KEPT } from './guardrail-part';
import type { RecordComparison } from './record-comparison-function';
import { stackChanged } from './stack-events';
import * as watched from './watched-events';
import type { WatchedPeople } from './watched-people';

/** Adds the alarms whose messages go to the topic of the messages. */
export function addAlarms(scope: Construct, rules: AlarmRules, people: WatchedPeople): void {
  const alarms = [
    { id: 'SignInWithoutMfa', pattern: watched.SIGN_IN_WITHOUT_MFA, lines: SIGN_IN_WITHOUT_MFA_MESSAGE },
    ...userAlarms(people),
    ...roleAlarms(scope, people),
    ...watched.DEVICE_EVENTS.map((event) => ({
      id: event,
      pattern: watched.deviceChanged(event),
      lines: DEVICE_MESSAGES[event],
    })),
    {
      id: 'DeviceChangeRefused',
      pattern: watched.DEVICE_CHANGE_REFUSED,
      lines: DEVICE_CHANGE_REFUSED_MESSAGE,
    },
    ...attackAlarms(scope, people),
  ];
  for (const alarm of alarms) {
    rules.add(scope, alarm);
  }
}

/** Numbers alarms that differ in their patterns only. */
function each(
  id: string,
  patterns: readonly watched.EventPattern[],
  rest: Pick<Alarm, 'lines' | 'state'>,
): readonly Alarm[] {
  return patterns.map((pattern, index) => ({ ...rest, id: watched.numbered(id, index), pattern }));
}

const READS = { state: watched.WITH_READS };

function userAlarms({ users }: WatchedPeople): readonly Alarm[] {
  return [
    ...each('BreakGlassSignIn', users(watched.userSignIn), { lines: BREAK_GLASS_SIGN_IN_MESSAGE }),
    ...each('BreakGlassCall', users(watched.userCall), { lines: BREAK_GLASS_CALL_MESSAGE, ...READS }),
  ];
}

function roleAlarms(scope: IConstruct, { roles }: WatchedPeople): readonly Alarm[] {
  const arns = roles.map((role) => roleArnOf(scope, role));
  const sessions = roles.map((role) => sessionArnPrefix(scope, role));
  return [
    ...each('BreakGlassRole', inPatterns(scope, arns, watched.roleAssumed), {
      lines: BREAK_GLASS_ROLE_MESSAGE,
      ...READS,
    }),
    ...each('BreakGlassSwitch', inPatterns(scope, sessions, watched.roleSwitched), {
      lines: BREAK_GLASS_SWITCH_MESSAGE,
    }),
  ];
}

function attackAlarms(scope: IConstruct, { fleets, names, operators }: WatchedPeople): readonly Alarm[] {
  const assumed = attack.rootAssumed(operators);
  return [
    ...each('BreakGlassUserChanged', inPatterns(scope, names, attack.userChanged), {
      lines: says.USER_CHANGED_MESSAGE,
    }),
    ...each('OperatorUsed', inPatterns(scope, operators, attack.operatorUsed), {
      lines: says.OPERATOR_MESSAGE,
      ...READS,
    }),
    {
      id: 'RootAssumed',
      // Too many operators to leave them out: two alarms too many are better than none.
      pattern: fits(scope, assumed) ? assumed : attack.rootAssumed([]),
      lines: says.ROOT_ASSUMED_MESSAGE,
      ...READS,
    },
    {
      id: 'RootCredentialChanged',
      pattern: attack.ROOT_CREDENTIAL_CHANGED,
      lines: says.ROOT_CREDENTIAL_MESSAGE,
    },
    ...each('RecordWritten', inPatterns(scope, fleets, attack.recordWritten), { lines: says.RECORD_MESSAGE }),
    ...each(
      'EvidenceWritten',
      inPatterns(scope, fleets, (some) => attack.evidenceWritten(some, operators)),
      { lines: says.EVIDENCE_MESSAGE },
    ),
    { id: 'TrailChanged', pattern: attack.TRAIL_CHANGED, lines: says.TRAIL_MESSAGE },
    { id: 'RegionChanged', pattern: attack.REGION_CHANGED, lines: says.REGION_MESSAGE },
    { id: 'OrganizationChanged', pattern: attack.ORGANIZATION_CHANGED, lines: says.ORGANIZATION_MESSAGE },
    { id: 'TestMessage', pattern: attack.TEST_MESSAGE, lines: says.TEST_LINES },
  ];
}

/** Adds the alarms about the stacks of the records and of the alarms. */
export function addStackAlarms(
  scope: Construct,
  rules: AlarmRules,
  stacks: { readonly alarms: IConstruct; readonly records: readonly IConstruct[]; readonly busName: string },
): void {
  const known = [stacks.alarms, ...stacks.records]
    .map((construct) => outermost(Stack.of(construct)).stackName)
    .filter((name) => !Token.isUnresolved(name));
  const regional = `${outermost(Stack.of(stacks.alarms)).stackName}-${stacks.busName}-`;
  const names = [...new Set(known)].map((name) => ({ name, isPrefix: false }));
  const patterns = inPatterns(scope, [...names, { name: regional, isPrefix: true }], stackChanged);
  for (const alarm of each('StackChanged', patterns, { lines: says.STACK_MESSAGE })) {
    rules.add(scope, alarm);
  }
}

/**
 * Returns the beginning of a topic's name, as CloudFormation generates it: no topic's name is so long that it is cut, and the
 * text is shorter than a reference to another stack.
 */
function topicName(topic: ITopic): string {
  const resource = topic.node.defaultChild;
  const { stackName, nestedStackParent } = Stack.of(topic);
  const isKnown = !Token.isUnresolved(stackName) && nestedStackParent === undefined;
  return resource instanceof CfnTopic && isKnown
    ? `${stackName}-${Stack.of(topic).getLogicalId(resource)}-`
    : topic.topicName;
}

/** The parts of the alarms, as their changes name them. */
interface Chain {
  readonly alarms: IConstruct;
  /** The place with the most room where the account is not bootstrapped. */
  readonly home: Construct;
  readonly busName: string;
  readonly topic: ITopic;
  readonly troubleTopic: ITopic;
  readonly keyId: string;
  readonly queueName: string;
  readonly comparison: RecordComparison;
}

/** Adds the alarms about the alarms. A change of one topic is reported on the other. */
export function addChainAlarms(scope: Construct, rules: AlarmRules, chain: Chain): void {
  const { alarms, home, busName, topic, troubleTopic, keyId, queueName, comparison } = chain;
  const bus = { name: busName, rulePrefix: rulePrefix(busName) };
  const name = `${bus.rulePrefix}AlarmsChanged`;
  // CloudFormation may cut the name of the stack in the name of a rule.
  const generatedPrefix = `${outermost(Stack.of(alarms)).stackName}-`.slice(0, LEAST_KEPT);
  rules.add(scope, {
    id: 'AlarmsChanged',
    name,
    pattern: chainChanged({
      bus,
      generatedPrefix,
      topic: topicName(topic),
      keyId,
      queueName,
      functionName: comparison.function.functionName,
      functionRole: comparison.role,
    }),
    lines: says.CHAIN_MESSAGE,
    topic: troubleTopic,
  });
  rules.add(home, {
    id: 'TroubleChanged',
    pattern: chainWatchChanged(topicName(troubleTopic), alarmPrefix(busName)),
    lines: says.TROUBLE_MESSAGE,
  });
  comparison.listenTo(
    'BusClosed',
    new CfnRule(scope, 'BusClosed', {
      // On the default bus, where a change of it is recognized by this name.
      name: `${bus.rulePrefix}BusClosed`,
      eventPattern: busClosed(bus, name),
      targets: [comparison.target],
    }),
  );
}
