import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { policiesOf } from '../../../lib/checks/policy';
import { type Finding, NOT_APPLICABLE } from '../../../lib/checks/rule';
import { POLICY_RULES, RULES } from '../../../lib/checks/rules';
import { repetitions } from '../../support/extent';

/** Values that CloudFormation allows almost anywhere, and values that are there only by mistake. */
const ANYTHING: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    { Ref: 'AWS::NoValue' },
    { Ref: 'AWS::AccountId' },
    { Ref: [] },
    { 'Fn::If': ['A', 'x', { Ref: 'B' }] },
    { 'Fn::If': 'A' },
    { 'Fn::Join': [] },
    { 'Fn::Join': [':', [null, { 'Fn::Sub': [] }]] },
    { 'Fn::Sub': ['x', null] },
    { 'Fn::GetAtt': {} },
    '*',
    '',
    ':',
    null,
    [],
    {},
  ),
  fc.jsonValue(),
);

/** A value, or anything else in its place. */
function maybe(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: ANYTHING });
}

const PRINCIPAL = fc.constantFrom(
  '*',
  'arn:aws:iam::111122223333:root',
  'arn:aws:iam::111122223333:user/olga',
  'ec2.amazonaws.com',
);
const OPERATOR = fc.constantFrom(
  'Bool',
  'BoolIfExists',
  'Null',
  'NumericLessThan',
  'ArnNotLike',
  'ForAnyValue:StringLike',
);
const KEY = fc.constantFrom(
  'aws:MultiFactorAuthPresent',
  'aws:MultiFactorAuthAge',
  'aws:PrincipalArn',
  '',
  ':',
  'x:y',
);
const ACTION = fc.constantFrom(
  'sts:AssumeRole',
  'iam:*',
  '*',
  'iam:DeleteVirtualMFADevice',
  's3:Gett*',
  '(((',
  'a:[',
);
const STATEMENT = fc.record(
  {
    Effect: maybe(fc.constantFrom('Allow', 'Deny')),
    Principal: maybe(
      fc.dictionary(fc.constantFrom('AWS', 'Service', 'Federated', 'x'), maybe(fc.array(maybe(PRINCIPAL)))),
    ),
    NotPrincipal: ANYTHING,
    Action: maybe(fc.array(maybe(ACTION))),
    NotAction: maybe(ACTION),
    Resource: maybe(fc.constantFrom('*', 'arn:aws:iam::*:mfa/x', 'arn:aws:iam::*:user/*')),
    NotResource: ANYTHING,
    Condition: maybe(
      fc.dictionary(OPERATOR, maybe(fc.dictionary(KEY, maybe(fc.constantFrom('true', 'false', '3600'))))),
    ),
  },
  { requiredKeys: ['Effect'] },
);
const DOCUMENT = maybe(fc.record({ Statement: maybe(fc.array(maybe(STATEMENT), { maxLength: 3 })) }));
const TYPE = fc.constantFrom(
  'AWS::IAM::Role',
  'AWS::IAM::ManagedPolicy',
  'AWS::Organizations::Policy',
  'AWS::S3::BucketPolicy',
  'AWS::CloudFormation::StackSet',
);
const TEMPLATE = fc.tuple(TYPE, DOCUMENT, ANYTHING).map(([Type, document, other]) => ({
  Resources: {
    Judged: {
      Type,
      Properties: {
        AssumeRolePolicyDocument: document,
        Content: JSON.stringify(document),
        TemplateBody: JSON.stringify({
          Resources: {
            Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: document } },
            Other: other,
          },
        }),
        Users: other,
        ManagedPolicyArns: other,
      },
    },
    Other: other,
  },
}));

/** Everything that the rules find in a template. */
function findingsIn(template: object): readonly Finding[] {
  return policiesOf(template).flatMap((policy) =>
    POLICY_RULES.map((rule) => rule.check(policy)).flatMap((verdict) =>
      verdict === NOT_APPLICABLE ? [] : verdict,
    ),
  );
}

test('no template makes a rule fail, and every finding says where, what and what to do', () => {
  const numRuns = repetitions(200);
  const findings = fc.sample(TEMPLATE, { numRuns, seed: 9 }).flatMap(findingsIn);
  const texts = findings.flatMap(({ problem, fix }) => [problem, fix]);

  expect(findings.length).toBeGreaterThan(numRuns);
  expect(findings.filter(({ location }) => !location.startsWith('Properties.'))).toEqual([]);
  expect(texts.filter((text) => /undefined|\[object|\.$|^$/.test(text))).toEqual([]);
});

test('the ids of the rules are words, each its own', () => {
  const ids = RULES.map(({ id }) => id);
  expect(ids.filter((id) => !/^([A-Z][a-z]+)+$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(RULES.map(({ id, summary }) => [id, summary]))(
  'the documentation has %s, with its sentence',
  (id, summary) => {
    const docs = readFileSync(join(__dirname, '../../../docs/constructs/checks.md'), 'utf8');
    expect(docs).toContain(`\n| \`${id}\``);
    expect(docs).toContain(` | ${summary} `);
    expect(summary).toMatch(/^[A-Z].* .* .*\w\.$/);
  },
);
