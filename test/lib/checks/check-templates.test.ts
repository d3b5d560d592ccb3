// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a template
/** Whole templates: people with all of their policies, parameters, and the places that nobody can judge. */
import { checkTemplates } from '../../../lib/checks/check-templates';
import { ROOT } from './trust-statements';

const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
const WITH_MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const DENY = {
  Effect: 'Deny',
  NotAction: ['iam:EnableMFADevice', 'sts:GetSessionToken'],
  Resource: '*',
  Condition: WITHOUT_MFA,
};
const ADMIN = { Effect: 'Allow', Action: '*', Resource: '*' };

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;

function check(Resources: object, more: object = {}) {
  return checkTemplates([{ path: 't.json', account: undefined, template: { Resources, ...more } }]);
}

function found(Resources: object, more: object = {}): readonly string[] {
  return check(Resources, more).findings.map(
    ({ severity, id, logicalId }) => `${severity} ${id} ${logicalId}`,
  );
}

function reasons(Resources: object, more: object = {}): readonly string[] {
  return check(Resources, more).notJudged.map(
    ({ logicalId, location, reason }) => `${logicalId}.${location}: ${reason}`,
  );
}

function user(more: object = {}, ...statements: readonly object[]) {
  return {
    Type: 'AWS::IAM::User',
    Properties: { LoginProfile: { Password: 'x' }, ...policies(...statements), ...more },
  };
}

function policies(...statements: readonly object[]) {
  return statements.length === 0 ? {} : { Policies: [{ PolicyDocument: { Statement: statements } }] };
}

function managed(statement: object, more: object = {}) {
  return {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Statement: [statement] }, ...more },
  };
}

const AWS_ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';

test('a password that is AWS::NoValue is none', () => {
  const LoginProfile = { Ref: 'AWS::NoValue' };
  expect(check({ U: user({ LoginProfile }, ADMIN) }).findings).toEqual([]);
  const maybe = { 'Fn::If': ['Console', { Password: 'x' }, LoginProfile] };
  expect(check({ U: user({ LoginProfile: maybe }, ADMIN) }).findings).toHaveLength(1);
});

test('a condition that is AWS::NoValue is none', () => {
  const open = { R: role(ROOT, { Condition: { Ref: 'AWS::NoValue' } }) };
  expect(found(open)).toEqual(['error RoleWithoutMfa R']);
  expect(reasons(open)).toEqual([]);
});

test('a condition whose value is in a mapping is judged by it', () => {
  const asked = { 'Fn::FindInMap': ['Mfa', 'people', 'Required'] };
  const guarded = { R: role(ROOT, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': asked } } }) };
  function by(Required: string) {
    return { Mappings: { Mfa: { people: { Required } } } };
  }
  expect(found(guarded, by('true'))).toEqual([]);
  expect(found(guarded, by('false'))).not.toEqual([]);
});

test('a policy that Fn::ToJsonString makes text is judged, and is not listed as one that is not', () => {
  const statement = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  };
  const Content = { 'Fn::ToJsonString': { Statement: [statement] } };
  const checked = check({ P: { Type: 'AWS::Organizations::Policy', Properties: { Content } } });
  expect(checked.findings).toMatchObject([{ rule: 'OrganizationDenyStopsRoles' }]);
  expect(checked.notJudged).toEqual([]);
});

describe('people who can sign in and whom nothing asks for MFA', () => {
  test.each<readonly [string, Resources]>([
    ['a password and a policy of their own', { U: user({}, ADMIN) }],
    ['a policy of AWS', { U: user({ ManagedPolicyArns: [AWS_ADMIN] }) }],
    [
      'another partition’s policy of AWS',
      {
        U: user({
          ManagedPolicyArns: [{ 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/IAMFullAccess' }],
        }),
      },
    ],
    [
      'an access key',
      {
        U: { Type: 'AWS::IAM::User', Properties: policies(ADMIN) },
        K: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'U' } } },
      },
    ],
    [
      'a managed policy of the template',
      { P: managed(ADMIN), U: user({ ManagedPolicyArns: [{ Ref: 'P' }] }) },
    ],
    ['a managed policy that names the user', { P: managed(ADMIN, { Users: [{ Ref: 'U' }] }), U: user() }],
    [
      'an inline policy of its own resource',
      {
        P: {
          Type: 'AWS::IAM::UserPolicy',
          Properties: { UserName: { Ref: 'U' }, PolicyDocument: { Statement: ADMIN } },
        },
        U: user(),
      },
    ],
    [
      'a group',
      { G: { Type: 'AWS::IAM::Group', Properties: policies(ADMIN) }, U: user({ Groups: [{ Ref: 'G' }] }) },
    ],
    [
      'a group by its name',
      {
        G: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'admins', ...policies(ADMIN) } },
        U: user({ Groups: ['admins'] }),
      },
    ],
    [
      'a group that they are added to',
      {
        G: { Type: 'AWS::IAM::Group', Properties: policies(ADMIN) },
        U: user(),
        A: {
          Type: 'AWS::IAM::UserToGroupAddition',
          Properties: { GroupName: { Ref: 'G' }, Users: [{ Ref: 'U' }] },
        },
      },
    ],
    ['a Deny of something else', { U: user({}, ADMIN, { ...DENY, NotAction: undefined, Action: 's3:*' }) }],
    [
      'a Deny that long-term keys pass, which is found as well',
      { U: user({}, ADMIN, { ...DENY, Condition: { Bool: WITHOUT_MFA.BoolIfExists } }) },
    ],
    ['IAM by a pattern', { U: user({}, { Effect: 'Allow', Action: 'iam:Put*', Resource: '*' }) }],
  ])('%s: an error', (_name, resources) => {
    expect(found(resources)).toContain('error PeopleWithoutMfa U');
  });

  test('a group with members whom the template only names', () => {
    const group = { Type: 'AWS::IAM::Group', Properties: policies(ADMIN) };
    const addition = {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: { Ref: 'G' }, Users: ['olga'] },
    };
    expect(found({ G: group, A: addition })).toEqual(['error PeopleWithoutMfa G']);
    expect(found({ G: group })).toEqual([]);
  });

  test.each<readonly [string, Resources]>([
    ['one service', { U: user({}, { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }) }],
    ['another policy of AWS', { U: user({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }) }],
    [
      'within a boundary of AWS',
      {
        U: user(
          { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
          { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
        ),
      },
    ],
    ['everything but IAM', { U: user({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/PowerUserAccess'] }) }],
    [
      'everything within a boundary of one service',
      {
        P: managed({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
        U: user({ PermissionsBoundary: { Ref: 'P' } }, ADMIN),
      },
    ],
  ])('who may do less: %s: a warning', (_name, resources) => {
    expect(found(resources)).toEqual(['warning PeopleWithoutMfa U']);
  });
});

describe('people whom something asks for MFA, or who may do nothing', () => {
  const guard = managed(DENY);
  test.each<readonly [string, Resources]>([
    ['a Deny of their own', { U: user({}, ADMIN, DENY) }],
    ['a managed Deny', { P: guard, U: user({ ManagedPolicyArns: [AWS_ADMIN, { Ref: 'P' }] }) }],
    [
      'the Deny of a group',
      {
        G: { Type: 'AWS::IAM::Group', Properties: policies(DENY) },
        U: user({ Groups: [{ Ref: 'G' }] }, ADMIN),
      },
    ],
    [
      'a boundary that allows nothing without MFA',
      {
        P: managed({ ...ADMIN, Condition: WITH_MFA }),
        U: user({ PermissionsBoundary: { Ref: 'P' } }, ADMIN),
      },
    ],
    [
      'a boundary that allows reading',
      {
        P: managed({ ...ADMIN, Action: ['iam:Get*', 'iam:List*'] }),
        U: user({ PermissionsBoundary: { Ref: 'P' } }, ADMIN),
      },
    ],
    [
      'a boundary that allows something else',
      {
        P: managed({ ...ADMIN, Action: 's3:*' }),
        U: user({ PermissionsBoundary: { Ref: 'P' } }, { ...ADMIN, Action: 'ec2:*' }),
      },
    ],
    ['a boundary without policies', { P: managed(ADMIN), U: user({ PermissionsBoundary: { Ref: 'P' } }) }],
    ['the Deny of a boundary', { P: managed(DENY), U: user({ PermissionsBoundary: { Ref: 'P' } }, ADMIN) }],
    ['a condition', { U: user({}, { ...ADMIN, Condition: WITH_MFA }) }],
    ['a boundary of AWS alone', { U: user({ PermissionsBoundary: AWS_ADMIN }) }],
    ['no permission', { U: user() }],
    [
      'enrolling alone',
      {
        U: user(
          { ManagedPolicyArns: ['arn:aws:iam::aws:policy/IAMUserChangePassword'] },
          { Effect: 'Allow', Action: ['iam:EnableMFADevice', 'iam:ListMFADevices'], Resource: '*' },
        ),
      },
    ],
    ['no way to sign in', { U: { Type: 'AWS::IAM::User', Properties: policies(ADMIN) } }],
  ])('%s', (_name, resources) => {
    expect(found(resources)).toEqual([]);
  });

  test.each<readonly [string, object, string]>([
    [
      'a policy',
      { ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/mfa'] },
      'the policy arn:aws:iam::111122223333:policy/mfa',
    ],
    [
      'a boundary',
      { PermissionsBoundary: { 'Fn::ImportValue': 'boundary' } },
      'the policy ${Fn::ImportValue}',
    ],
    ['a group', { Groups: ['people'] }, 'the group people'],
  ])('who have %s that is not in the template are not judged', (_name, properties, what) => {
    const resources = { U: user(properties, ADMIN) };
    expect(found(resources)).toEqual([]);
    expect(reasons(resources)).toEqual([`U.Properties: ${what} may require MFA, and is not in the template`]);
  });

  test.each<readonly [string, object]>([
    ['a policy', { ManagedPolicyArns: [{ 'Fn::FindInMap': ['Policies', { Ref: 'Kind' }, 'Arn'] }] }],
    ['a group', { Groups: [{ Ref: 'Team' }] }],
  ])('whose permissions are all in %s that is not in the template are not judged', (_name, properties) => {
    expect(found({ U: user(properties) })).toEqual([]);
    expect(reasons({ U: user(properties) })).toHaveLength(1);
    // A Deny in the template covers whatever the other policy allows.
    expect(reasons({ U: user(properties, DENY) })).toEqual([]);
  });

  test('a boundary elsewhere gives no permission', () => {
    expect(reasons({ U: user({ PermissionsBoundary: { Ref: 'Arn' } }) })).toEqual([]);
  });

  test('the fix of a person leaves nothing to find', () => {
    const [finding] = check({ U: user({}, ADMIN) }).findings;
    const [, added = ''] = /^add a policy with (\{.*\} \} \}), in CDK/.exec(finding?.fix ?? '') ?? [];
    expect(found({ U: user({}, ADMIN, JSON.parse(added)) })).toEqual([]);
  });
});

function role(Principal: unknown, more: object = {}) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...more }],
      },
    },
  };
}
const TRUST = 'Properties.AssumeRolePolicyDocument';

describe('what nobody can judge is said', () => {
  test.each<readonly [string, object, string]>([
    [
      'a principal',
      { R: role({ AWS: { Ref: 'Who' } }) },
      `R.${TRUST}.Statement.0: \${Who} is known only at deployment`,
    ],
    [
      'principals',
      { R: role({ Ref: 'Who' }) },
      `R.${TRUST}.Statement.0: \${Who} is known only at deployment`,
    ],
    ['a principal without form', { R: role({ AWS: 'USER_ARN' }) }, "the form of USER_ARN is no principal's"],
    [
      'who is left of an account',
      { R: role(ROOT, { Condition: { ArnLike: { 'aws:PrincipalArn': { Ref: 'Arn' } } } }) },
      'the value of aws:PrincipalArn is known only at deployment: ${Arn}',
    ],
    [
      'who is left of everybody',
      { R: role('*', { Condition: { StringLike: { 'aws:userid': { 'Fn::Sub': '${Id}:*' } } } }) },
      'the value of aws:userid is known only at deployment: ${Id}:*',
    ],
    [
      'an effect',
      { R: role(ROOT, { Effect: { 'Fn::If': ['A', 'Allow', 'Deny'] } }) },
      'its effect is decided at deployment',
    ],
    [
      'conditions',
      { R: role(ROOT, { Condition: { 'Fn::If': ['A', {}, WITH_MFA] } }) },
      'its conditions are decided at deployment',
    ],
    [
      'the value of a condition',
      { R: role(ROOT, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': { Ref: 'P' } } } }) },
      'the value of aws:MultiFactorAuthPresent is known only at deployment: ${P}',
    ],
    [
      'a document',
      { R: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Ref: 'Json' } } } },
      `R.${TRUST}: the policy document is assembled`,
    ],
    [
      'a document in a list',
      {
        U: {
          Type: 'AWS::IAM::User',
          Properties: { Policies: [{ PolicyDocument: { 'Fn::Sub': '${Json}' } }] },
        },
      },
      'U.Properties.Policies.0.PolicyDocument: the policy',
    ],
    [
      'a macro',
      { R: { Type: 'AWS::IAM::Role', Properties: { 'Fn::Transform': { Name: 'AWS::Include' } } } },
      'R.Properties: a macro writes it',
    ],
    [
      'a nested stack',
      { S: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://x/y' } } },
      'S.Properties.TemplateURL: its template is at https://x/y',
    ],
    [
      'a StackSet',
      { S: { Type: 'AWS::CloudFormation::StackSet', Properties: { TemplateURL: { Ref: 'Url' } } } },
      'its template is at ${Url}',
    ],
    [
      'the body of a StackSet',
      { S: { Type: 'AWS::CloudFormation::StackSet', Properties: { TemplateBody: { Ref: 'Body' } } } },
      'S.Properties.TemplateBody: its template is assembled',
    ],
    [
      'an application',
      { S: { Type: 'AWS::Serverless::Application', Properties: { Location: { ApplicationId: 'a' } } } },
      'S.Properties.Location',
    ],
    [
      'a product',
      {
        P: {
          Type: 'AWS::ServiceCatalog::CloudFormationProduct',
          Properties: { ProvisioningArtifactParameters: [{ Info: { LoadTemplateFromURL: 'https://x/p' } }] },
        },
      },
      'LoadTemplateFromURL: its template is at https://x/p',
    ],
  ])('%s', (_name, resources, reason) => {
    expect(found(resources)).toEqual([]);
    expect(reasons(resources)).toEqual([expect.stringContaining(reason)]);
  });

  test.each<readonly [string, object]>([
    ['a principal who needs MFA', { R: role({ AWS: { Ref: 'Who' } }, { Condition: WITH_MFA }) }],
    ['a service', { R: role({ Service: { Ref: 'Service' } }) }],
    [
      'a role of the template',
      { R: role({ Service: 'ec2.amazonaws.com' }), S: role({ AWS: { 'Fn::GetAtt': ['R', 'Arn'] } }) },
    ],
    [
      'who is left of an account, if it is a role of the template',
      {
        R: role({ Service: 'ec2.amazonaws.com' }),
        S: role(ROOT, { Condition: { ArnLike: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['R', 'Arn'] } } } }),
        T: role(ROOT, { Condition: { StringLike: { 'aws:userid': { 'Fn::Sub': '${R.RoleId}:*' } } } }),
      },
    ],
    [
      'who is left of an account, if the type is known',
      {
        R: role(ROOT, {
          Condition: { ArnLike: { 'aws:PrincipalArn': { 'Fn::Sub': 'arn:aws:iam::${Account}:role/ci' } } },
        }),
      },
    ],
    [
      'the nested stack of an app',
      {
        S: {
          Type: 'AWS::CloudFormation::Stack',
          Metadata: { 'aws:asset:path': 'n.json' },
          Properties: { TemplateURL: { 'Fn::Sub': 'x' } },
        },
      },
    ],
    [
      'a branch',
      {
        U: {
          Type: 'AWS::IAM::User',
          Properties: {
            Policies: [{ PolicyDocument: { 'Fn::If': ['A', { Statement: [] }, { Statement: [] }] } }],
          },
        },
      },
    ],
  ])('but not %s', (_name, resources) => {
    expect(reasons(resources)).toEqual([]);
  });

  test('a parameter with a default is judged by it', () => {
    const resources = { R: role({ AWS: { Ref: 'Who' } }) };
    const Parameters = { Who: { Type: 'String', Default: 'arn:aws:iam::111122223333:root' } };
    expect(found(resources, { Parameters })).toEqual(['error RoleWithoutMfa R']);
    expect(reasons(resources, { Parameters })).toEqual([]);
  });
});

describe('what else carries policies is read', () => {
  test('the trust and the policies of SAM', () => {
    const { AssumeRolePolicyDocument } = role(ROOT).Properties;
    const Properties = {
      AssumeRolePolicyDocument,
      Policies: [{ Statement: [{ ...DENY, Action: '*', NotAction: undefined }] }],
    };
    expect(found({ F: { Type: 'AWS::Serverless::Function', Properties } })).toEqual([
      'error RoleWithoutMfa F',
      'error MfaRequiredOfMachines F',
    ]);
  });

  test('a StackSet’s template in YAML', () => {
    const TemplateBody = [
      'Resources:',
      '  Open:',
      '    Type: AWS::IAM::Role',
      '    Properties:',
      '      AssumeRolePolicyDocument:',
      '        Statement: { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root" } }',
    ].join('\n');
    expect(found({ S: { Type: 'AWS::CloudFormation::StackSet', Properties: { TemplateBody } } })).toEqual([
      'error RoleWithoutMfa S',
    ]);
  });

  test('the people in a StackSet’s template', () => {
    const TemplateBody = JSON.stringify({ Resources: { Olga: user({}, ADMIN) } });
    const { findings } = check({
      S: { Type: 'AWS::CloudFormation::StackSet', Properties: { TemplateBody } },
    });
    expect(findings).toMatchObject([
      {
        rule: 'PeopleWithoutMfa',
        logicalId: 'S',
        location: 'Properties.TemplateBody.Resources.Olga.Properties',
      },
    ]);
  });

  test.each([
    ['in place of resources', { 'Fn::Transform': { Name: 'AWS::Include' } }],
    ['in place of a resource', { R: { 'Fn::Transform': { Name: 'AWS::Include' } } }],
  ])('a macro, which is not judged: %s', (_name, resources) => {
    expect(reasons(resources)).toEqual([expect.stringContaining('a macro writes it at deployment')]);
  });

  test('loops', () => {
    const loop = ['Team', ['a', 'b'], { 'R${Team}': role(ROOT) }];
    expect(found({ 'Fn::ForEach::Teams': loop })).toEqual([
      'error RoleWithoutMfa Ra',
      'error RoleWithoutMfa Rb',
    ]);
  });
});
