/**
 * The events that cause alarms, as patterns of EventBridge.
 *
 * The shapes are CloudTrail's: a console sign-in is "AWS Console Sign In via CloudTrail" of aws.signin, everything else
 * "AWS API Call via CloudTrail". A failed sign-in carries the user's name but no ARN. Only AWS can send events whose
 * source begins with "aws.", so a pattern that names the source cannot be met by a forged event.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */

/** A pattern of EventBridge, as JSON. */
export type EventPattern = Readonly<Record<string, unknown>>;

const SIGN_IN = 'AWS Console Sign In via CloudTrail';
const API_CALL = 'AWS API Call via CloudTrail';

/** The prefix of the error codes of calls that were denied. */
const ACCESS_DENIED = 'AccessDenied';

/** Every way of assuming a role. */
const ASSUME_ROLE = { eventName: [{ prefix: 'AssumeRole' }] };

const OF_USERS = { userIdentity: { type: ['IAMUser'] } };

/** The changes of a device, by the names of IAM's actions. */
export const DEVICE_EVENTS = [
  'CreateVirtualMFADevice',
  'EnableMFADevice',
  'DeactivateMFADevice',
  'DeleteVirtualMFADevice',
  'ResyncMFADevice',
] as const;

/** The name of an action that changes a device. */
export type DeviceEvent = (typeof DEVICE_EVENTS)[number];

function signIn(detail: EventPattern): EventPattern {
  return { source: ['aws.signin'], 'detail-type': [SIGN_IN], detail };
}

function apiCall(source: string, detail: EventPattern): EventPattern {
  return { source: [source], 'detail-type': [API_CALL], detail };
}

/**
 * A user or the root user signed in to the console without MFA. Sign-ins of federated users and roles say that MFA was
 * not used as well, whatever their identity provider asked for, so they are left out.
 */
export const SIGN_IN_WITHOUT_MFA = signIn({
  eventName: ['ConsoleLogin'],
  userIdentity: { type: ['IAMUser', 'Root'] },
  responseElements: { ConsoleLogin: ['Success'] },
  // CloudTrail writes both "Yes" and "YES".
  additionalEventData: { MFAUsed: [{ 'equals-ignore-case': 'no' }] },
});

/** Matches a console sign-in of some of the users, whether it succeeded or failed. */
export function userSignIn(users: EventPattern): EventPattern {
  return signIn({ eventName: ['ConsoleLogin'], userIdentity: users });
}

/**
 * Matches any API call of some of the users. The home bus has only forwarded calls. A change of a device that
 * succeeded or was denied has an alarm of its own, whoever requested it; one that failed for another reason is matched here.
 */
export function userCall(users: EventPattern): EventPattern {
  return {
    source: [{ prefix: 'aws.' }],
    'detail-type': [API_CALL],
    detail: {
      userIdentity: users,
      $or: [
        { eventName: [{ 'anything-but': [...DEVICE_EVENTS] }] },
        // `anything-but` does not match an absent field, so this never matches a call that succeeded.
        { errorCode: [{ 'anything-but': { prefix: ACCESS_DENIED } }] },
      ],
    },
  };
}

/**
 * Matches attempts to assume a role, whether they succeeded or not: by anybody and in any way, because somebody may
 * have changed its trust policy.
 */
export function roleAssumed(roleArns: readonly string[]): EventPattern {
  return apiCall('aws.sts', { $or: assumptionsOf(roleArns) });
}

/**
 * Matches the two ways in which an AssumeRole names its role. CloudTrail leaves out the parameters of a call that was denied;
 * then the ARN is only in the message, at its end or before the reason.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function assumptionsOf(roleArns: readonly string[]): readonly [EventPattern, EventPattern] {
  return [
    { ...ASSUME_ROLE, requestParameters: { roleArn: [...roleArns] } },
    {
      ...ASSUME_ROLE,
      errorCode: [{ prefix: ACCESS_DENIED }],
      errorMessage: roleArns.flatMap((arn) => [{ suffix: arn }, { wildcard: `*${arn} *` }]),
    },
  ];
}

/** Matches somebody who switched to a role in the console: the event is of the role's own session. */
export function roleSwitched(sessionArnPrefixes: readonly string[]): EventPattern {
  return signIn({
    eventName: ['SwitchRole'],
    userIdentity: { arn: sessionArnPrefixes.map((prefix) => ({ prefix })) },
  });
}

/** Matches a change of a device that succeeded. */
export function deviceChanged(event: DeviceEvent): EventPattern {
  return apiCall('aws.iam', succeeded(event));
}

function succeeded(event: DeviceEvent): EventPattern {
  return { eventName: [event], errorCode: [{ exists: false }] };
}

/** The text that CloudTrail writes instead of a name that belongs to no user: people type passwords there. */
const HIDDEN_NAME = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/**
 * Matches the events to compare with the record: a device that was enabled, and an IAM user whose password or code was
 * refused. Names that are nobody's are not looked up, however many of them somebody tries.
 */
export const COMPARED: EventPattern = {
  source: ['aws.iam', 'aws.signin'],
  'detail-type': [API_CALL, SIGN_IN],
  detail: {
    $or: [
      succeeded('EnableMFADevice'),
      {
        eventName: ['ConsoleLogin'],
        userIdentity: { type: ['IAMUser'], userName: [{ 'anything-but': [HIDDEN_NAME] }] },
        responseElements: { ConsoleLogin: ['Failure'] },
      },
    ],
  },
};

/**
 * A change of a device was denied. Other failures, such as a mistyped code or a deleted device, are normal during an
 * enrollment.
 */
export const DEVICE_CHANGE_REFUSED = apiCall('aws.iam', {
  eventName: [...DEVICE_EVENTS],
  errorCode: [{ prefix: ACCESS_DENIED }],
});

/**
 * The states of a rule, of which the first is the default. CloudTrail's management events that only read, which for
 * EventBridge are those that begin with Get, List or Describe, are delivered in the second only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
const WITHOUT_READS = 'ENABLED';
export const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

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
    { id: 'Devices', pattern: apiCall('aws.iam', { eventName: [...DEVICE_EVENTS] }), state: WITHOUT_READS },
    { id: 'Sts', pattern: sts, state: WITH_READS },
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
export const STS_OF_USERS = apiCall('aws.sts', OF_USERS);

/**
 * Matches the calls of IAM users, every assumption of one of the roles, and every denied assumption, which the home bus
 * examines.
 */
export function stsOfRoles(roleArns: readonly string[]): EventPattern {
  const [named] = assumptionsOf(roleArns);
  return apiCall('aws.sts', {
    $or: [OF_USERS, named, { ...ASSUME_ROLE, errorCode: [{ prefix: ACCESS_DENIED }] }],
  });
}

/**
 * Matches the same if the names of the roles are not known, or too many: the home bus knows the roles. Services are left out:
 * they assume roles all day, but never one that requires MFA.
 */
export const STS_OF_ANY_ROLE = apiCall('aws.sts', {
  $or: [OF_USERS, { ...ASSUME_ROLE, userIdentity: { type: [{ 'anything-but': ['AWSService'] }] } }],
});

/** Matches the calls of some of the users, except those that are forwarded for everybody. */
export function forwardedCalls(users: EventPattern): EventPattern {
  return {
    source: [{ prefix: 'aws.' }],
    'detail-type': [API_CALL],
    detail: {
      eventSource: [{ 'anything-but': ['sts.amazonaws.com'] }],
      eventName: [{ 'anything-but': [...DEVICE_EVENTS] }],
      userIdentity: users,
    },
  };
}

/** `Calls`, `Calls2`, `Calls3`, …: the first keeps its id when more are added. */
export function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}${index + 1}`;
}
