/** The messages about an attack on the guardrails, or on the alarms. Each says why it matters. */
import { ERROR, type Lines, message, WHO } from './alarm-messages';

/** Somebody uses the operator's role. */
export const OPERATOR_MESSAGE = message(
  'use of the operator role',
  ['Role: <role>', 'Who: <arn> <switchedFrom>', 'Session: <session>', 'MFA device: <device>', ERROR],
  [
    'expect one for each session of an operator. If no operator works now, revoke the sessions of the role (IAM console).',
    'whoever has this role can bind a seed of their own to a holder: check the devices with mfa-runbook plan.',
  ],
);

/** A user who is watched by name was changed. */
export const USER_CHANGED_MESSAGE = message(
  '<name> of break-glass user <deviceUser>',
  [
    WHO,
    'Access key, if any: <accessKey>',
    'Why it matters: whoever has a credential of this user and an MFA device of their own can act as the user.',
  ],
  ['ask whoever did it. If nobody had a reason, undo it, and revoke the credentials of whoever did it.'],
);

/** Somebody got a session of root in a member account. */
export const ROOT_ASSUMED_MESSAGE = message(
  'AssumeRoot of account <targetAccount>',
  [
    WHO,
    'Task: <task>',
    ERROR,
    'Why it matters: such a session can remove the password, the keys and the MFA of root, or unlock a resource.',
  ],
  [
    'ask the person. The session ends after 15 minutes at most; look at what root of <targetAccount> did in its CloudTrail.',
    'if nobody had a reason, revoke the credentials of whoever did it, and turn root sessions off (IAM, Root access management).',
  ],
);

/** Root's own credentials were changed. */
export const ROOT_CREDENTIAL_MESSAGE = message(
  'credentials of root: <name>',
  [
    'Who: <arn> <identity>',
    'Access key, if any: <accessKey>',
    ERROR,
    'Why it matters: a key of root works without MFA and is stopped by no policy of the account.',
  ],
  [
    'if it is a key, delete it: sign in as root, Security credentials.',
    'if none of your people did it, change the password of root and look at who reads its mailbox.',
  ],
);

/** The record was written, by hand or by any stack. */
export const RECORD_MESSAGE = message(
  'the record was written: <name>',
  [
    WHO,
    'Parameter: <named>',
    'Why it matters: the record says which token belongs to whom, and only the stack of the fleet writes it.',
  ],
  [
    'if you are deploying the stack of the fleet, there is nothing to do. Otherwise ask whoever did it.',
    'if no parameter is shown, the CloudTrail event names them. Deploy the stack again, and run mfa-runbook plan.',
  ],
);

/** Evidence was written by something other than the runbook. */
export const EVIDENCE_MESSAGE = message(
  'evidence was not written by the runbook: <name>',
  [
    WHO,
    'Parameter: <named>',
    'Why it matters: evidence says who enrolled a token and when; only the role of an operator writes it, and nobody deletes it.',
  ],
  [
    'ask whoever did it. If no parameter is shown, the CloudTrail event names them.',
    'compare it with its history and with the log: mfa-runbook evidence verify',
  ],
);

/** A stack of the guardrails or of the alarms is deployed or deleted, or a stack that the call does not name. */
export const STACK_MESSAGE = message(
  '<name> of a stack',
  [
    WHO,
    'Stack: <stack>',
    'Change set: <changeSet>',
    'Why it matters: the stack holds the guardrails or these alarms, or may hold them if none is named.',
  ],
  [
    'if you are deploying, there is nothing to do. Otherwise ask whoever did it, and deploy the stack again.',
    'if no stack is named, look: aws cloudformation describe-change-set --change-set-name <changeSet>',
  ],
);

/** A trail was changed. */
export const TRAIL_MESSAGE = message(
  'a CloudTrail trail was changed: <name>',
  [WHO, 'Trail: <named>', 'Why it matters: these alarms see only what a trail logs.'],
  ['ask whoever did it. If nobody had a reason, start it again: aws cloudtrail start-logging --name <named>'],
);

/** A Region was turned on or off. */
export const REGION_MESSAGE = message(
  'the Regions of the account were changed: <name>',
  [
    WHO,
    'Region: <regionName>',
    'Why it matters: in a Region that the alarms do not watch, anybody can use a role unheard.',
  ],
  ['ask whoever did it. If the Region is needed, add it to regions of the alarms; otherwise disable it.'],
);

/** A service control policy was changed. */
export const ORGANIZATION_MESSAGE = message(
  'a guardrail of the organization was changed: <name>',
  [
    WHO,
    'Policy: <policy>',
    'Target: <target>',
    'Why it matters: if it is the policy that requires MFA, users below the target may now act without.',
  ],
  ['ask whoever did it. If it was the policy that requires MFA, attach it again: deploy its stack.'],
);

const CHAIN = 'the alarms themselves were changed: <name>';
const CHAIN_WHY = 'Why it matters: until this is undone, alarms may not reach you.';
const CHAIN_NEXT: Lines = [
  'if you are deploying the alarms, there is nothing to do. Otherwise ask whoever did it.',
  'if nobody had a reason, deploy the alarms again, and look at CloudTrail since then.',
];

/** The alarms themselves were changed. */
export const CHAIN_MESSAGE = message(
  CHAIN,
  [WHO, 'Part: <rule><named><topic><subscription><resource><function><key><queue>', CHAIN_WHY],
  CHAIN_NEXT,
);

/** The topic or the CloudWatch alarms that report trouble with the alarms were changed. */
export const TROUBLE_MESSAGE = message(
  CHAIN,
  [WHO, 'Part: <topic><subscription><resource><alarm>', CHAIN_WHY],
  CHAIN_NEXT,
);

/** The monthly test. */
export const TEST_LINES: Lines = [
  'MFA alarms: monthly test',
  'This message came from <region> to account <account> through every part of the alarms, at <time>.',
  'Next: nothing. If a month passes without this message, the alarms are broken: deploy them again.',
];
