import { maximumAgeInDeny } from '../../../../lib/checks/rules/maximum-age-in-deny';
import { permissions, verdictOf } from '../verdicts';

function deny(Condition: unknown, Action: unknown = 'ec2:TerminateInstances') {
  return {
    Effect: 'Deny',
    Action,
    Resource: '*',
    Condition,
  };
}
const OLD = { NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } };
const NONE = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };

test.each([
  [
    'alone',
    [deny(OLD)],
    'but lets a long-term access key (the condition key is absent) and a session without MFA (the condition key is false) through',
  ],
  [
    'or equal',
    [deny({ NumericGreaterThanEquals: { 'aws:MultiFactorAuthAge': 3600 } })],
    'a session without MFA (the condition key is false) through',
  ],
  [
    'next to a Deny with Bool',
    [deny(OLD), deny({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } })],
    'alone, but lets a long-term access key (the condition key is absent) through',
  ],
  [
    'next to a Deny of something else',
    [deny(OLD), deny(NONE, 's3:*')],
    'a session without MFA (the condition key is false) through',
  ],
])('no MFA is not too old: %s', (_name, statements, passing) => {
  const verdict = verdictOf(maximumAgeInDeny, permissions(...statements));
  expect(verdict).toContain('Properties.PolicyDocument.Statement.0: denies by NumericGreaterThan');
  expect(verdict).toContain(passing);
});

test.each([
  ['next to a Deny of no MFA', [deny(OLD), deny(NONE)]],
  ['next to a Deny of more', [deny(OLD), deny(NONE, '*')]],
  ['next to a Deny of no age', [deny(OLD), deny({ Null: { 'aws:MultiFactorAuthAge': 'true' } })]],
  ['if there is an age', [deny({ NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } })]],
])('no MFA is denied: %s', (_name, statements) => {
  expect(verdictOf(maximumAgeInDeny, permissions(...statements))).toBe('compliant');
});

test.each([
  ['an Allow', { ...deny({ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }), Effect: 'Allow' }],
  ['a Deny of no MFA', deny(NONE)],
  [
    'an age without MFA, which is another rule’s',
    deny({ ...OLD, Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
  ],
  ['another number', deny({ NumericGreaterThan: { 's3:max-keys': '10' } })],
])('it is not about %s', (_name, statement) => {
  expect(verdictOf(maximumAgeInDeny, permissions(statement))).toBe('not applicable');
});
