/**
 * An attack on the guardrails, event by event, as CloudTrail writes them, and the alarm that each is. The names are those of
 * the usual scene; calls that change nothing of ours stand next to those that do.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-privileged-tasks.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
 */
import { ACCOUNT, call, iamUser, ROOT, roleSession } from './cloudtrail-events';

type Json = Readonly<Record<string, unknown>>;

/** The names of the guardrails and of the alarms, where they are deployed. */
export interface AttackTargets {
  readonly policy: string;
  readonly group: string;
  readonly operatorRole: string;
  readonly breakGlassRole: string;
  readonly deliveryRole: string;
  readonly topicArn: string;
  readonly troubleArn: string;
  readonly keyId: string;
  readonly queueUrl: string;
  readonly functionName: string;
  /** The stack of the alarms. */
  readonly stack: string;
  /** A break-glass user who is named, and no holder. */
  readonly namedUser?: string;
}

/** One event, and what is heard of it. */
interface AttackCase {
  /** The event in words, for the name of a test and for the table of the documentation. */
  readonly what: string;
  readonly record: Json;
  /** The ids of the rules that hear it; `Compared` is the function. */
  readonly alarms: readonly string[];
  /** The headline of the message; none where the function says nothing. */
  readonly headline?: string;
}

/** The Region of record and alarms. */
const HOME_REGION = 'eu-central-1';
const ADMIN = roleSession('Admin', 'mallory');
const HOLDER = 'alice.breakglass';
const ALICE = iamUser(HOLDER, '/mfa-guardrails/break-glass/');
const CLOUD_FORMATION = { sourceIPAddress: 'cloudformation.amazonaws.com' };
const BY_A_STACK = {
  ...CLOUD_FORMATION,
  userIdentity: { ...ADMIN, invokedBy: CLOUD_FORMATION.sourceIPAddress },
};

function iam(eventName: string, requestParameters: Json | null, more: Json = {}): Json {
  return call(ADMIN, 'iam', eventName, { requestParameters, ...more });
}

/** A call that was denied, as CloudTrail may write it: only the message names the resource. */
function denied(action: string, resource: string, errorCode = 'AccessDenied'): Json {
  return {
    errorCode,
    errorMessage:
      `User: ${ADMIN.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      'because no identity-based policy allows the action',
  };
}

/** A call in the Region of the record. */
function at(service: string, eventName: string, requestParameters: Json, more: Json = {}): Json {
  return call(ADMIN, service, eventName, { requestParameters, awsRegion: HOME_REGION, ...more });
}

/** A session of a role, as the events of its calls name it. */
function sessionOf(role: string): Json {
  return {
    ...roleSession(role, 'olga'),
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/${role}`, userName: role },
    },
  };
}

/** Every action on a user that changes credentials, memberships, permissions, name or path, and what the message calls it. */
const USER_ACTIONS: readonly (readonly [string, string, Json?])[] = [
  ['CreateAccessKey', 'access keys'],
  ['UpdateAccessKey', 'access keys', { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', status: 'Active' }],
  ['DeleteAccessKey', 'access keys', { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
  ['CreateLoginProfile', 'password', { passwordResetRequired: false }],
  ['UpdateLoginProfile', 'password'],
  ['DeleteLoginProfile', 'password'],
  ['UploadSigningCertificate', 'certificates'],
  ['UpdateSigningCertificate', 'certificates'],
  ['DeleteSigningCertificate', 'certificates'],
  ['UploadSSHPublicKey', 'SSH keys'],
  ['UpdateSSHPublicKey', 'SSH keys'],
  ['DeleteSSHPublicKey', 'SSH keys'],
  ['CreateServiceSpecificCredential', 'service-specific credentials'],
  ['UpdateServiceSpecificCredential', 'service-specific credentials'],
  ['ResetServiceSpecificCredential', 'service-specific credentials'],
  ['DeleteServiceSpecificCredential', 'service-specific credentials'],
  ['AddUserToGroup', 'groups', { groupName: 'admins' }],
  ['RemoveUserFromGroup', 'groups', { groupName: 'people' }],
  ['AttachUserPolicy', 'policies', { policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
  ['DetachUserPolicy', 'policies', { policyArn: `arn:aws:iam::${ACCOUNT}:policy/mfa` }],
  ['PutUserPolicy', 'policies', { policyName: 'all' }],
  ['DeleteUserPolicy', 'policies', { policyName: 'mfa' }],
  [
    'PutUserPermissionsBoundary',
    'permissions boundary',
    { permissionsBoundary: 'arn:aws:iam::aws:policy/x' },
  ],
  ['DeleteUserPermissionsBoundary', 'permissions boundary'],
  ['UpdateUser', 'user, name or path', { newPath: '/' }],
  ['CreateUser', 'user, name or path', { path: '/' }],
  ['DeleteUser', 'user, name or path'],
  ['TagUser', 'tags', { tags: [{ key: 'role', value: 'admin' }] }],
  ['UntagUser', 'tags', { tagKeys: ['role'] }],
];

function holderCases({ namedUser }: AttackTargets): readonly AttackCase[] {
  const alarms = ['Compared'];
  return [
    ...USER_ACTIONS.map(([action, what, more]) => ({
      what: `${action} of a holder`,
      record: iam(action, { userName: HOLDER, ...more }),
      alarms,
      headline: `the ${what} of holder ${HOLDER} changed`,
    })),
    {
      what: 'CreateAccessKey of a holder, in another case',
      record: iam('CreateAccessKey', { userName: 'Alice.BreakGlass' }),
      alarms,
      headline: `the access keys of holder ${HOLDER} changed`,
    },
    {
      what: 'CreateAccessKey of a holder, denied',
      record: iam('CreateAccessKey', { userName: HOLDER }, { errorCode: 'AccessDenied' }),
      alarms,
      headline: `denied: CreateAccessKey on holder ${HOLDER}`,
    },
    ...[`user ${HOLDER}`, `arn:aws:iam::${ACCOUNT}:user/mfa-guardrails/break-glass/${HOLDER}`].map(
      (resource) => ({
        what: `CreateAccessKey of a holder, denied without parameters, on ${resource.split('/')[0]}`,
        record: iam('CreateAccessKey', null, denied('iam:CreateAccessKey', resource)),
        alarms,
        headline: `denied: CreateAccessKey on holder ${HOLDER}`,
      }),
    ),
    {
      what: 'CreateAccessKey of a holder, who has two',
      record: iam('CreateAccessKey', { userName: HOLDER }, { errorCode: 'LimitExceededException' }),
      alarms: [],
    },
    {
      what: 'ChangePassword by a holder',
      record: call(ALICE, 'iam', 'ChangePassword'),
      alarms: ['BreakGlassCall', 'Compared'],
      headline: `the password of holder ${HOLDER} changed`,
    },
    {
      what: 'UpdateUser that gives somebody the name of a holder',
      record: iam('UpdateUser', { userName: 'mallory', newUserName: 'ALICE.breakglass' }),
      alarms,
      headline: `the user, name or path of holder ${HOLDER} changed`,
    },
    {
      what: 'UpdateUser that moves somebody to the path of a fleet',
      record: iam('UpdateUser', { userName: 'mallory', newPath: '/mfa-guardrails/break-glass/' }),
      alarms,
      headline: 'the user, name or path of holder mallory changed',
    },
    ...(namedUser === undefined
      ? []
      : [
          {
            what: 'AttachUserPolicy of a break-glass user who is named',
            record: iam('AttachUserPolicy', { userName: namedUser, policyArn: 'arn:aws:iam::aws:policy/x' }),
            alarms: ['BreakGlassUserChanged', 'Compared'],
            headline: `AttachUserPolicy of break-glass user ${namedUser}`,
          },
        ]),
    { what: 'CreateAccessKey of anybody else', record: iam('CreateAccessKey', { userName: 'olga' }), alarms },
    {
      what: 'CreateUser of a holder by CloudFormation',
      record: iam('CreateUser', { userName: HOLDER }, BY_A_STACK),
      alarms,
    },
    {
      what: 'CreateUser of a holder at the path of a fleet by CloudFormation',
      record: iam('CreateUser', { userName: HOLDER, path: '/mfa-guardrails/break-glass/' }, BY_A_STACK),
      alarms,
    },
    {
      what: 'CreateUser of somebody else at the path of a fleet by CloudFormation',
      record: iam('CreateUser', { userName: 'mallory', path: '/mfa-guardrails/break-glass/' }, BY_A_STACK),
      alarms,
      headline: 'the user, name or path of holder mallory changed',
    },
    {
      what: 'CreateLoginProfile of a holder by CloudFormation',
      record: iam('CreateLoginProfile', { userName: HOLDER }, BY_A_STACK),
      alarms,
      headline: `the password of holder ${HOLDER} changed`,
    },
    {
      what: 'DeleteUserPermissionsBoundary of anybody',
      record: iam('DeleteUserPermissionsBoundary', { userName: 'olga' }),
      alarms,
      headline: 'the permissions boundary of olga was changed',
    },
  ];
}

function partCases(targets: AttackTargets): readonly AttackCase[] {
  const policyArn = `arn:aws:iam::${ACCOUNT}:policy/${targets.policy}`;
  const operator = targets.operatorRole;
  const group = targets.group;
  const parts: readonly (readonly [string, string, Json])[] = [
    ['CreatePolicyVersion', 'the enforcement policy', { policyArn, setAsDefault: true }],
    ['SetDefaultPolicyVersion', 'the enforcement policy', { policyArn, versionId: 'v1' }],
    ['DeletePolicyVersion', 'the enforcement policy', { policyArn, versionId: 'v2' }],
    ['DeletePolicy', 'the enforcement policy', { policyArn }],
    ['DetachGroupPolicy', 'the enforcement policy', { policyArn, groupName: 'people' }],
    ['DetachUserPolicy', 'the enforcement policy', { policyArn, userName: 'olga' }],
    [
      'DetachRolePolicy',
      'the operator’s role',
      { roleName: operator, policyArn: 'arn:aws:iam::aws:policy/x' },
    ],
    ['UpdateAssumeRolePolicy', 'the operator’s role', { roleName: operator }],
    ['UpdateAssumeRolePolicy', 'the break-glass role', { roleName: targets.breakGlassRole }],
    [
      'AttachRolePolicy',
      'the operator’s role',
      { roleName: operator, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    ['PutRolePolicy', 'the break-glass role', { roleName: targets.breakGlassRole, policyName: 'x' }],
    ['DeleteRolePermissionsBoundary', 'the operator’s role', { roleName: operator }],
    ['UpdateRole', 'the break-glass role', { roleName: targets.breakGlassRole, maxSessionDuration: 43_200 }],
    ['DeleteRole', 'the break-glass role', { roleName: targets.breakGlassRole }],
    ['DeleteRolePolicy', 'the role that publishes', { roleName: targets.deliveryRole, policyName: 'x' }],
    ['RemoveUserFromGroup', 'the group of the holders', { groupName: group, userName: 'olga' }],
    [
      'AttachGroupPolicy',
      'the group of the holders',
      { groupName: group, policyArn: 'arn:aws:iam::aws:policy/x' },
    ],
    ['DeleteGroup', 'the group of the holders', { groupName: group }],
    ['DetachGroupPolicy', 'the group of the holders, in another case', { groupName: group.toUpperCase() }],
    ['UpdateAssumeRolePolicy', 'the operator’s role, in another case', { roleName: operator.toLowerCase() }],
    ['UpdateGroup', 'another group, to a name like that of ours', { groupName: 'x', newGroupName: group }],
    ['CreatePolicy', 'a name like that of ours', { policyName: targets.policy, path: '/x/' }],
  ];
  return [
    ...parts.map(([action, what, request]) => ({
      what: `${action} of ${what}`,
      record: iam(action, request),
      alarms: ['Compared'],
      headline: `a part of the guardrails was changed: ${action}`,
    })),
    {
      what: 'UpdateAssumeRolePolicy of the operator’s role, denied',
      record: iam('UpdateAssumeRolePolicy', { roleName: operator }, { errorCode: 'AccessDenied' }),
      alarms: ['Compared'],
      headline: 'denied: UpdateAssumeRolePolicy on a part of the guardrails',
    },
    ...[
      ['UpdateAssumeRolePolicy', `role ${operator}`],
      ['CreatePolicyVersion', `policy ${policyArn}`],
      ['DetachGroupPolicy', `group ${group}`],
    ].map(([action = '', resource = '']) => ({
      what: `${action} of a guardrail, denied without parameters`,
      record: iam(action, null, denied(`iam:${action}`, resource)),
      alarms: ['Compared'],
      headline: `denied: ${action} on a part of the guardrails`,
    })),
    {
      what: 'AddUserToGroup of the holders',
      record: iam('AddUserToGroup', { groupName: group, userName: HOLDER }),
      alarms: ['Compared'],
    },
    {
      what: 'UpdateAssumeRolePolicy of another role',
      record: iam('UpdateAssumeRolePolicy', { roleName: 'deployer' }),
      alarms: ['Compared'],
    },
    {
      what: 'CreatePolicyVersion of another policy',
      record: iam('CreatePolicyVersion', { policyArn: `arn:aws:iam::${ACCOUNT}:policy/other` }),
      alarms: ['Compared'],
    },
  ];
}

function operatorCases(targets: AttackTargets): readonly AttackCase[] {
  const name = targets.operatorRole;
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
  const olga = iamUser('olga');
  const assumed = { awsRegion: 'sa-east-1', requestParameters: { roleArn, roleSessionName: 'work' } };
  const says = { alarms: ['OperatorUsed'], headline: 'use of the operator role' };
  return [
    { what: 'AssumeRole of the operator’s role', record: call(olga, 'sts', 'AssumeRole', assumed), ...says },
    {
      what: 'AssumeRole of the operator’s role, denied',
      record: call(olga, 'sts', 'AssumeRole', {
        errorCode: 'AccessDenied',
        errorMessage: `User: ${olga.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      }),
      ...says,
    },
    {
      what: 'SwitchRole to the operator’s role in the console',
      record: {
        ...call(roleSession(name, 'olga'), 'signin', 'SwitchRole', { eventType: 'AwsConsoleSignIn' }),
        additionalEventData: { SwitchFrom: olga.arn },
      },
      ...says,
    },
    {
      what: 'AssumeRole with a mistyped code',
      record: call(olga, 'sts', 'AssumeRole', {
        ...assumed,
        errorCode: 'AccessDenied',
        errorMessage: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
      }),
      alarms: [],
    },
    {
      what: 'a call in a session of an operator',
      record: call(sessionOf(name), 'iam', 'ListMFADevices'),
      alarms: [],
    },
    {
      what: 'AssumeRole of another role',
      record: call(olga, 'sts', 'AssumeRole', {
        requestParameters: { roleArn: `arn:aws:iam::${ACCOUNT}:role/deployer` },
      }),
      alarms: [],
    },
  ];
}

function rootCases(targets: AttackTargets): readonly AttackCase[] {
  const task = 'arn:aws:iam::aws:policy/root-task/';
  const operator = sessionOf(targets.operatorRole);
  function assumeRoot(identity: Json, policy: string): Json {
    return call(identity, 'sts', 'AssumeRoot', {
      awsRegion: 'us-west-2',
      requestParameters: { targetPrincipal: '222233334444', taskPolicyArn: { arn: `${task}${policy}` } },
    });
  }
  const assumed = { alarms: ['RootAssumed'], headline: 'AssumeRoot of account 222233334444' };
  const changed = ['RootCredentialChanged'];
  return [
    { what: 'AssumeRoot', record: assumeRoot(ADMIN, 'IAMDeleteRootUserCredentials'), ...assumed },
    {
      what: 'AssumeRoot that only looks',
      record: assumeRoot(ADMIN, 'IAMAuditRootUserCredentials'),
      ...assumed,
    },
    {
      what: 'AssumeRoot by an operator',
      record: assumeRoot(operator, 'IAMDeleteRootUserCredentials'),
      ...assumed,
    },
    {
      what: 'AssumeRoot by an operator who only looks',
      record: assumeRoot(operator, 'IAMAuditRootUserCredentials'),
      alarms: [],
    },
    ...[
      'CreateAccessKey',
      'UpdateAccessKey',
      'DeleteAccessKey',
      'CreateLoginProfile',
      'DeleteLoginProfile',
      'UploadSigningCertificate',
    ].map((action) => ({
      what: `${action} of root`,
      record: call(ROOT, 'iam', action),
      alarms: [...changed, 'Compared'],
      headline: `credentials of root: ${action}`,
    })),
    {
      what: 'CreateAccessKey of root, which names it',
      record: call(ROOT, 'iam', 'CreateAccessKey', { requestParameters: { userName: 'AWS ROOT USER' } }),
      alarms: [...changed, 'Compared'],
      headline: 'credentials of root: CreateAccessKey',
    },
    ...['PasswordUpdated', 'EmailUpdated', 'PasswordRecoveryRequested', 'PasswordRecoveryCompleted'].map(
      (eventName) => ({
        what: `${eventName} of root`,
        record: call(ROOT, 'signin', eventName, { eventType: 'AwsConsoleSignIn' }),
        alarms: changed,
        headline: `credentials of root: ${eventName}`,
      }),
    ),
    ...['StartPrimaryEmailUpdate', 'AcceptPrimaryEmailUpdate'].map((action) => ({
      what: `${action} of a root in the organization`,
      record: call(ADMIN, 'account', action, { requestParameters: { accountId: '222233334444' } }),
      alarms: changed,
      headline: `credentials of root: ${action}`,
    })),
    {
      what: 'PutContactInformation, which has the telephone number of root',
      record: call(ADMIN, 'account', 'PutContactInformation', { requestParameters: {} }),
      alarms: changed,
      headline: 'credentials of root: PutContactInformation',
    },
    {
      what: 'PutAlternateContact',
      record: call(ADMIN, 'account', 'PutAlternateContact', { requestParameters: {} }),
      alarms: [],
    },
    {
      what: 'CreateAccessKey of a user by root',
      record: call(ROOT, 'iam', 'CreateAccessKey', { requestParameters: { userName: 'olga' } }),
      alarms: ['Compared'],
    },
  ];
}

function parameterCases(targets: AttackTargets): readonly AttackCase[] {
  const record = '/mfa-guardrails/break-glass/record/manifest';
  const evidence = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';
  const operator = { userIdentity: sessionOf(targets.operatorRole) };
  function written(name: string, more: Json = {}): Json {
    return at('ssm', 'PutParameter', { name, type: 'String' }, more);
  }
  const byHand = ['RecordWritten'];
  const forged = ['EvidenceWritten'];
  return [
    {
      what: 'PutParameter of the record',
      record: written(record),
      alarms: byHand,
      headline: 'the record was written: PutParameter',
    },
    {
      what: 'PutParameter of the record by an operator',
      record: written(record, operator),
      alarms: byHand,
      headline: 'the record was written: PutParameter',
    },
    {
      what: 'DeleteParameter of the record',
      record: at('ssm', 'DeleteParameter', { name: record }),
      alarms: byHand,
      headline: 'the record was written: DeleteParameter',
    },
    {
      what: 'DeleteParameters of the record',
      record: at('ssm', 'DeleteParameters', { names: ['/x', record] }),
      alarms: byHand,
      headline: 'the record was written: DeleteParameters',
    },
    {
      what: 'PutParameter of the record by CloudFormation, of any stack',
      record: written(record, CLOUD_FORMATION),
      alarms: byHand,
      headline: 'the record was written: PutParameter',
    },
    {
      what: 'PutParameter of a page of the record by CloudFormation',
      record: written('/mfa-guardrails/break-glass/record/page/0', CLOUD_FORMATION),
      alarms: [],
    },
    {
      what: 'PutParameter of a page of the record',
      record: written('/mfa-guardrails/break-glass/record/page/0'),
      alarms: byHand,
      headline: 'the record was written: PutParameter',
    },
    {
      what: 'PutParameter of evidence',
      record: written(evidence),
      alarms: forged,
      headline: 'evidence was not written by the runbook: PutParameter',
    },
    {
      what: 'PutParameter of evidence by CloudFormation',
      record: written(evidence, CLOUD_FORMATION),
      alarms: forged,
      headline: 'evidence was not written by the runbook: PutParameter',
    },
    {
      what: 'PutParameter of evidence by another role',
      record: written(evidence, { userIdentity: sessionOf('Admin') }),
      alarms: forged,
      headline: 'evidence was not written by the runbook: PutParameter',
    },
    {
      what: 'DeleteParameter of evidence by an operator',
      record: at('ssm', 'DeleteParameter', { name: evidence }, operator),
      alarms: forged,
      headline: 'evidence was not written by the runbook: DeleteParameter',
    },
    {
      what: 'DeleteParameters of evidence',
      record: at('ssm', 'DeleteParameters', { names: [evidence] }),
      alarms: forged,
      headline: 'evidence was not written by the runbook: DeleteParameters',
    },
    { what: 'PutParameter of evidence by an operator', record: written(evidence, operator), alarms: [] },
    {
      what: 'PutParameter of evidence by an operator, to let it expire',
      record: at(
        'ssm',
        'PutParameter',
        { name: evidence, tier: 'Advanced', policies: '[{"Type":"Expiration","Version":"1.0"}]' },
        operator,
      ),
      alarms: forged,
      headline: 'evidence was not written by the runbook: PutParameter',
    },
    {
      what: 'PutParameter of something else',
      record: written('/mfa-guardrails/break-glass-2/record/manifest'),
      alarms: [],
    },
    { what: 'GetParameter of the record', record: at('ssm', 'GetParameter', { name: record }), alarms: [] },
  ];
}

function chainCases(targets: AttackTargets): readonly AttackCase[] {
  const topicArn = targets.topicArn;
  const troubleArn = targets.troubleArn;
  const eventBusName = 'mfa-guardrails';
  const busArn = `arn:aws:events:${HOME_REGION}:${ACCOUNT}:event-bus/${eventBusName}`;
  const functionName = targets.functionName;
  const queueName = targets.queueUrl.slice(targets.queueUrl.lastIndexOf('/') + 1);
  const rule = `${eventBusName}.Devices`;
  const chain: readonly (readonly [string, string, Json, string?])[] = [
    ['events', 'DisableRule', { name: 'Home-AlarmsEnable', eventBusName }],
    ['events', 'DeleteRule', { name: 'Home-AlarmsEnable', eventBusName: busArn }],
    ['events', 'PutRule', { name: 'Home-AlarmsEnable', eventBusName }],
    ['events', 'RemoveTargets', { rule: 'Home-AlarmsEnable', eventBusName, ids: ['Topic'] }],
    ['events', 'PutTargets', { rule: 'Home-AlarmsEnable', eventBusName, targets: [] }],
    ['events', 'DeleteEventBus', { name: eventBusName }],
    ['events', 'DisableRule', { name: rule }, 'us-east-1'],
    ['events', 'RemoveTargets', { rule, ids: ['Bus'] }, 'us-east-1'],
    ['events', 'DisableRule', { name: `${eventBusName}.Schedule` }],
    ['sns', 'DeleteTopic', { topicArn }],
    ['sns', 'PutDataProtectionPolicy', { resourceArn: topicArn }],
    ['sns', 'SetTopicAttributes', { topicArn, attributeName: 'Policy' }],
    ['sns', 'Subscribe', { topicArn, protocol: 'https' }],
    ['sns', 'Unsubscribe', { subscriptionArn: `${topicArn}:61f0e0a1` }],
    ['sns', 'SetSubscriptionAttributes', { subscriptionArn: `${topicArn}:61f0e0a1` }],
    ['kms', 'DisableKey', { keyId: targets.keyId }],
    ['kms', 'ScheduleKeyDeletion', { keyId: `arn:aws:kms:${HOME_REGION}:${ACCOUNT}:key/${targets.keyId}` }],
    ['kms', 'PutKeyPolicy', { keyId: targets.keyId }],
    ['lambda', 'UpdateFunctionCode20150331v2', { functionName }],
    ['lambda', 'UpdateFunctionConfiguration20150331v2', { functionName }],
    ['lambda', 'RemovePermission20150331v2', { functionName }],
    ['lambda', 'UpdateFunctionCode20150331v2', { functionName: `${functionName}:$LATEST` }],
    ['lambda', 'DeleteFunction20150331', { functionName: `${ACCOUNT}:${functionName}` }],
    ['lambda', 'PutFunctionConcurrency20171031', { functionName }],
    [
      'lambda',
      'DeleteFunction20150331',
      { functionName: `arn:aws:lambda:${HOME_REGION}:${ACCOUNT}:function:${functionName}` },
    ],
    ['lambda', 'PutFunctionEventInvokeConfig', { functionName, maximumEventAgeInSeconds: 60 }],
    ['lambda', 'CreateFunctionUrlConfig', { functionName, authType: 'NONE' }],
    ['sqs', 'DeleteQueue', { queueUrl: targets.queueUrl }],
    ['sqs', 'StartMessageMoveTask', { sourceArn: `arn:aws:sqs:${HOME_REGION}:${ACCOUNT}:${queueName}` }],
    ['sqs', 'SetQueueAttributes', { queueUrl: `https://queue.amazonaws.com/${ACCOUNT}/${queueName}` }],
    ['sqs', 'DeleteQueue', { queueUrl: queueName }],
  ];
  const trouble: readonly (readonly [string, string, Json])[] = [
    ['sns', 'DeleteTopic', { topicArn: troubleArn }],
    ['sns', 'Unsubscribe', { subscriptionArn: `${troubleArn}:61f0e0a1` }],
    ['monitoring', 'DeleteAlarms', { alarmNames: ['x', 'mfa-guardrails.undelivered'] }],
    ['monitoring', 'DisableAlarmActions', { alarmNames: ['mfa-guardrails.failed'] }],
    ['monitoring', 'PutMetricAlarm', { alarmName: 'mfa-guardrails.failed' }],
    ['monitoring', 'PutCompositeAlarm', { alarmName: 'mfa-guardrails.failed', alarmRule: 'FALSE' }],
    ['monitoring', 'SetAlarmState', { alarmName: 'mfa-guardrails.undelivered', stateValue: 'OK' }],
    [
      'monitoring',
      'PutAlarmMuteRule',
      { name: 'quiet', muteTargets: { alarmNames: ['x', 'mfa-guardrails.undelivered'] } },
    ],
  ];
  /** Something that another stack can add to a part of the alarms. */
  const added: readonly (readonly [string, string, Json, string])[] = [
    ['lambda', 'PutFunctionEventInvokeConfig', { functionName }, 'AlarmsChanged'],
    ['lambda', 'AddPermission20150331v2', { functionName }, 'AlarmsChanged'],
    ['lambda', 'UpdateFunctionCode20150331v2', { functionName }, 'AlarmsChanged'],
    ['events', 'PutRule', { name: 'Mallory-Rule-ABCDEFGHIJKL', eventBusName }, 'AlarmsChanged'],
    ['events', 'PutRule', { name: `${targets.stack}er-Rule-ABCDEFGHIJKL`, eventBusName }, 'AlarmsChanged'],
    ['sns', 'Subscribe', { topicArn, protocol: 'https' }, 'AlarmsChanged'],
    ['sns', 'SetSubscriptionAttributes', { subscriptionArn: `${topicArn}:61f0e0a1` }, 'AlarmsChanged'],
    ['sqs', 'SetQueueAttributes', { queueUrl: targets.queueUrl }, 'AlarmsChanged'],
    ['sns', 'SetTopicAttributes', { topicArn: troubleArn }, 'TroubleChanged'],
    ['monitoring', 'PutMetricAlarm', { alarmName: 'mfa-guardrails.failed' }, 'TroubleChanged'],
    [
      'monitoring',
      'PutAlarmMuteRule',
      { name: 'quiet', muteTargets: { alarmNames: ['mfa-guardrails.failed'] } },
      'TroubleChanged',
    ],
  ];
  return [
    ...chain.map(([service, action, request, region = HOME_REGION]) => ({
      what: `${action} of ${PARTS[service]}${region === HOME_REGION ? '' : ' of another Region'}`,
      record: at(service, action, request, { awsRegion: region }),
      alarms: ['AlarmsChanged'],
      headline: `the alarms themselves were changed: ${action}`,
    })),
    ...trouble.map(([service, action, request]) => ({
      what: `${action} of ${service === 'sns' ? 'the trouble topic' : 'the CloudWatch alarms'}`,
      record: at(service, action, request),
      alarms: ['TroubleChanged'],
      headline: `the alarms themselves were changed: ${action}`,
    })),
    ...added.map(([service, action, request, alarm]) => ({
      what: `${action} of a part of the alarms, in a stack of anybody`,
      record: at(service, action, request, BY_A_STACK),
      alarms: [alarm],
      headline: `the alarms themselves were changed: ${action}`,
    })),
    ...[{ name: rule }, { name: `${targets.stack}-AlarmsEnable-ABCDEFGHIJKL`, eventBusName }].map(
      (request) => ({
        what: `PutRule of ${request.name} by CloudFormation`,
        record: at('events', 'PutRule', request, BY_A_STACK),
        alarms: [],
      }),
    ),
    {
      what: 'PutAlarmMuteRule of another alarm',
      record: at('monitoring', 'PutAlarmMuteRule', { name: 'quiet', muteTargets: { alarmNames: ['x'] } }),
      alarms: [],
    },
    {
      what: 'DisableRule of another rule',
      record: at('events', 'DisableRule', { name: 'nightly' }),
      alarms: [],
    },
    {
      what: 'DeleteTopic of another topic',
      record: at('sns', 'DeleteTopic', { topicArn: topicArn.replace(/:[^:]*$/, ':nightly') }),
      alarms: [],
    },
    {
      what: 'UpdateFunctionCode of another function',
      record: at('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'x' }),
      alarms: [],
    },
  ];
}

/** The parts of the alarms, by their services. */
const PARTS: Readonly<Record<string, string>> = {
  events: 'the rules or the bus',
  kms: 'the key',
  lambda: 'the function',
  sns: 'the topic',
  sqs: 'the queue',
};

function accountCases({ stack }: AttackTargets): readonly AttackCase[] {
  const trail = { name: `arn:aws:cloudtrail:eu-west-1:${ACCOUNT}:trail/all` };
  const stacks: readonly (readonly [string, string, string])[] = [
    ['DeleteStack', stack, HOME_REGION],
    [
      'ExecuteChangeSet',
      `arn:aws:cloudformation:${HOME_REGION}:${ACCOUNT}:stack/${stack}/8a2d1b7e`,
      HOME_REGION,
    ],
    ['UpdateStack', stack, HOME_REGION],
    ['RollbackStack', stack, HOME_REGION],
    ['ContinueUpdateRollback', stack, HOME_REGION],
    ['DeleteStack', `${stack}-mfa-guardrails-us-east-1`, 'us-east-1'],
    ['DeleteStack', `${stack}-mfa-guardrails-function`, HOME_REGION],
  ];
  return [
    ...['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'].map((action) => ({
      what: `${action} of a trail`,
      record: at('cloudtrail', action, trail, { awsRegion: 'eu-west-1' }),
      alarms: ['TrailChanged'],
      headline: `a CloudTrail trail was changed: ${action}`,
    })),
    ...[
      'AttachPolicy',
      'DetachPolicy',
      'UpdatePolicy',
      'DeletePolicy',
      'PutResourcePolicy',
      'CloseAccount',
      'DeleteOrganization',
      'DisablePolicyType',
      'LeaveOrganization',
      'MoveAccount',
      'RemoveAccountFromOrganization',
    ].map((action) => ({
      what: `${action} of AWS Organizations`,
      record: at(
        'organizations',
        action,
        { policyId: 'p-12345678', targetId: 'ou-ab12-11112222' },
        { awsRegion: 'us-east-1' },
      ),
      alarms: ['OrganizationChanged'],
      headline: `a guardrail of the organization was changed: ${action}`,
    })),
    ...['EnableRegion', 'DisableRegion'].map((action) => ({
      what: `${action} of a Region that is not there by default`,
      record: at('account', action, { regionName: 'eu-south-2' }, { awsRegion: 'us-east-1' }),
      alarms: ['RegionChanged'],
      headline: `the Regions of the account were changed: ${action}`,
    })),
    ...stacks.map(([action, stackName, awsRegion]) => ({
      what: `${action} of ${/function|us-east-1/.test(stackName) ? 'a stack of the alarms' : 'the stack of the fleet or the alarms'}`,
      record: at('cloudformation', action, { stackName }, { awsRegion }),
      alarms: ['StackChanged'],
      headline: `${action} of a stack`,
    })),
    ...changeSetCases(stack),
    {
      what: 'ExecuteStackRefactor that names no stack',
      record: at('cloudformation', 'ExecuteStackRefactor', { stackRefactorId: '8a2d1b7e' }),
      alarms: ['StackChanged'],
      headline: 'ExecuteStackRefactor of a stack',
    },
    {
      what: 'DeleteStack of another stack',
      record: at('cloudformation', 'DeleteStack', { stackName: `${stack}2` }),
      alarms: [],
    },
    { what: 'AddTags of a trail', record: at('cloudtrail', 'AddTags', { resourceId: 'x' }), alarms: [] },
  ];
}

/**
 * Change sets: one is heard of when it is made, because its execution by ARN may name any stack. The CDK, SAM and the AWS
 * CLI execute all by ARN, whatever they deploy.
 */
function changeSetCases(stack: string): readonly AttackCase[] {
  function change(what: string, action: string, request: Json, isHeard: boolean): AttackCase {
    return {
      what: `${action} ${what}`,
      record: at('cloudformation', action, request),
      ...(isHeard ? { alarms: ['StackChanged'], headline: `${action} of a stack` } : { alarms: [] }),
    };
  }
  function arn(resource: string): string {
    return `arn:aws:cloudformation:${HOME_REGION}:${ACCOUNT}:${resource}/8a2d1b7e`;
  }
  const ours = arn(`stack/${stack}`);
  const omitted = { reason: 'requestParameters too large', omitted: true, originalSize: 110_592 };
  const create = 'CreateChangeSet';
  const execute = 'ExecuteChangeSet';
  const deployed = 'cdk-deploy-change-set';
  return [
    change('of a stack of ours', create, { stackName: stack, changeSetName: deployed }, true),
    change('of a stack of ours, by ARN', create, { stackName: ours, changeSetName: 'x' }, true),
    change('with parameters that are too large for CloudTrail', create, omitted, true),
    change('of cdk diff', create, { stackName: stack, changeSetName: 'cdk-diff-change-set-8a2d' }, false),
    change('of another stack', create, { stackName: 'x', changeSetName: deployed }, false),
    change('of a stack of ours', execute, { stackName: stack, changeSetName: 'x' }, true),
    ...['diff-change-set-8a2d', 'validate-8a2d'].map((name) =>
      change(
        `of cdk-${name}, with the name of another stack`,
        execute,
        { stackName: 'x', changeSetName: arn(`changeSet/cdk-${name}`) },
        true,
      ),
    ),
    ...[deployed, 'samcli-deploy1764412345', 'awscli-cloudformation-package-deploy-1764412345'].map((name) =>
      change(
        `of another stack by ${name}`,
        execute,
        { stackName: arn('stack/x'), changeSetName: arn(`changeSet/${name}`) },
        false,
      ),
    ),
    change('of another stack', execute, { stackName: 'x', changeSetName: 'y' }, false),
  ];
}

/** Calls whose parameters are larger than 100 KB, and how CloudTrail writes those. */
function omittedCases({ group }: AttackTargets): readonly AttackCase[] {
  const omitted = { reason: 'requestParameters too large', omitted: true, originalSize: 110_592 };
  const hidden: readonly (readonly [string, string, string, string])[] = [
    [
      'cloudformation',
      'UpdateStackSet',
      'Compared',
      'a change of a StackSet hides its subject: UpdateStackSet',
    ],
    ['cloudcontrolapi', 'UpdateResource', 'Compared', 'UpdateResource through Cloud Control API'],
    ['events', 'PutTargets', 'AlarmsChanged', 'the alarms themselves were changed: PutTargets'],
    ...['PutMetricAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'PutAlarmMuteRule'].map(
      (action) =>
        ['monitoring', action, 'TroubleChanged', `the alarms themselves were changed: ${action}`] as const,
    ),
  ];
  return [
    ...['PutUserPolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'CreatePolicyVersion'].map((action) => ({
      what: `${action} with a policy that is mostly white space`,
      record: iam(action, omitted),
      alarms: ['Compared'],
      headline: `a change in IAM hides its subject: ${action}`,
    })),
    {
      what: 'PutGroupPolicy with a policy that is mostly white space, denied',
      record: iam('PutGroupPolicy', omitted, denied('iam:PutGroupPolicy', `group ${group}`)),
      alarms: ['Compared'],
      headline: 'denied: PutGroupPolicy on a part of the guardrails',
    },
    ...hidden.map(([service, action, alarm, headline]) => ({
      what: `${action} with parameters that are too large for CloudTrail`,
      record: at(service, action, omitted),
      alarms: [alarm],
      headline,
    })),
    {
      what: 'PutDashboard with parameters that are too large for CloudTrail',
      record: at('monitoring', 'PutDashboard', omitted),
      alarms: [],
    },
  ];
}

/** Attempts on the record, the alarms and the stacks that were denied, and the closest calls that are not about them. */
function deniedCases(targets: AttackTargets): readonly AttackCase[] {
  const manifest = '/mfa-guardrails/break-glass/record/manifest';
  const alarms = ['Compared'];
  function arn(service: string, resource: string): string {
    return `arn:aws:${service}:${HOME_REGION}:${ACCOUNT}:${resource}`;
  }
  const ruleArn = arn('events', 'rule/mfa-guardrails/Home-AlarmsEnable');
  /** With parameters, or with the resource in the message only. */
  const attempts: readonly (readonly [string, string, Json | string, string?])[] = [
    ['ssm', 'PutParameter', { name: manifest }],
    ['ssm', 'PutParameter', arn('ssm', `parameter${manifest}`)],
    ['ssm', 'DeleteParameters', { names: ['/x', manifest] }],
    ['ssm', 'DeleteParameter', arn('ssm', 'parameter/mfa-guardrails/break-glass/evidence/alice/primary')],
    ['events', 'DisableRule', { name: 'Home-AlarmsEnable', eventBusName: 'mfa-guardrails' }],
    ['events', 'DisableRule', ruleArn],
    ['events', 'DeleteRule', arn('events', 'rule/mfa-guardrails.Devices')],
    ['events', 'DeleteEventBus', arn('events', 'event-bus/mfa-guardrails')],
    ['kms', 'DisableKey', arn('kms', `key/${targets.keyId}`)],
    ['lambda', 'UpdateFunctionCode20150331v2', { functionName: targets.functionName }],
    ['sns', 'DeleteTopic', { topicArn: targets.topicArn }, 'AuthorizationErrorException'],
    ['sns', 'Unsubscribe', targets.troubleArn, 'AuthorizationError'],
    ['sqs', 'DeleteQueue', { queueUrl: targets.queueUrl }],
    ['monitoring', 'DeleteAlarms', { alarmNames: ['mfa-guardrails.failed'] }],
    ['monitoring', 'DeleteAlarms', arn('cloudwatch', 'alarm:mfa-guardrails.failed')],
    ['cloudformation', 'DeleteStack', { stackName: targets.stack }],
    ['cloudformation', 'UpdateStack', arn('cloudformation', `stack/${targets.stack}/8a2d1b7e`)],
  ];
  const others: readonly (readonly [string, string, Json])[] = [
    ['ssm', 'PutParameter', { name: '/mfa-guardrails/break-glass-2/record/manifest' }],
    ['events', 'DisableRule', { name: 'nightly', eventBusName: 'default' }],
    ['kms', 'DisableKey', { keyId: '61f0e0a1-2cf7-4a44-af00-f61f0e0a1c2d' }],
    ['lambda', 'UpdateFunctionCode20150331v2', { functionName: 'x' }],
    ['sns', 'DeleteTopic', { topicArn: arn('sns', 'nightly') }],
    ['cloudformation', 'DeleteStack', { stackName: 'x' }],
  ];
  return [
    ...attempts.map(([service, action, on, code]) => ({
      what: `${action} of ${service}, denied${typeof on === 'string' ? ' without parameters' : ''}`,
      record: call(ADMIN, service, action, {
        awsRegion: HOME_REGION,
        requestParameters: typeof on === 'string' ? null : on,
        ...(typeof on === 'string'
          ? denied(`${service}:${action}`, on, code)
          : { errorCode: code ?? 'AccessDeniedException' }),
      }),
      alarms,
      headline: `denied: ${action} on a part of the guardrails`,
    })),
    ...others.map(([service, action, request]) => ({
      what: `${action} of ${service} on something else, denied`,
      record: at(service, action, request, { errorCode: 'AccessDenied' }),
      alarms,
    })),
    {
      what: 'PutParameter of the record, refused for another reason',
      record: at('ssm', 'PutParameter', { name: manifest }, { errorCode: 'ParameterAlreadyExists' }),
      alarms: [],
    },
  ];
}

/** Requests to Cloud Control API, whose effects look like a deployment. */
function cloudControlCases(targets: AttackTargets): readonly AttackCase[] {
  const alarms = ['Compared'];
  const hidden = { desiredState: 'HIDDEN_DUE_TO_SECURITY_REASONS' };
  function request(action: string, typeName: string, more: Json, rest: Json = {}): Json {
    return at('cloudcontrolapi', action, { typeName, clientToken: '61f0e0a1', ...more }, rest);
  }
  const ours: readonly (readonly [string, string, string])[] = [
    ['UpdateResource', 'AWS::SSM::Parameter', '/mfa-guardrails/break-glass/record/manifest'],
    [
      'DeleteResource',
      'AWS::SSM::Parameter',
      '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary',
    ],
    ['UpdateResource', 'AWS::IAM::Role', targets.operatorRole],
    ['UpdateResource', 'AWS::IAM::Role', targets.breakGlassRole],
    ['UpdateResource', 'AWS::IAM::ManagedPolicy', `arn:aws:iam::${ACCOUNT}:policy/${targets.policy}`],
    ['DeleteResource', 'AWS::IAM::Group', targets.group],
    ['UpdateResource', 'AWS::IAM::User', 'Alice.BreakGlass'],
    ['DeleteResource', 'AWS::IAM::UserPolicy', `mfa|${HOLDER}`],
    [
      'DeleteResource',
      'AWS::IAM::VirtualMFADevice',
      `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001`,
    ],
    [
      'UpdateResource',
      'AWS::Events::Rule',
      `arn:aws:events:${HOME_REGION}:${ACCOUNT}:rule/mfa-guardrails/Home-AlarmsEnable`,
    ],
    [
      'DeleteResource',
      'AWS::Events::Rule',
      `arn:aws:events:us-east-1:${ACCOUNT}:rule/mfa-guardrails.Devices`,
    ],
    ['DeleteResource', 'AWS::Events::EventBus', 'mfa-guardrails'],
    ['UpdateResource', 'AWS::Lambda::Function', targets.functionName],
    ['DeleteResource', 'AWS::Lambda::EventInvokeConfig', `${targets.functionName}|$LATEST`],
    ['DeleteResource', 'AWS::SNS::Topic', targets.topicArn],
    ['DeleteResource', 'AWS::SNS::Subscription', `${targets.troubleArn}:61f0e0a1`],
    ['UpdateResource', 'AWS::KMS::Key', targets.keyId],
    ['UpdateResource', 'AWS::SQS::Queue', targets.queueUrl],
    ['DeleteResource', 'AWS::CloudWatch::Alarm', 'mfa-guardrails.undelivered'],
    [
      'DeleteResource',
      'AWS::CloudFormation::Stack',
      `arn:aws:cloudformation:${HOME_REGION}:${ACCOUNT}:stack/${targets.stack}/8a2d1b7e`,
    ],
  ];
  return [
    ...ours.map(([action, type, identifier]) => ({
      what: `${action} of ${type} through Cloud Control API, ${identifier}`,
      record: request(action, type, { identifier, patchDocument: 'HIDDEN_DUE_TO_SECURITY_REASONS' }),
      alarms,
      headline: `${action} through Cloud Control API`,
    })),
    ...['AWS::Lambda::EventInvokeConfig', 'AWS::IAM::User', 'AWS::Events::EventBusPolicy'].map((type) => ({
      what: `CreateResource of ${type} through Cloud Control API, which hides what it is for`,
      record: request('CreateResource', type, hidden),
      alarms,
      headline: 'CreateResource through Cloud Control API',
    })),
    {
      what: 'CreateResource through Cloud Control API, which names the function',
      record: request('CreateResource', 'AWS::Lambda::Alias', {
        desiredState: JSON.stringify({ FunctionName: targets.functionName }),
      }),
      alarms,
      headline: 'CreateResource through Cloud Control API',
    },
    {
      what: 'UpdateResource through Cloud Control API, denied',
      record: request(
        'UpdateResource',
        'AWS::IAM::Role',
        { identifier: targets.operatorRole },
        { errorCode: 'AccessDeniedException' },
      ),
      alarms,
      headline: 'denied: UpdateResource through Cloud Control API',
    },
    ...(
      [
        ['UpdateResource', 'AWS::IAM::Role', { identifier: 'deployer' }],
        ['UpdateResource', 'AWS::IAM::User', { identifier: 'olga' }],
        ['CreateResource', 'AWS::S3::Bucket', hidden],
        ['CreateResource', 'AWS::Lambda::Permission', { desiredState: '{"FunctionName":"x"}' }],
        ['CancelResourceRequest', '', { requestToken: '61f0e0a1' }],
      ] as const
    ).map(([action, type, more]) => ({
      what: `${action} of ${type === '' ? 'a request' : `another ${type}`} through Cloud Control API`,
      record: request(action, type, more),
      alarms,
    })),
    {
      what: 'GetResource through Cloud Control API',
      record: request('GetResource', 'AWS::IAM::Role', {}),
      alarms: [],
    },
  ];
}

/** Every case, in the order of the documentation. */
export function attackCases(targets: AttackTargets): readonly AttackCase[] {
  return [
    ...holderCases(targets),
    ...partCases(targets),
    ...operatorCases(targets),
    ...rootCases(targets),
    ...parameterCases(targets),
    ...chainCases(targets),
    ...accountCases(targets),
    ...deniedCases(targets),
    ...omittedCases(targets),
    ...cloudControlCases(targets),
  ];
}
