// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and references of a template
import { importsOf, policiesOf } from '../../../lib/checks/policy';
import type { Template } from '../../../lib/checks/template';
import { show } from '../../../lib/checks/template-text';
import { resource } from './verdicts';

const DOCUMENT = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }],
};

/** Kind and place of each policy of a template with one resource. */
function found(type: string, properties: Readonly<Record<string, unknown>>): readonly string[] {
  return policiesOf(resource(type, properties)).map(
    ({ kind, statements }) => `${kind} ${statements.map(({ location }) => location)}`,
  );
}

test.each([
  [
    'AWS::IAM::Role',
    { AssumeRolePolicyDocument: DOCUMENT },
    'trust Properties.AssumeRolePolicyDocument.Statement.0',
  ],
  [
    'AWS::IAM::Role',
    { AssumeRolePolicyDocument: { 'Fn::If': ['Open', DOCUMENT, { Ref: 'AWS::NoValue' }] } },
    'trust Properties.AssumeRolePolicyDocument.Fn::If.1.Statement.0',
  ],
  [
    'AWS::IAM::Role',
    { Policies: [{ PolicyName: 'P', PolicyDocument: DOCUMENT }] },
    'identity Properties.Policies.0.PolicyDocument.Statement.0',
  ],
  [
    'AWS::IAM::Group',
    { Policies: [{ PolicyName: 'P', PolicyDocument: DOCUMENT }] },
    'identity Properties.Policies.0.PolicyDocument.Statement.0',
  ],
  ['AWS::IAM::UserPolicy', { PolicyDocument: DOCUMENT }, 'identity Properties.PolicyDocument.Statement.0'],
  [
    'AWS::IAM::Policy',
    { PolicyDocument: { Statement: DOCUMENT.Statement[0] } },
    'identity Properties.PolicyDocument.Statement',
  ],
  ['AWS::SSO::PermissionSet', { InlinePolicy: DOCUMENT }, 'identity Properties.InlinePolicy.Statement.0'],
  ['AWS::Organizations::Policy', { Content: DOCUMENT }, 'organization Properties.Content.Statement.0'],
  [
    'AWS::Organizations::Policy',
    { Content: JSON.stringify(DOCUMENT) },
    'organization Properties.Content.Statement.0',
  ],
  ['AWS::KMS::Key', { KeyPolicy: DOCUMENT }, 'resource Properties.KeyPolicy.Statement.0'],
  [
    'AWS::Logs::ResourcePolicy',
    {
      PolicyDocument: {
        'Fn::Join': ['', ['{"Statement":[{"Effect":"Allow","Resource":"', { Ref: 'Log' }, '"}]}']],
      },
    },
    'resource Properties.PolicyDocument.Statement.0',
  ],
  [
    'AWS::SQS::QueuePolicy',
    { PolicyDocument: { 'Fn::If': ['Open', DOCUMENT, { Ref: 'AWS::NoValue' }] } },
    'resource Properties.PolicyDocument.Fn::If.1.Statement.0',
  ],
  [
    'AWS::IAM::ManagedPolicy',
    { PolicyDocument: { Statement: [{ 'Fn::If': ['A', DOCUMENT.Statement[0], DOCUMENT.Statement[0]] }] } },
    'identity ',
  ],
])('%s %j', (type, properties, expected) => {
  const [only, ...others] = found(type, properties);
  expect(only).toContain(expected);
  expect(others).toEqual([]);
});

test.each([
  [
    'a rule of a web ACL',
    'AWS::WAFv2::RuleGroup',
    { Rules: [{ Statement: { GeoMatchStatement: { CountryCodes: ['AQ'] } } }] },
  ],
  ['text that is no JSON', 'AWS::Logs::ResourcePolicy', { PolicyDocument: '{ "Statement": oops' }],
  [
    'text that only the deployment makes JSON',
    'AWS::Logs::ResourcePolicy',
    { PolicyDocument: { 'Fn::Sub': '{ "Statement": ${List} }' } },
  ],
  [
    'the text of a template that can hold Config rules only',
    'AWS::Config::ConformancePack',
    { TemplateBody: JSON.stringify(resource('AWS::KMS::Key', { KeyPolicy: DOCUMENT })) },
  ],
  ['a policy of the deployment', 'AWS::KMS::Key', { KeyPolicy: { 'Fn::Transform': { Name: 'Include' } } }],
  ['no properties', 'AWS::KMS::Key', {}],
])('%s is no policy', (_name, type, properties) => {
  expect(found(type, properties)).toEqual([]);
});

describe('the template that a StackSet deploys', () => {
  const STACK_SET = 'AWS::CloudFormation::StackSet';
  function deployed(template: unknown) {
    return { TemplateBody: JSON.stringify(template) };
  }
  const role = resource('AWS::IAM::Role', { AssumeRolePolicyDocument: DOCUMENT });

  test('is searched: its policies are the StackSet’s, at their place in the text', () => {
    expect(
      policiesOf(resource(STACK_SET, deployed(role))).map(
        ({ logicalId, resourceType, kind, statements }) => ({
          logicalId,
          resourceType,
          kind,
          locations: statements.map(({ location }) => location),
        }),
      ),
    ).toEqual([
      {
        logicalId: 'Judged',
        resourceType: 'AWS::IAM::Role',
        kind: 'trust',
        locations: [
          'Properties.TemplateBody.Resources.Judged.Properties.AssumeRolePolicyDocument.Statement.0',
        ],
      },
    ]);
  });

  test('may have StackSets of its own', () => {
    expect(found(STACK_SET, deployed(resource(STACK_SET, deployed(role))))).toEqual([
      'trust Properties.TemplateBody.Resources.Judged.Properties.TemplateBody.Resources.Judged.Properties.AssumeRolePolicyDocument.Statement.0',
    ]);
  });

  test('has references of its own', () => {
    const trustsOlga = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: { 'Fn::GetAtt': ['Olga', 'Arn'] } },
    };
    const inner = resource('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: trustsOlga } });
    function outer(body: unknown, others: Parameters<typeof resource>[2]) {
      return policiesOf(resource(STACK_SET, deployed(body), others)).flatMap(({ statements }) =>
        statements.flatMap(({ principals }) => principals.map(({ kind }) => kind)),
      );
    }
    const olga = { Olga: { Type: 'AWS::IAM::User' } };

    expect(outer(inner, olga)).toEqual(['unknown']);
    expect(outer({ Resources: { ...Object(inner.Resources), ...olga } }, {})).toEqual(['user']);
  });

  test('is in accounts that are not the stack’s', () => {
    const trusting = resource('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: { ...DOCUMENT.Statement[0], Principal: { AWS: '111122223333' } },
      },
    });
    function accountsIn(template: Parameters<typeof policiesOf>[0]) {
      return policiesOf(template, '111122223333').flatMap(({ statements }) =>
        statements.flatMap(({ principals }) => principals.map(({ account = '' }) => show(account))),
      );
    }

    expect(accountsIn(trusting)).toEqual(['${AWS::AccountId}']);
    expect(accountsIn(resource(STACK_SET, deployed(trusting)))).toEqual(['111122223333']);
  });

  test.each<readonly [string, unknown]>([
    ['put together by the deployment', { 'Fn::Join': ['', [JSON.stringify(role)]] }],
    ['YAML', 'Resources:\n  Judged: {}\n'],
    ['no template', 'null'],
    ['not there', undefined],
  ])('is not searched when it is %s', (_how, TemplateBody) => {
    expect(found(STACK_SET, { TemplateBody })).toEqual([]);
  });
});

test.each<readonly [unknown]>([
  [{}],
  [{ Resources: null }],
  [{ Resources: { A: null, B: 1, C: { Type: 1 } } }],
  [{ Resources: { A: { Type: 'AWS::IAM::Role' } } }],
])('a template of an odd shape has none: %j', (template) => {
  expect(policiesOf(Object(template))).toEqual([]);
});

test('statements of an odd shape are read without a crash', () => {
  const odd = {
    Effect: 'Maybe',
    Action: { Ref: 'A' },
    Principal: { 'Fn::If': ['A', { AWS: '*' }, { Service: 'ec2.amazonaws.com' }] },
    Condition: 'none',
  };
  const [policy] = policiesOf(
    resource('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [odd, 7, null] } }),
  );
  const [statement, ...others] = policy?.statements ?? [];
  expect(others).toEqual([]);
  expect(statement?.effect).toBeUndefined();
  expect(statement?.actions?.map(show)).toEqual(['${A}']);
  expect(statement?.principals.map(({ kind }) => kind)).toEqual(['anybody', 'service']);
  expect(statement?.conditionsKnown).toBe(false);
});

/** A template with a number of roles, each with a managed policy of its own. */
function templateOf(roles: number): Template {
  const pairs = Array.from({ length: roles }, (_, n) => [
    [
      `Role${n}`,
      {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: DOCUMENT, ManagedPolicyArns: [{ Ref: `Policy${n}` }] },
      },
    ],
    [`Policy${n}`, { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: DOCUMENT } }],
  ]);
  const outputs = Array.from({ length: roles }, (_, n) => [
    `Output${n}`,
    { Value: { Ref: `Policy${n}` }, Export: { Name: `policy-${n}` } },
  ]);
  return { Resources: Object.fromEntries(pairs.flat()), Outputs: Object.fromEntries(outputs) };
}

/** Counts how often the search for policies reads a value of a template, or lists its keys. */
function readsOf(template: Template): number {
  let reads = 0;
  function counting(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    return new Proxy(value, {
      get(target, key, receiver) {
        reads += 1;
        return counting(Reflect.get(target, key, receiver));
      },
      ownKeys(target) {
        reads += 1;
        return Reflect.ownKeys(target);
      },
    });
  }
  const counted = Object(counting(template));
  expect(policiesOf(counted, undefined, importsOf([counted]))).toEqual(policiesOf(template));
  return reads;
}

test('the work grows with the resources, and no faster: ten times as many take at most ten times the reads', () => {
  const [few, many] = [readsOf(templateOf(20)), readsOf(templateOf(200))];
  expect(few).toBeGreaterThan(20);
  expect(many).toBeLessThanOrEqual(10 * few);
});
