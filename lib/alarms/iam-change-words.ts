/** The words of the notices about changes of holders and of parts of the guardrails. */
import type { JsonObject } from '../record/text';
import type { GuardrailPart } from './guardrail-part';
import { isOmitted, type Notice, notice, objectIn, textIn } from './notice';

/** A kind of change of a user, and the words for it. */
interface Kind {
  /** Matches the names of the actions. */
  readonly actions: RegExp;
  readonly what: string;
  readonly why: string;
  /** The command that shows it, or undoes it; the user is added at its end. */
  readonly look: string;
}

const SIGN_IN = 'whoever has this and an MFA device of their own can act as the holder.';
const PERMISSIONS = 'it may grant the holder more, or no longer require MFA.';

const KINDS: readonly Kind[] = [
  { actions: /AccessKey$/, what: 'access keys', why: SIGN_IN, look: 'list-access-keys' },
  { actions: /LoginProfile$|^ChangePassword$/, what: 'password', why: SIGN_IN, look: 'get-login-profile' },
  { actions: /SigningCertificate$/, what: 'certificates', why: SIGN_IN, look: 'list-signing-certificates' },
  { actions: /SSHPublicKey$/, what: 'SSH keys', why: SIGN_IN, look: 'list-ssh-public-keys' },
  {
    actions: /ServiceSpecificCredential$/,
    what: 'service-specific credentials',
    why: SIGN_IN,
    look: 'list-service-specific-credentials',
  },
  { actions: /Group$/, what: 'groups', why: PERMISSIONS, look: 'list-groups-for-user' },
  { actions: /PermissionsBoundary$/, what: 'permissions boundary', why: PERMISSIONS, look: 'get-user' },
  { actions: /^(Attach|Detach)/, what: 'policies', why: PERMISSIONS, look: 'list-attached-user-policies' },
  { actions: /Policy$/, what: 'policies', why: PERMISSIONS, look: 'list-user-policies' },
  {
    actions: /tag/i,
    what: 'tags',
    why: 'policies may grant more by tag.',
    look: 'list-user-tags',
  },
  {
    actions: /User$/,
    what: 'user, name or path',
    why: 'policies and alarms know the holder by name and path; at another path, other rules apply.',
    look: 'get-user',
  },
];

const OTHER: Kind = {
  actions: /./,
  what: 'user',
  why: 'the holder was changed.',
  look: 'get-user',
};

/** The parameters that say what was changed, and their names in a message. */
const DETAILS = {
  groupName: 'Group',
  policyArn: 'Policy',
  policyName: 'Policy',
  permissionsBoundary: 'Boundary',
  newUserName: 'New name',
  newPath: 'New path',
  path: 'Path',
  accessKeyId: 'Access key',
  versionId: 'Version',
  status: 'Status',
} as const;

function factsOf(detail: JsonObject): readonly string[] {
  const request = objectIn(detail, 'requestParameters');
  const created = textIn(objectIn(objectIn(detail, 'responseElements'), 'accessKey'), 'accessKeyId');
  const through = textIn(objectIn(detail, 'userIdentity'), 'invokedBy');
  const error = textIn(detail, 'errorCode');
  return [
    `What: ${textIn(detail, 'eventName')}`,
    ...Object.entries(DETAILS).flatMap(([key, name]) => {
      const value = textIn(request, key);
      return value === '' ? [] : [`${name}: ${value}`];
    }),
    ...(created === '' ? [] : [`Access key: ${created}`]),
    ...(through === '' ? [] : [`Through: ${through}`]),
    ...(error === '' ? [] : [`Error: ${error}`]),
  ];
}

function isDenied(detail: JsonObject): boolean {
  return textIn(detail, 'errorCode') !== '';
}

/** Says what was changed of a holder. */
export function holderChange(detail: JsonObject, holder: string, membership: string): Notice {
  const action = textIn(detail, 'eventName');
  const { what, why, look } = KINDS.find(({ actions }) => actions.test(action)) ?? OTHER;
  const headline = isDenied(detail)
    ? `denied: ${action} on holder ${holder}`
    : `the ${what} of holder ${holder} changed`;
  return notice(
    headline,
    [...factsOf(detail), `User: ${holder}`, membership, `Why it matters: ${why}`],
    detail,
    [
      `ask whoever did it, and ${holder}. Look: aws iam ${look} --user-name ${holder}`,
      'if nobody had a reason, undo it, revoke the credentials of whoever did it, and run mfa-runbook plan.',
    ],
  );
}

/** Why a change of a part matters, by the action; the first that matches. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/AssumeRolePolicy$/, 'others may now assume this role, or without MFA.'],
  [/PolicyVersion$|^DeletePolicy$/, 'the policy may no longer deny what it denied, or may grant more.'],
  [/UserFromGroup$/, 'the group requires MFA, and this user is no longer in it.'],
  [/^Detach|^Delete/, 'what it denied, or what the alarms need, may be gone.'],
];

const REASON = [undefined, 'it may now grant more.'] as const;

/** Says what was changed of the guardrails, or of the alarms themselves. */
export function partChange(detail: JsonObject, { stack, logicalId }: GuardrailPart): Notice {
  const action = textIn(detail, 'eventName');
  const request = objectIn(detail, 'requestParameters');
  const role = textIn(request, 'roleName');
  const user = textIn(request, 'userName');
  const stackName = stack.replace(/-$/, '');
  const [, why] = REASONS.find(([actions]) => actions.test(action)) ?? REASON;
  return notice(
    isDenied(detail)
      ? `denied: ${action} on a part of the guardrails`
      : `a part of the guardrails was changed: ${action}`,
    [
      ...factsOf(detail),
      ...(role === '' ? [] : [`Role: ${role}`]),
      ...(user === '' ? [] : [`User: ${user}`]),
      `Part: ${logicalId} of stack ${stackName}`,
      `Why it matters: ${why}`,
    ],
    detail,
    [
      'if you are deploying this stack, there is nothing to do. Otherwise ask whoever did it.',
      `see what differs, undo it, and deploy again: aws cloudformation detect-stack-drift --stack-name ${stackName}`,
    ],
  );
}

/** Tells whether a change succeeded of which CloudTrail left out what it changed. */
export function isHidden(detail: JsonObject): boolean {
  return !isDenied(detail) && isOmitted(objectIn(detail, 'requestParameters'));
}

/** Says that something was changed that the event does not name. */
export function hiddenChange(detail: JsonObject, where: string): Notice {
  const action = textIn(detail, 'eventName');
  return notice(
    `a change ${where} hides its subject: ${action}`,
    ['Why it matters: CloudTrail leaves out what is too large, perhaps a holder or a guardrail.'],
    detail,
    ['ask whoever did it. If nobody had a reason, look at holders, and deploy the guardrails again.'],
  );
}
