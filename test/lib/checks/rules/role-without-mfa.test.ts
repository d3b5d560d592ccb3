// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and references of a template
import { roleWithoutMfa } from '../../../../lib/checks/rules/role-without-mfa';
import { allow, arn, deny, MFA, OLGA, OWN, ROOT, WITHOUT_MFA } from '../trust-statements';
import { resource, severitiesOf, trust, verdictOf } from '../verdicts';

describe('people come in without MFA', () => {
  test.each([
    ['an account', trust(allow(ROOT)), 'arn:aws:iam::111122223333:root'],
    ['the own account', trust(allow(OWN)), 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'],
    ['an account by its number', trust(allow({ AWS: '111122223333' })), '111122223333'],
    ['an account of another partition', trust(allow({ AWS: 'arn:aws-cn:iam::111122223333:root' })), 'aws-cn'],
    ['a user', trust(allow(OLGA)), 'user/people/olga'],
    ['anybody', trust(allow('*')), 'anybody (*)'],
    ['anybody as AWS', trust(allow({ AWS: '*' })), 'anybody (*)'],
    [
      'anybody of an account',
      trust(allow('*', { StringEquals: { 'aws:PrincipalAccount': '444455556666' } })),
      'every user of the account 444455556666',
    ],
    [
      'anybody of an organization',
      trust(allow('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3' } })),
      'every user of the organization o-a1b2c3',
    ],
    [
      'everybody but one',
      trust({ Effect: 'Allow', NotPrincipal: OLGA, Action: 'sts:AssumeRole' }),
      'anybody',
    ],
    [
      'a user among roles',
      trust(allow({ AWS: ['arn:aws:iam::111122223333:role/ci', OLGA.AWS] })),
      'lets arn:aws:iam::111122223333:user/people/olga assume',
    ],
    [
      'limited to roles by a condition that is left out',
      trust(allow(ROOT, arn({ Ref: 'AWS::NoValue' }))),
      'root',
    ],
    ['by a pattern of actions', trust(allow(ROOT, undefined, 'sts:*')), 'root'],
    [
      'for the reverse of MFA',
      trust(allow(ROOT, { Bool: { 'aws:MultiFactorAuthPresent': 'false' } })),
      'root',
    ],
    [
      'with an external id of our own account',
      trust(allow(OWN, { StringEquals: { 'sts:ExternalId': 'x' } })),
      'root',
    ],
    [
      'in one branch of an Fn::If',
      trust({ 'Fn::If': ['Open', allow(ROOT), { Ref: 'AWS::NoValue' }] }),
      'root',
    ],
    [
      'next to a Deny that long-term keys pass',
      trust(allow(ROOT), deny({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } })),
      'root',
    ],
    ['next to a Deny of somebody else', trust(allow(ROOT), deny(WITHOUT_MFA, OLGA)), 'root'],
    [
      'next to a Deny of all but one user',
      trust(allow(ROOT), { Effect: 'Deny', NotPrincipal: OLGA, Action: '*', Condition: WITHOUT_MFA }),
      'root',
    ],
    [
      'next to a Deny of another action',
      trust(allow(ROOT), deny(WITHOUT_MFA, '*', 'sts:TagSession')),
      'root',
    ],
    [
      'next to a Deny from one network',
      trust(allow(ROOT), deny({ ...WITHOUT_MFA, IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })),
      'root',
    ],
    [
      'when some roles are exempt by a weak pattern',
      trust(allow(ROOT, arn(['arn:aws:iam::111122223333:role/ci', '*']))),
      'root',
    ],
  ])('%s', (_name, template, who) => {
    const verdict = verdictOf(roleWithoutMfa, template);
    expect(verdict).toContain('Properties.AssumeRolePolicyDocument.Statement.0: lets ');
    expect(verdict).toContain(who);
    expect(verdict).toContain('without MFA: a stolen password or access key is enough');
  });

  test('a user of the template, by reference', () => {
    function template(Type: string) {
      return resource(
        'AWS::IAM::Role',
        { AssumeRolePolicyDocument: { Statement: allow({ AWS: { 'Fn::GetAtt': ['Olga', 'Arn'] } }) } },
        { Olga: { Type } },
      );
    }
    expect(verdictOf(roleWithoutMfa, template('AWS::IAM::User'))).toContain('lets ${Olga.Arn} assume');
    expect(verdictOf(roleWithoutMfa, template('AWS::IAM::Role'))).toBe('not applicable');
    expect(verdictOf(roleWithoutMfa, template('Custom::Principal'))).toBe('not applicable');
  });

  test('each statement is a finding of its own, at its place', () => {
    const verdict = verdictOf(
      roleWithoutMfa,
      trust(allow({ Service: 'ec2.amazonaws.com' }), allow(OLGA), allow('*')),
    );
    expect(verdict.split('\n').map((line) => line.slice(0, line.indexOf(': ')))).toEqual([
      'Properties.AssumeRolePolicyDocument.Statement.1',
      'Properties.AssumeRolePolicyDocument.Statement.2',
    ]);
  });
});

describe('people are asked for MFA', () => {
  test.each([
    ['by Bool', trust(allow(ROOT, MFA))],
    ['by Bool in another case', trust(allow(ROOT, { Bool: { 'AWS:multifactorauthpresent': 'True' } }))],
    ['by a boolean', trust(allow(ROOT, { Bool: { 'aws:MultiFactorAuthPresent': true } }))],
    [
      'by an age, which is there with MFA only',
      trust(allow(ROOT, { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } })),
    ],
    ['by the presence of an age', trust(allow(ROOT, { Null: { 'aws:MultiFactorAuthAge': 'false' } }))],
    ['next to other conditions', trust(allow(OWN, { ...MFA, StringEquals: { 'sts:ExternalId': 'x' } }))],
    ['by a Deny', trust(allow(ROOT), deny(WITHOUT_MFA))],
    ['by a Deny of IAM users', trust(allow(ROOT), deny({ ...WITHOUT_MFA, ...arn('arn:aws:iam::*:user/*') }))],
    [
      'by a Deny of all but roles',
      trust(allow(ROOT), deny({ ...WITHOUT_MFA, ...arn('arn:aws:iam::111122223333:role/*', 'ArnNotLike') })),
    ],
    [
      'by a Deny of all but services that act for them',
      trust(
        allow(ROOT),
        deny({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false', 'aws:ViaAWSService': 'false' } }),
      ),
    ],
    ['by a Deny of their account', trust(allow(OLGA), deny(WITHOUT_MFA, ROOT))],
    [
      'by a Deny in two halves',
      trust(
        allow(ROOT),
        deny({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
        deny({ Null: { 'aws:MultiFactorAuthPresent': 'true' } }),
      ),
    ],
    ['by conditions of the deployment', trust(allow(ROOT, { 'Fn::If': ['Strict', MFA, {}] }))],
    [
      'by a value of the deployment',
      trust(allow(ROOT, { Bool: { 'aws:MultiFactorAuthPresent': { Ref: 'Strict' } } })),
    ],
  ])('%s', (_name, template) => {
    expect(verdictOf(roleWithoutMfa, template)).toBe('compliant');
  });
});

describe('no people are trusted', () => {
  test.each([
    ['a service', trust(allow({ Service: 'lambda.amazonaws.com' }))],
    [
      'SAML',
      trust(
        allow(
          { Federated: 'arn:aws:iam::111122223333:saml-provider/idp' },
          undefined,
          'sts:AssumeRoleWithSAML',
        ),
      ),
    ],
    [
      'OIDC',
      trust(
        allow(
          { Federated: 'token.actions.githubusercontent.com' },
          undefined,
          'sts:AssumeRoleWithWebIdentity',
        ),
      ),
    ],
    ['a role', trust(allow({ AWS: 'arn:aws:iam::111122223333:role/ci' }))],
    [
      'an Identity Center role',
      trust(
        allow({
          AWS: 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a',
        }),
      ),
    ],
    ['a session of a role', trust(allow({ AWS: 'arn:aws:sts::111122223333:assumed-role/ci/build' }))],
    ['an account, but its roles only', trust(allow(ROOT, arn(['arn:aws:iam::111122223333:role/ci-*'])))],
    [
      'an account, but instances only',
      trust(allow(ROOT, { ArnLike: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/*' } })),
    ],
    [
      'a user of another company by its external id',
      trust(allow(OLGA, { StringEquals: { 'sts:ExternalId': 'x' } })),
    ],
    ['another company by its external id', trust(allow(ROOT, { StringEquals: { 'sts:ExternalId': 'x' } }))],
    ['a parameter', trust(allow({ AWS: { Ref: 'Principal' } }))],
    ['an account to tag sessions', trust(allow(ROOT, undefined, 'sts:TagSession'))],
    ['nobody', trust(deny(WITHOUT_MFA))],
    [
      'a bucket',
      resource('AWS::S3::BucketPolicy', {
        PolicyDocument: { Statement: [allow('*', undefined, 's3:GetObject')] },
      }),
    ],
  ])('%s', (_name, template) => {
    expect(verdictOf(roleWithoutMfa, template)).toBe('not applicable');
  });
});

test('an external id of the own account, written out, does not make it another company', () => {
  const template = trust(allow(ROOT, { StringEquals: { 'sts:ExternalId': 'x' } }));
  expect(verdictOf(roleWithoutMfa, template, '111122223333')).toContain('root');
  expect(verdictOf(roleWithoutMfa, template, '444455556666')).toBe('not applicable');
});

describe('it is a warning', () => {
  test.each<readonly [string, ReturnType<typeof trust>]>([
    ['an organization', trust(allow('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3' } }))],
    [
      'parts of one',
      trust(allow('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-a/r-b/*' } })),
    ],
    ...[
      'AWSCloudFormationStackSetExecutionRole',
      'AWSControlTowerExecution',
      { 'Fn::Sub': 'cdk-${Qualifier}-file-publishing-role-${AWS::AccountId}-${AWS::Region}' },
      'cdk-hnb659fds-lookup-role-111122223333-eu-west-1',
    ].map(
      (RoleName) =>
        [
          `the role of AWS ${JSON.stringify(RoleName)}`,
          resource('AWS::IAM::Role', { RoleName, AssumeRolePolicyDocument: { Statement: allow(ROOT) } }),
        ] as const,
    ),
  ])('%s', (_name, template) => {
    expect(severitiesOf(roleWithoutMfa, template)).toEqual(['warning']);
  });

  test.each([
    ['any organization', trust(allow('*', { StringLike: { 'aws:PrincipalOrgID': '*' } }))],
    [
      'an organization if there is one',
      trust(allow('*', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-a' } })),
    ],
    ['all but an organization', trust(allow('*', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }))],
    [
      'the role that deploys',
      resource('AWS::IAM::Role', {
        RoleName: 'cdk-hnb659fds-deploy-role-111122223333-eu-west-1',
        AssumeRolePolicyDocument: { Statement: allow(ROOT) },
      }),
    ],
  ])('but not %s', (_name, template) => {
    expect(severitiesOf(roleWithoutMfa, template)).toEqual(['error']);
  });
});
