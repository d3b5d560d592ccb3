/**
 * The messages of the alarms: plain text that a person can act on, in ASCII, because CloudFormation keeps nothing else
 * everywhere.
 *
 * EventBridge takes each line as one quoted string, fills in the fields that the event has, and leaves out the others.
 * It does not escape the values, so no free text is shown: of the values that callers choose (the names of users,
 * devices and sessions) a message shows only those whose characters AWS limits, never a user agent or an error message.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import type { CfnRule } from 'aws-cdk-lib/aws-events';
import type { DeviceEvent } from './watched-events';

/** The fields of an event that messages show, by path. */
const PATHS = {
  account: '$.account',
  accessKey: '$.detail.responseElements.accessKey.accessKeyId',
  alarm: '$.detail.requestParameters.alarmName',
  arn: '$.detail.userIdentity.arn',
  caller: '$.detail.userIdentity.accountId',
  changeSet: '$.detail.requestParameters.changeSetName',
  createdDevice: '$.detail.responseElements.virtualMFADevice.serialNumber',
  device: '$.detail.requestParameters.serialNumber',
  deviceUser: '$.detail.requestParameters.userName',
  error: '$.detail.errorCode',
  function: '$.detail.requestParameters.functionName',
  id: '$.detail.eventID',
  identity: '$.detail.userIdentity.type',
  key: '$.detail.requestParameters.keyId',
  mfaDevice: '$.detail.additionalEventData.MFAIdentifier',
  mfaUsed: '$.detail.additionalEventData.MFAUsed',
  name: '$.detail.eventName',
  named: '$.detail.requestParameters.name',
  policy: '$.detail.requestParameters.policyId',
  queue: '$.detail.requestParameters.queueUrl',
  region: '$.region',
  regionName: '$.detail.requestParameters.regionName',
  resource: '$.detail.requestParameters.resourceArn',
  result: '$.detail.responseElements.ConsoleLogin',
  role: '$.detail.requestParameters.roleArn',
  rule: '$.detail.requestParameters.rule',
  service: '$.detail.eventSource',
  session: '$.detail.requestParameters.roleSessionName',
  source: '$.detail.sourceIPAddress',
  stack: '$.detail.requestParameters.stackName',
  subscription: '$.detail.requestParameters.subscriptionArn',
  switchedFrom: '$.detail.additionalEventData.SwitchFrom',
  target: '$.detail.requestParameters.targetId',
  targetAccount: '$.detail.requestParameters.targetPrincipal',
  task: '$.detail.requestParameters.taskPolicyArn.arn',
  time: '$.time',
  topic: '$.detail.requestParameters.topicArn',
  user: '$.detail.userIdentity.userName',
} as const;

/** Lines of text with `<names>` of the paths above. */
export type Lines = readonly string[];

export const WHO = 'Who: <arn>';
export const ERROR = 'Error, if any: <error>';

/** The place and the time: the end of every message, before the next steps. */
const CIRCUMSTANCES: Lines = [
  'From: <source>',
  'When: <time> in account <account>, <region>',
  'CloudTrail event: <id>',
];

/** Makes the lines of a message: a headline, the facts, and the next steps. */
export function message(headline: string, what: Lines, next: Lines): Lines {
  return [`MFA alarm: ${headline}`, ...what, ...CIRCUMSTANCES, ...next.map((line) => `Next: ${line}`)];
}

/** A user or the root user signed in without MFA. */
export const SIGN_IN_WITHOUT_MFA_MESSAGE = message(
  'console sign-in without MFA',
  [WHO],
  [
    'ask the person. If it was not them, delete the password (aws iam delete-login-profile; for root, change it).',
    'if it was, give the user a token: see mfa-runbook plan.',
  ],
);

/** A break-glass user tried to sign in to the console. */
export const BREAK_GLASS_SIGN_IN_MESSAGE = message(
  'break-glass user <user> at the console: <result>',
  // A sign-in that failed has no ARN.
  ['Who: <user> <arn>', 'MFA used: <mfaUsed> <mfaDevice>'],
  [
    'find the holder and the reason. If this is not an emergency, delete the password (aws iam delete-login-profile).',
    'if a token was stolen, run: mfa-runbook replace <user> --slot SLOT --reason stolen',
  ],
);

/** Any other use of a break-glass user. */
export const BREAK_GLASS_CALL_MESSAGE = message(
  'break-glass user <user> called <name>',
  [WHO, 'Service: <service>', ERROR],
  [
    'find the holder and the reason. If this is not an emergency, attach AWSDenyAll to the user and look at CloudTrail.',
    'afterwards run: mfa-runbook plan',
  ],
);

const ROLE_NEXT: Lines = [
  'find the person and the reason. If this is not an emergency, revoke the sessions of the role (IAM console).',
  'if a token was stolen, run: mfa-runbook replace HOLDER --slot SLOT --reason stolen',
];

/** Somebody assumed a break-glass role, or tried to. */
export const BREAK_GLASS_ROLE_MESSAGE = message(
  'use of a break-glass role',
  // Somebody of another account has no ARN here.
  [
    'Role: <role>',
    'Who: <arn> <identity> of account <caller>',
    'Session: <session>',
    'MFA device: <device>',
    ERROR,
  ],
  ['if no role is shown, the call was denied; the CloudTrail event names it.', ...ROLE_NEXT],
);

/** Somebody switched to a break-glass role in the console. */
export const BREAK_GLASS_SWITCH_MESSAGE = message(
  'switched to a break-glass role in the console',
  ['Session: <arn>', 'Who: <switchedFrom>'],
  ROLE_NEXT,
);

/** A change of a device was denied. */
export const DEVICE_CHANGE_REFUSED_MESSAGE = message(
  'denied: <name>',
  [WHO, 'Device: <device>', 'Device of: <deviceUser>'],
  [
    'if no device is shown, the CloudTrail event names it.',
    'ask the person. If it is an operator, they lack MFA or the role: see mfa-runbook doctor.',
    'anybody else lacks MFA, or tried to change a device that they may not change.',
  ],
);

/** The messages about each change of a device. */
export const DEVICE_MESSAGES: Readonly<Record<DeviceEvent, Lines>> = {
  CreateVirtualMFADevice: message(
    'MFA device created',
    [WHO, 'Device: <createdDevice>'],
    ['this is how an enrollment begins. mfa-runbook plan shows devices that were left over.'],
  ),
  EnableMFADevice: message(
    'MFA device enabled for <deviceUser>',
    [WHO, 'Device: <device>'],
    ['if the record does not declare it, a second message follows.'],
  ),
  DeactivateMFADevice: message(
    'MFA device deactivated for <deviceUser>',
    [WHO, 'Device: <device>'],
    [
      'mfa-runbook replace and retire do this. If no operator did it, somebody is removing MFA: see mfa-runbook plan.',
    ],
  ),
  DeleteVirtualMFADevice: message(
    'MFA device deleted',
    [WHO, 'Device: <device>'],
    ['mfa-runbook replace and retire do this. If no operator did it, see mfa-runbook plan.'],
  ),
  ResyncMFADevice: message(
    'MFA device resynchronized for <deviceUser>',
    [WHO, 'Device: <device>'],
    [
      'mfa-runbook prove and resync do this. If no operator did it, somebody knows codes of the token: mfa-runbook replace <deviceUser> --slot SLOT --reason stolen',
    ],
  ),
};

/** Makes a rule's target say this. */
export function formatInput(lines: Lines): CfnRule.InputTransformerProperty {
  const inputTemplate = lines.map((line) => JSON.stringify(line)).join('\n');
  const names = new Set([...inputTemplate.matchAll(/<(\w+)>/g)].map(([, name]) => name));
  return {
    inputPathsMap: Object.fromEntries(Object.entries(PATHS).filter(([name]) => names.has(name))),
    inputTemplate,
  };
}
