/**
 * Which events the alarms are about, as patterns of EventBridge.
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

/** What happens to a device in its life, by the names of IAM's actions. */
export const DEVICE_EVENTS = [
  'CreateVirtualMFADevice',
  'EnableMFADevice',
  'DeactivateMFADevice',
  'DeleteVirtualMFADevice',
  'ResyncMFADevice',
] as const;

/** One of them. */
export type DeviceEvent = (typeof DEVICE_EVENTS)[number];

const signIn = (detail: EventPattern): EventPattern => ({
  source: ['aws.signin'],
  'detail-type': [SIGN_IN],
  detail,
});

const apiCall = (source: string, detail: EventPattern): EventPattern => ({
  source: [source],
  'detail-type': [API_CALL],
  detail,
});

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

/** A console sign-in of some of the users, succeeded or failed. */
export function userSignIn(users: EventPattern): EventPattern {
  return signIn({ eventName: ['ConsoleLogin'], userIdentity: users });
}

/** Any API call of some of the users. On the home bus there is no other than what was forwarded. */
export function userCall(users: EventPattern): EventPattern {
  return {
    source: [{ prefix: 'aws.' }],
    'detail-type': [API_CALL],
    detail: { eventName: [{ 'anything-but': [...DEVICE_EVENTS] }], userIdentity: users },
  };
}

/** A role is assumed, whoever does it and however, were its trust policy changed meanwhile. */
export function roleAssumed(roleArns: readonly string[]): EventPattern {
  return apiCall('aws.sts', {
    eventName: [{ prefix: 'AssumeRole' }],
    requestParameters: { roleArn: [...roleArns] },
  });
}

/** Somebody switched to a role in the console: the event is of the role's own session. */
export function roleSwitched(sessionArnPrefixes: readonly string[]): EventPattern {
  return signIn({
    eventName: ['SwitchRole'],
    userIdentity: { type: ['AssumedRole'], arn: sessionArnPrefixes.map((prefix) => ({ prefix })) },
  });
}

/** A device was changed: the call succeeded. */
export function deviceChanged(event: DeviceEvent): EventPattern {
  return apiCall('aws.iam', succeeded(event));
}

const succeeded = (event: DeviceEvent): EventPattern => ({
  eventName: [event],
  errorCode: [{ exists: false }],
});

/**
 * What is compared with the record: a device that was enabled, and an IAM user whose password or code was refused.
 * CloudTrail hides names that are no user's.
 */
export const COMPARED: EventPattern = {
  source: ['aws.iam', 'aws.signin'],
  'detail-type': [API_CALL, SIGN_IN],
  detail: {
    $or: [
      { eventSource: ['iam.amazonaws.com'], ...succeeded('EnableMFADevice') },
      {
        eventSource: ['signin.amazonaws.com'],
        eventName: ['ConsoleLogin'],
        userIdentity: { type: ['IAMUser'] },
        responseElements: { ConsoleLogin: ['Failure'] },
      },
    ],
  },
};

/**
 * A change of a device was refused for want of permission: somebody tried what they may not. Other failures, such as a
 * mistyped code or a device that is gone, are everyday life of an enrolment.
 */
export const DEVICE_CHANGE_REFUSED = apiCall('aws.iam', {
  eventName: [...DEVICE_EVENTS],
  errorCode: [{ prefix: 'AccessDenied' }],
});

/**
 * The states of a rule. CloudTrail's management events that only read, which for EventBridge are those that begin with
 * Get, List or Describe, are delivered in the second only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
export const WITHOUT_READS = 'ENABLED';
export const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** Events that a Region forwards to the home bus. */
export interface ForwardedEvents {
  /** The construct id of the rule. */
  readonly id: string;
  readonly pattern: EventPattern;
  readonly state: string;
}

/**
 * What each Region forwards. No event meets two of the patterns: it would arrive twice, and alarm twice.
 *
 * STS is forwarded for every IAM user, not only for those watched: GetCallerIdentity, the first call of whoever found a
 * key, is among it, and a few more events on the bus cost less than a second list of names.
 *
 * @param users patterns of userIdentity, each of which fits into a rule
 * @param assumedRole what tells the watched roles apart in the detail of an AssumeRole; undefined when there are none
 */
export function forwardedEvents(
  users: readonly EventPattern[],
  assumedRole: EventPattern | undefined,
): readonly ForwardedEvents[] {
  const stsOfUsers = { userIdentity: { type: ['IAMUser'] } };
  const stsOfOthers = { eventName: [{ prefix: 'AssumeRole' }], ...assumedRole };
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
    {
      id: 'Sts',
      pattern: apiCall(
        'aws.sts',
        assumedRole === undefined ? stsOfUsers : { $or: [stsOfUsers, stsOfOthers] },
      ),
      state: WITH_READS,
    },
    ...users.map((userIdentity, index) => ({
      id: numbered('Calls', index),
      pattern: forwardedCalls(userIdentity),
      // An emergency reads a great deal: a message for each page of the console would bury the others.
      state: WITHOUT_READS,
    })),
  ];
}

/** The calls of some of the users, beside those that are forwarded for everybody. */
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

/** `Calls`, `Calls2`, `Calls3`, …: the first keeps its id when there come to be more. */
export function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}${index + 1}`;
}
