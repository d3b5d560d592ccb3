// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
/**
 * The fix of every rule, applied to what the rule finds, until nothing is left to find. An evaluator that is not ours then
 * compares: nobody is locked out who was not, and nothing opens.
 */
import { type Policy, policiesOf } from '../../../lib/checks/policy';
import { type Finding, NOT_APPLICABLE } from '../../../lib/checks/rule';
import { POLICY_RULES } from '../../../lib/checks/rules';
import type { Template } from '../../../lib/checks/template';
import { isFullExtent } from '../../support/extent';
import {
  ADMINISTRATOR,
  type Caller,
  decide,
  decideUnchecked,
  roleSession,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { fixed, type JsonStatement } from './apply-fix';

type Form =
  | 'people'
  | 'roles'
  | 'shared'
  | 'nobody yet'
  | 'boundary of roles'
  | 'organization'
  | 'bucket'
  | 'trust';

const PRESENT = 'aws:MultiFactorAuthPresent';
const AGE = 'aws:MultiFactorAuthAge';
const WITHOUT_MFA = { BoolIfExists: { [PRESENT]: 'false' } };
const WITH_MFA = { Bool: { [PRESENT]: 'true' } };
const OWN_USER = 'arn:aws:iam::*:user/${aws:username}';
const OWN_DEVICE = 'arn:aws:iam::*:mfa/${aws:username}';
const ROLE = 'arn:aws:iam::111122223333:role/app';
const OLGA = user('olga');

function statement(Effect: string, more: object): JsonStatement {
  return { Effect, Resource: '*', ...more };
}
function allow(Action: unknown, more: object = {}): JsonStatement {
  return statement('Allow', { Action, ...more });
}
function deny(more: object): JsonStatement {
  return statement('Deny', { Condition: WITHOUT_MFA, ...more });
}
function trusting(Principal: unknown, Condition?: object, Effect = 'Allow'): JsonStatement {
  return {
    Effect,
    Principal,
    Action: 'sts:AssumeRole',
    ...(Condition === undefined ? {} : { Condition }),
  } as JsonStatement;
}

const CASES: readonly (readonly [rule: string, form: Form, statements: readonly JsonStatement[]])[] = [
  ['RoleWithoutMfa', 'trust', [trusting({ AWS: OLGA.arn })]],
  ['RoleWithoutMfa', 'trust', [trusting('*')]],
  [
    'RoleWithoutMfa',
    'trust',
    [trusting({ AWS: [OLGA.arn] }, { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })],
  ],
  ['AlternativeWithoutMfa', 'trust', [trusting({ AWS: OLGA.arn }, WITH_MFA), trusting({ AWS: OLGA.arn })]],
  ...(['people', 'shared', 'nobody yet', 'organization', 'bucket'] as const).flatMap((form) =>
    [
      { Bool: { [PRESENT]: 'false' } },
      { Null: { [PRESENT]: 'true' } },
      { StringEquals: { [PRESENT]: 'false' } },
      { Bool: { [PRESENT]: 'false' }, NumericGreaterThan: { [AGE]: '3600' } },
    ].flatMap((Condition) =>
      [{ Action: '*' }, { Action: 's3:*' }, { NotAction: ['iam:ListMFADevices', 'sts:GetSessionToken'] }].map(
        (scope) => ['DenyPassesWithoutMfa', form, [deny({ ...scope, Condition })]] as const,
      ),
    ),
  ),
  [
    'DenyPassesWithoutMfa',
    'trust',
    [trusting({ AWS: [OLGA.arn, ROLE] }), trusting('*', { Bool: { [PRESENT]: 'false' } }, 'Deny')],
  ],
  ...(['people', 'nobody yet', 'organization'] as const).flatMap((form) =>
    [
      { NotAction: 'iam:*' },
      { NotAction: ['sts:*', 'iam:CreateAccessKey'] },
      { NotAction: ['iam:*MFADevice', 's3:*'] },
      { Action: '*', Resource: undefined, NotResource: [OWN_USER] },
      { Action: 'iam:*', Resource: undefined, NotResource: [OWN_USER, OWN_DEVICE] },
    ].map(
      (scope) =>
        [
          'DenyLeavesOpen',
          form,
          [
            deny(
              form === 'people'
                ? scope
                : {
                    ...scope,
                    Condition: {
                      ...WITHOUT_MFA,
                      ArnLike: { 'aws:PrincipalArn': ['arn:*:iam::*:user/*', 'arn:*:iam::*:root'] },
                    },
                  },
            ),
          ],
        ] as const,
    ),
  ),
  ...(['people', 'shared', 'nobody yet', 'bucket'] as const)
    .flatMap((form) =>
      [
        { BoolIfExists: { [PRESENT]: 'true' } },
        { Null: { [AGE]: 'true' }, BoolIfExists: { [PRESENT]: 'true' } },
        { Bool: { [PRESENT]: ['true', 'false'] } },
      ]
        .slice(0, form === 'people' ? 3 : 1)
        .map((Condition) => ['AllowPassesWithoutMfa', form, [allow('s3:*', { Condition })]] as const),
    )
    .filter(([, , [one]]) => !('Null' in (one?.Condition ?? {}))),
  ...(['people', 'nobody yet'] as const).flatMap((form) =>
    [
      allow(['iam:DeactivateMFADevice', 'iam:EnableMFADevice'], { Resource: [OWN_USER] }),
      allow('iam:DeleteVirtualMFADevice'),
      allow('iam:*', { Resource: [OWN_USER, 'arn:aws:iam::*:mfa/*'] }),
      statement('Allow', { NotAction: ['organizations:*'] }),
    ].map((one) => ['DeviceDeletionWithoutMfa', form, [one]] as const),
  ),
  ['DeviceNamedAfterUser', 'people', [allow('iam:CreateVirtualMFADevice', { Resource: [OWN_DEVICE] })]],
  [
    'DeviceNamedAfterUser',
    'people',
    [
      allow(['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'], {
        Resource: [OWN_DEVICE],
        Condition: WITH_MFA,
      }),
    ],
  ],
  [
    'DeviceNamedAfterUser',
    'people',
    [
      allow('*'),
      deny({
        Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
        Resource: undefined,
        NotResource: [OWN_DEVICE],
        Condition: undefined,
      }),
    ],
  ],
  ['UserUnderPath', 'people', [allow('iam:GetUser', { Resource: [OWN_USER] })]],
  [
    'UserUnderPath',
    'people',
    [deny({ Action: 'iam:GetUser', Resource: undefined, NotResource: [OWN_USER], Condition: undefined })],
  ],
  ...(['people', 'shared', 'nobody yet'] as const).flatMap((form) =>
    [{ Action: '*' }, { Action: 's3:*' }, { NotAction: ['sts:GetSessionToken'] }].map(
      (scope) =>
        [
          'MaximumAgeInDeny',
          form,
          [deny({ ...scope, Condition: { NumericGreaterThan: { [AGE]: '3600' } } })],
        ] as const,
    ),
  ),
  [
    'OrganizationDenyStopsRoles',
    'organization',
    [deny({ NotAction: ['sts:GetSessionToken', 'iam:EnableMFADevice'] })],
  ],
  [
    'OrganizationDenyStopsRoles',
    'organization',
    [
      deny({
        Action: 's3:*',
        Condition: { ...WITHOUT_MFA, ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*-ci' } },
      }),
    ],
  ],
  ['MfaRequiredOfMachines', 'trust', [trusting({ AWS: [OLGA.arn, ROLE] }, WITH_MFA)]],
  ['MfaRequiredOfMachines', 'trust', [trusting({ AWS: ROLE }), trusting('*', WITHOUT_MFA, 'Deny')]],
  ['MfaRequiredOfMachines', 'roles', [allow('s3:*', { Condition: WITH_MFA })]],
  ['MfaRequiredOfMachines', 'roles', [allow('s3:*'), deny({ Action: '*' })]],
  [
    'MfaRequiredOfMachines',
    'roles',
    [allow('s3:*'), deny({ Action: '*', Condition: { Bool: { [PRESENT]: 'false' } } })],
  ],
  ['MfaRequiredOfMachines', 'boundary of roles', [allow('*'), deny({ Action: '*' })]],
  ['MfaRequiredOfMachines', 'shared', [allow('s3:*'), deny({ Action: 's3:*' })]],
  [
    'MfaRequiredOfMachines',
    'bucket',
    [allow('s3:*', { Principal: { AWS: ROLE } }), deny({ Action: 's3:*' })],
  ],
  ['MfaRequiredOfMachines', 'bucket', [deny({ Action: 's3:*' })]],
  ['MfaRequiredOfMachines', 'bucket', [allow('s3:*', { Principal: { AWS: ROLE }, Condition: WITH_MFA })]],
  ...(['people', 'nobody yet'] as const).flatMap((form) =>
    [
      deny({ Action: 's3:*', Condition: { Bool: { [PRESENT]: 'true' } } }),
      deny({ Action: '*', Condition: { Null: { [AGE]: 'false' } } }),
      allow('s3:*', { Condition: { Bool: { [PRESENT]: 'false' } } }),
      allow('s3:*', { Condition: { StringEquals: { [PRESENT]: 'True' } } }),
      allow('s3:*', { Condition: { Bool: { [AGE]: 'true' } } }),
    ].map((one) => ['MfaConditionMistaken', form, [one]] as const),
  ),
  ['UnknownAction', 'people', [allow(['iam:ListVirtualMFADevicess', 's3:GetObject'])]],
  [
    'UnknownConditionKey',
    'people',
    [allow('s3:*', { Condition: { Bool: { 'aws:MultiFactorAuthPresnt': 'true' } } })],
  ],
  [
    'UnknownConditionKey',
    'people',
    [deny({ Action: 's3:*', Condition: { BoolIfExists: { 'aws:MultifactorAuthPresnt': 'false' } } })],
  ],
];

/** The template in which the statements have this form. */
function templateOf(form: Form, statements: readonly JsonStatement[]): Template {
  const PolicyDocument = { Version: '2012-10-17', Statement: statements };
  function managed(properties: object, others = {}) {
    return {
      Resources: {
        P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument, ...properties } },
        ...others,
      },
    };
  }
  switch (form) {
    case 'people':
      return managed({ Groups: ['people'] });
    case 'roles':
      return managed({ Roles: ['app'] });
    case 'shared':
      return managed({ Groups: ['people'], Roles: ['app'] });
    case 'nobody yet':
      return managed({});
    case 'boundary of roles':
      return managed(
        {},
        { R: { Type: 'AWS::IAM::Role', Properties: { PermissionsBoundary: { Ref: 'P' } } } },
      );
    case 'organization':
      return {
        Resources: { P: { Type: 'AWS::Organizations::Policy', Properties: { Content: PolicyDocument } } },
      };
    case 'bucket': {
      const Statement = statements.map((one) => ({ Principal: '*', ...one }));
      return {
        Resources: {
          P: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: { PolicyDocument: { ...PolicyDocument, Statement } },
          },
        },
      };
    }
    case 'trust':
      return {
        Resources: {
          P: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: PolicyDocument } },
        },
      };
  }
}

interface Found {
  readonly rule: string;
  readonly finding: Finding;
}

function findingsIn(form: Form, statements: readonly JsonStatement[]): readonly Found[] {
  return policiesOf(templateOf(form, statements)).flatMap((policy: Policy) =>
    POLICY_RULES.flatMap((rule) => {
      const verdict = rule.check(policy);
      return verdict === NOT_APPLICABLE ? [] : verdict.map((finding) => ({ rule: rule.id, finding }));
    }),
  );
}

/** Does what the first finding says, then what the first one after that says, and so on. */
function settled(
  form: Form,
  statements: readonly JsonStatement[],
): { readonly after: readonly JsonStatement[]; readonly rules: readonly string[] } {
  let current = statements;
  const rules: string[] = [];
  for (let round = 0; round < 12; round++) {
    const [found] = findingsIn(form, current);
    if (found === undefined) {
      return { after: current, rules };
    }
    rules.push(found.rule);
    current = applied(current, found.finding);
  }
  throw new Error(`the fixes never end: ${JSON.stringify(current)}`);
}

function applied(statements: readonly JsonStatement[], finding: Finding): readonly JsonStatement[] {
  const meant = /^write ([^",;{ ]+), or, if it is newer/.exec(finding.fix)?.[1];
  if (finding.word !== undefined && meant !== undefined) {
    return JSON.parse(JSON.stringify(statements).replaceAll(`"${finding.word}"`, `"${meant}"`));
  }
  const [, index] = /\.Statement\.(\d+)/.exec(finding.location) ?? [];
  return statements.flatMap((one, at) => (at === Number(index) ? fixed(one, finding) : [one]));
}

const APP = roleSession('app');
/** Next to a policy that allows everything, a Deny shows; alone, an Allow. */
const SIGN_INS: readonly SignIn[] = ['a long-term key', 'a session without MFA', 'fresh MFA'];
const QUESTIONS: readonly (readonly [action: string, resource: string])[] = [
  ['s3:GetObject', 'arn:aws:s3:::bucket/key'],
  ['ec2:TerminateInstances', 'arn:aws:ec2:eu-central-1:111122223333:instance/i-1'],
  ['iam:CreateAccessKey', OLGA.arn],
  ['iam:CreateAccessKey', user('peter').arn],
  ['iam:AttachUserPolicy', OLGA.arn],
  ['iam:DeactivateMFADevice', OLGA.arn],
  ['iam:DeactivateMFADevice', user('peter').arn],
  ['iam:DeleteVirtualMFADevice', 'arn:aws:iam::111122223333:mfa/olga'],
  ['iam:DeleteVirtualMFADevice', 'arn:aws:iam::111122223333:mfa/peter'],
  ['iam:CreateVirtualMFADevice', 'arn:aws:iam::111122223333:mfa/olga'],
  ['iam:EnableMFADevice', OLGA.arn],
  ['iam:ListMFADevices', OLGA.arn],
  ['iam:GetUser', OLGA.arn],
  ['sts:GetSessionToken', '*'],
];
/** Those that people need before they have MFA, and may be given by a fix. */
const ENROLLING = /^(iam:(CreateVirtual|Enable|List|Get)|sts:GetSessionToken)/;

interface Answer {
  readonly question: string;
  readonly isMachine: boolean;
  readonly hasMfa: boolean;
  readonly isEnrolling: boolean;
  readonly isAllowed: boolean;
}

async function answers(form: Form, statements: readonly JsonStatement[]): Promise<readonly Answer[]> {
  const [policy] = policiesDocuments(templateOf(form, statements));
  const found: Answer[] = [];
  for (const [caller, signIn] of callersOf(form)) {
    for (const [action, resource] of questionsOf(form)) {
      for (const others of othersOf(form)) {
        found.push({
          question: `${caller.arn} with ${signIn} calls ${action} on ${resource}, next to ${others.length} policies`,
          isMachine: caller === APP,
          hasMfa: signIn === 'fresh MFA',
          isEnrolling: ENROLLING.test(action),
          isAllowed: await isAllowed(form, { caller, signIn, action, resource, policies: others }, policy),
        });
      }
    }
  }
  return found;
}

interface Question {
  readonly caller: Caller;
  readonly signIn: SignIn;
  readonly action: string;
  readonly resource: string;
  readonly policies: readonly unknown[];
}

async function isAllowed(form: Form, question: Question, policy: unknown): Promise<boolean> {
  switch (form) {
    case 'trust':
    case 'bucket':
      return (await decide({ ...question, trust: policy })) === 'Allowed';
    case 'organization':
      return decideUnchecked({ ...question, serviceControls: [policy] }) === 'Allowed';
    case 'boundary of roles':
      return decideUnchecked({ ...question, boundary: policy }) === 'Allowed';
    default:
      return decideUnchecked({ ...question, policies: [...question.policies, policy] }) === 'Allowed';
  }
}

/** The policies next to it: a boundary and an organization's policy allow nothing on their own. */
function othersOf(form: Form): readonly (readonly unknown[])[] {
  if (form === 'trust') {
    return [[]];
  }
  return form === 'organization' || form === 'boundary of roles' ? [[ADMINISTRATOR]] : [[], [ADMINISTRATOR]];
}

function callersOf(form: Form): readonly (readonly [Caller, SignIn])[] {
  const people = SIGN_INS.flatMap((signIn) => [
    [OLGA, signIn] as const,
    [user('peter', '/eu/'), signIn] as const,
  ]);
  const machines = [[APP, 'a long-term key'] as const];
  if (form === 'people') {
    return people;
  }
  return form === 'roles' || form === 'boundary of roles' ? machines : [...people, ...machines];
}

function questionsOf(form: Form): typeof QUESTIONS {
  if (form === 'trust') {
    return [['sts:AssumeRole', 'arn:aws:iam::111122223333:role/judged']];
  }
  return form === 'bucket' ? QUESTIONS.filter(([action]) => action === 's3:GetObject') : QUESTIONS;
}

function policiesDocuments({ Resources }: Template): readonly unknown[] {
  const { P } = Resources as Readonly<
    Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>
  >;
  const { PolicyDocument, Content, AssumeRolePolicyDocument } = P?.Properties ?? {};
  return [PolicyDocument ?? Content ?? AssumeRolePolicyDocument];
}

/** Rules whose fix is to let machines do what they were kept from. */
const FREES_MACHINES = ['MfaRequiredOfMachines', 'OrganizationDenyStopsRoles'];
/** Rules whose fix lets those with MFA do what a mistake kept them from. */
const FREES_MFA = ['MfaConditionMistaken', 'UnknownConditionKey', 'UserUnderPath', 'DeviceNamedAfterUser'];

/** Every case, or the first of each rule and form. */
const JUDGED = CASES.map((one, index) => [`${index} ${one[0]} ${one[1]}`, ...one] as const).filter(
  ([, rule, form], index) =>
    isFullExtent || index === CASES.findIndex(([ofRule, ofForm]) => ofRule === rule && ofForm === form),
);

describe.each(JUDGED)('%s', (_name, rule, form, statements) => {
  test('the fix leaves nothing to find, locks nobody out and opens nothing', async () => {
    expect(findingsIn(form, statements).map((found) => found.rule)).toContain(rule);
    const { after, rules } = settled(form, statements);
    expect(findingsIn(form, after)).toEqual([]);

    const [earlier, later] = [await answers(form, statements), await answers(form, after)];
    const changed = earlier.flatMap((one, index) => {
      const then = later[index];
      return then === undefined || one.isAllowed === then.isAllowed ? [] : [then];
    });
    // Those who have MFA, machines, and those who enroll are kept from nothing.
    const lockedOut = changed.filter(
      ({ isAllowed: isNow, hasMfa, isMachine, isEnrolling }) =>
        !isNow &&
        (hasMfa || (isMachine && !isUnnamedInTrust(form, statements)) || (isEnrolling && form !== 'bucket')),
    );
    const opened = changed.filter(
      ({ isAllowed: isNow, hasMfa, isMachine, isEnrolling }) =>
        isNow &&
        !isEnrolling &&
        !(isMachine && rules.some((one) => FREES_MACHINES.includes(one))) &&
        !(hasMfa && rules.some((one) => FREES_MFA.includes(one))),
    );
    expect(lockedOut.map(({ question }) => question)).toEqual([]);
    expect(opened.map(({ question }) => question)).toEqual([]);
  });
});

/** A role in a trusted account, or anybody, is nobody whom the template names; the fix says what to do for it. */
function isUnnamedInTrust(form: Form, statements: readonly JsonStatement[]): boolean {
  return form === 'trust' && !JSON.stringify(statements).includes(ROLE);
}

test('every rule has a case', () => {
  // A person's is in check-templates.test.ts: it needs a whole template.
  const rules = POLICY_RULES.map(({ id }) => id);
  expect(new Set(JUDGED.map(([, rule]) => rule))).toEqual(new Set(rules));
});
