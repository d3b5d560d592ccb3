/** The events that each Region forwards to the bus of the alarms. */
import {
  ACCESS_DENIED,
  API_CALL,
  ASSUME_ROLE,
  apiCall,
  type EventPattern,
  numbered,
  ROOT_SIGN_IN_CHANGED,
  type RoleMatch,
  SUCCEEDED,
  signIn,
  WITH_READS,
  WITHOUT_READS,
} from './watched-events';

const OF_USERS = { userIdentity: { type: ['IAMUser'] } };

/** A session of root in a member account. */
const ASSUME_ROOT = { eventName: ['AssumeRoot'] };

/** The services whose every change is forwarded: few calls, and each may be about the alarms or the guardrails. */
const SOURCES = [
  'account',
  'cloudcontrolapi',
  'cloudformation',
  'cloudtrail',
  'events',
  'lambda',
  'monitoring',
  'organizations',
  'sns',
  'sqs',
].map(eventSource);

/** Two services that are called all day: only these changes are forwarded. */
const NAMED_SOURCES = ['kms', 'ssm'].map(eventSource);
const NAMED_CHANGES = [
  'DisableKey',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'DeleteParameter',
  'DeleteParameters',
  'PutParameter',
];

const FORWARDED_FOR_EVERYBODY = [...['iam', 'sts'].map(eventSource), ...SOURCES, ...NAMED_SOURCES];

function eventSource(service: string): string {
  return `${service}.amazonaws.com`;
}

/** The changes of what the alarms and the record consist of, by anybody. The home bus knows which are ours. */
const CHANGES: EventPattern = {
  source: [{ prefix: 'aws.' }],
  'detail-type': [API_CALL],
  detail: {
    $or: [{ eventSource: SOURCES }, { eventSource: NAMED_SOURCES, eventName: NAMED_CHANGES }],
  },
};

/** The construct id of the rule that forwards them, changes of the other rules included. */
export const CHANGES_ID = 'Changes';

/**
 * Matches a change that may keep itself from being forwarded: of the rule above, or of the role that forwards. If it does not,
 * it is forwarded twice.
 */
export function forwardingChanged(rule: string, roleName: string, policyArn: string): EventPattern {
  return {
    source: ['aws.events', 'aws.iam'],
    'detail-type': [API_CALL],
    detail: {
      ...SUCCEEDED,
      $or: [
        { requestParameters: { name: [rule] } },
        { requestParameters: { rule: [rule] } },
        { requestParameters: { roleName: [{ 'equals-ignore-case': roleName }] } },
        { requestParameters: { policyArn: [{ 'equals-ignore-case': policyArn }] } },
      ],
    },
  };
}

/** Events that a Region forwards to the home bus. */
export interface ForwardedEvents {
  /** The construct id of the rule. */
  readonly id: string;
  readonly pattern: EventPattern;
  readonly state: string;
}

/**
 * Lists the events that each Region forwards. No event matches two of the patterns: it would arrive twice and cause two
 * alarms.
 *
 * @param calls the calls of the break-glass users, in patterns that each fit into a rule
 * @param sts what is forwarded of STS
 */
export function forwardedEvents(
  calls: readonly EventPattern[],
  sts: EventPattern,
): readonly ForwardedEvents[] {
  return [
    {
      id: 'SignIns',
      pattern: signIn({
        $or: [
          { eventName: ['ConsoleLogin'], userIdentity: { type: ['IAMUser', 'Root'] } },
          { eventName: ['SwitchRole'] },
        ],
      }),
      state: WITHOUT_READS,
    },
    // Every change in IAM: who is a holder, and what is a guardrail, is known at home only.
    { id: 'Devices', pattern: { source: ['aws.iam'], 'detail-type': [API_CALL] }, state: WITHOUT_READS },
    { id: 'Sts', pattern: sts, state: WITH_READS },
    { id: 'Root', pattern: ROOT_SIGN_IN_CHANGED, state: WITHOUT_READS },
    { id: CHANGES_ID, pattern: CHANGES, state: WITHOUT_READS },
    ...calls.map((pattern, index) => ({
      id: numbered('Calls', index),
      pattern,
      // People read a lot in an emergency: a message for each page of the console would bury the others.
      state: WITHOUT_READS,
    })),
  ];
}

/**
 * The events of STS to forward if there are no roles to watch: every call of an IAM user, not only of those watched.
 * They include GetCallerIdentity, often the first call with a stolen key. A few more events on the bus cost less than a
 * second list of names.
 */
export const STS_OF_USERS = apiCall('aws.sts', { $or: [OF_USERS, ASSUME_ROOT] });

/**
 * Matches the calls of IAM users, AssumeRoot, every assumption of one of the roles, and every denied assumption, which the
 * home bus examines.
 */
export function stsOfRoles(roles: readonly RoleMatch[]): EventPattern {
  return apiCall('aws.sts', {
    $or: [
      OF_USERS,
      ASSUME_ROOT,
      { ...ASSUME_ROLE, requestParameters: { roleArn: [...roles] } },
      { ...ASSUME_ROLE, errorCode: [{ prefix: ACCESS_DENIED }] },
    ],
  });
}

/**
 * Matches the same if the names of the roles are not known, or too many: the home bus knows the roles. Services are left out:
 * they assume roles all day, but never one that requires MFA.
 */
export const STS_OF_ANY_ROLE = apiCall('aws.sts', {
  $or: [
    OF_USERS,
    ASSUME_ROOT,
    { ...ASSUME_ROLE, userIdentity: { type: [{ 'anything-but': ['AWSService'] }] } },
  ],
});

/** Matches the calls of some of the users, except those that are forwarded for everybody. */
export function forwardedCalls(users: EventPattern): EventPattern {
  return {
    source: [{ prefix: 'aws.' }],
    'detail-type': [API_CALL],
    detail: {
      $or: [
        { eventSource: [{ 'anything-but': FORWARDED_FOR_EVERYBODY }] },
        { eventSource: NAMED_SOURCES, eventName: [{ 'anything-but': NAMED_CHANGES }] },
      ],
      userIdentity: users,
    },
  };
}
