/** The table of the actions that the operator and the auditor may take: everything else is denied. */
import { ACCOUNT, decide, roleSession, user } from '../../support/policy-simulation';
import { deployedAuditor, deployedOperator, FLEET_PATH, HOLDER } from './roles-scene';

const iam = `arn:aws:iam::${ACCOUNT}`;
const ssm = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/mfa-guardrails`;

/** Holders: at the fleet's path, and an existing user at any path. */
const HOLDERS = [HOLDER.arn, user('carol').arn, user('carol', '/people/eu/').arn];
const OTHER_USERS = [
  user('mallory').arn,
  user('olga').arn,
  user('dora').arn,
  user('alice', '/mfa-guardrails/another/').arn,
  user('notcarol', '/people/').arn,
  user('carolina').arn,
];
/** A name is unique in an account, so these are the holders, whom somebody moved. */
const MOVED_HOLDERS = [`${iam}:user/alice.breakglass`, `${iam}:user/people/eu/bob.breakglass`];
const DEVICES = [`${iam}:mfa${FLEET_PATH}alice.breakglass.primary.86596220000001`];
const OTHER_DEVICES = [
  `${iam}:mfa/mallory`,
  `${iam}:mfa/mfa-guardrails/another/x.primary.1`,
  `${iam}:mfa/break-glass/x`,
];
const RECORD = [`${ssm}/break-glass/record/manifest`, `${ssm}/break-glass/record/page/0`];
const EVIDENCE = [`${ssm}/break-glass/evidence/alice.breakglass/primary`];
const OTHER_PARAMETERS = [
  `${ssm}/another/record/manifest`,
  `${ssm}/another/evidence/alice/primary`,
  `${ssm}/break-glass`,
  `${ssm}/break-glass/evidences`,
  `${ssm}/break-glass/recorded/manifest`,
  `${ssm}/break-glass2/record/manifest`,
];

/** Actions on the devices of a user. */
const ASSIGN = ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice'];
/** Actions on a device itself. */
const MAKE = [
  'iam:CreateVirtualMFADevice',
  'iam:DeleteVirtualMFADevice',
  'iam:TagMFADevice',
  'iam:ListMFADeviceTags',
];
const READ = ['ssm:GetParameter', 'ssm:GetParametersByPath'];
const BOTH = ['operator', 'auditor'] as const;

type Role = (typeof BOTH)[number];

const TABLE: readonly (readonly [
  what: string,
  actions: readonly string[],
  resources: readonly string[],
  allowed: readonly Role[],
])[] = [
  [
    'what has no narrower form than the account',
    [
      'iam:ListVirtualMFADevices',
      'iam:ListAccountAliases',
      'iam:ListUsers',
      'iam:GetAccountSummary',
      'iam:GetAccountPasswordPolicy',
      'cloudtrail:LookupEvents',
    ],
    ['*'],
    BOTH,
  ],
  ['the devices of holders, to list', ['iam:ListMFADevices'], HOLDERS, BOTH],
  ['the keys of holders, to describe', ['iam:GetMFADevice'], HOLDERS, ['operator']],
  ['the devices of other users, to list', ['iam:ListMFADevices'], OTHER_USERS, ['auditor']],
  ['the keys of other users, to describe', ['iam:GetMFADevice'], OTHER_USERS, []],
  ['the record, to read', READ, [...RECORD, `${ssm}/break-glass/record`], BOTH],
  ['the evidence, to read', READ, EVIDENCE, BOTH],
  ['the evidence, to list', ['ssm:GetParametersByPath'], [`${ssm}/break-glass/evidence`], BOTH],
  ['the evidence, to write', ['ssm:PutParameter'], EVIDENCE, ['operator']],
  ['the devices of holders', ASSIGN, HOLDERS, ['operator']],
  ['the devices of the fleet', MAKE, DEVICES, ['operator']],

  ['the devices of other users', [...ASSIGN, 'iam:GetUser'], OTHER_USERS, []],
  ['the devices of holders who were moved, to list', ['iam:ListMFADevices'], MOVED_HOLDERS, BOTH],
  [
    'the devices of holders who were moved, to retire',
    ['iam:DeactivateMFADevice'],
    MOVED_HOLDERS,
    ['operator'],
  ],
  [
    'the devices of holders who were moved, to enroll',
    ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:GetMFADevice'],
    MOVED_HOLDERS,
    [],
  ],
  ['devices of others', [...MAKE, 'iam:UntagMFADevice'], OTHER_DEVICES, []],
  ['the tags of a device', ['iam:UntagMFADevice'], DEVICES, []],
  [
    'other properties of a holder',
    [
      'iam:GetUser',
      'iam:ListAccessKeys',
      'iam:CreateAccessKey',
      'iam:CreateLoginProfile',
      'iam:UpdateLoginProfile',
      'iam:AttachUserPolicy',
      'iam:PutUserPolicy',
      'iam:DeleteUser',
    ],
    [HOLDER.arn],
    [],
  ],
  ['users, to make holders', ['iam:CreateUser', 'iam:UpdateUser'], [...HOLDERS, user('olga').arn], []],
  [
    'the group that keeps holders under MFA',
    ['iam:RemoveUserFromGroup', 'iam:AddUserToGroup', 'iam:DetachGroupPolicy'],
    [`${iam}:group/Group`],
    [],
  ],
  [
    'the roles themselves',
    ['iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:PassRole'],
    [`${iam}:role/operator`, `${iam}:role/auditor`],
    [],
  ],
  [
    'other roles',
    ['sts:AssumeRole'],
    [`${iam}:role/Admin`, `${iam}:role/operator`, `${iam}:role/auditor`],
    [],
  ],
  [
    'the account',
    ['iam:GetCredentialReport', 'iam:UpdateAccountPasswordPolicy', 'cloudtrail:StopLogging'],
    ['*'],
    [],
  ],
  ['root, to audit', ['sts:AssumeRoot'], ['arn:aws:iam::444455556666:root'], []],
  ['the record, to write', ['ssm:PutParameter', 'ssm:DeleteParameter'], RECORD, []],
  ['the evidence, to delete', ['ssm:DeleteParameter'], EVIDENCE, []],
  [
    'the metadata of parameters',
    ['ssm:AddTagsToResource', 'ssm:LabelParameterVersion'],
    [...RECORD, ...EVIDENCE],
    [],
  ],
  [
    'other parameters',
    [...READ, 'ssm:GetParameters', 'ssm:PutParameter', 'ssm:DeleteParameter'],
    OTHER_PARAMETERS,
    [],
  ],
];

const POLICIES: Readonly<Record<Role, unknown>> = {
  operator: deployedOperator({ existingHolders: ['carol'] }).policy,
  auditor: deployedAuditor().policy,
};

describe('the operator who looks at roots', () => {
  const AUDIT_ROLE = 'arn:aws:iam::444455556666:role/mfa-audit';
  const POLICY = deployedOperator({ rootAuditRoleArns: [AUDIT_ROLE], allowAssumeRoot: true }).policy;
  const TASK = 'arn:aws:iam::aws:policy/root-task';

  test.each<readonly [string, string, string, Record<string, string>, boolean]>([
    ['assumes a named role', 'sts:AssumeRole', AUDIT_ROLE, {}, true],
    ['assumes no other role', 'sts:AssumeRole', 'arn:aws:iam::444455556666:role/Admin', {}, false],
    ['assumes no role of that name elsewhere', 'sts:AssumeRole', `${iam}:role/mfa-audit`, {}, false],
    [
      'assumes root to audit',
      'sts:AssumeRoot',
      'arn:aws:iam::444455556666:root',
      { 'sts:TaskPolicyArn': `${TASK}/IAMAuditRootUserCredentials` },
      true,
    ],
    [
      'does not assume root to delete its credentials',
      'sts:AssumeRoot',
      'arn:aws:iam::444455556666:root',
      { 'sts:TaskPolicyArn': `${TASK}/IAMDeleteRootUserCredentials` },
      false,
    ],
    ['does not assume root without a task', 'sts:AssumeRoot', 'arn:aws:iam::444455556666:root', {}, false],
  ])('%s', async (_, action, resource, context, isAllowed) => {
    const { context: own, ...caller } = roleSession('operator');
    const decision = await decide({
      caller: { ...caller, context: { ...own, ...context } },
      signIn: 'a long-term key',
      action,
      resource,
      policies: [POLICY],
    });
    expect(decision).toBe(isAllowed ? 'Allowed' : 'ImplicitlyDenied');
  });

  test.each([
    '*',
    'arn:aws:iam::*:role/mfa-audit',
    'arn:aws:iam::444455556666:role/*',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a policy
    'arn:aws:iam::444455556666:role/${aws:PrincipalTag/role}',
    'mfa-audit',
    '',
  ])('names no role as %j', (arn) => {
    expect(() => deployedOperator({ rootAuditRoleArns: [arn] })).toThrow(
      `rootAuditRoleArns has '${arn}', must be the ARNs of roles without wildcards`,
    );
  });
});

describe.each(BOTH)('the %s', (role) => {
  test.each(TABLE)('%s', async (_what, actions, resources, allowed) => {
    const wanted = allowed.includes(role) ? 'Allowed' : 'ImplicitlyDenied';
    for (const action of actions) {
      for (const resource of resources) {
        const decision = await decide({
          caller: roleSession(role),
          signIn: 'a long-term key',
          action,
          resource,
          policies: [POLICIES[role]],
        });
        expect([action, resource, decision]).toEqual([action, resource, wanted]);
      }
    }
  });
});
