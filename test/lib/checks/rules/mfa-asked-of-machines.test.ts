import { mfaAskedOfMachines } from '../../../../lib/checks/rules/mfa-asked-of-machines';
import { permissions, trust, verdictOf } from '../verdicts';

const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const allow = (Principal: unknown, Condition: unknown = MFA) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  Condition,
});

test.each([
  [
    'a service',
    allow({ Service: 'ec2.amazonaws.com' }),
    'asks ec2.amazonaws.com for MFA, which services never have',
  ],
  [
    'a service beside people',
    allow({ AWS: '111122223333', Service: ['ecs.amazonaws.com'] }),
    'asks ecs.amazonaws.com',
  ],
  [
    'SAML',
    allow({ Federated: 'arn:aws:iam::111122223333:saml-provider/idp' }),
    'SAML and OIDC sessions never have',
  ],
  ['a role', allow({ AWS: 'arn:aws:iam::111122223333:role/ci' }), 'sessions of roles never have'],
  [
    'an age',
    allow({ Service: 'ec2.amazonaws.com' }, { NumericLessThan: { 'aws:MultiFactorAuthAge': '60' } }),
    'asks ec2.amazonaws.com',
  ],
])('%s can never assume the role', (_name, statement, problem) => {
  expect(verdictOf(mfaAskedOfMachines, trust(statement))).toContain(problem);
});

test.each([
  ['an account', allow({ AWS: '111122223333' })],
  ['a user', allow({ AWS: 'arn:aws:iam::111122223333:user/olga' })],
  ['a principal of the deployment', allow({ AWS: { Ref: 'Principal' } })],
])('%s can', (_name, statement) => {
  expect(verdictOf(mfaAskedOfMachines, trust(statement))).toBe('compliant');
});

test.each([
  ['a service that is not asked', trust(allow({ Service: 'ec2.amazonaws.com' }, {}))],
  [
    'a service that passes',
    trust(
      allow({ Service: 'ec2.amazonaws.com' }, { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ),
  ],
  ['a Deny', trust({ ...allow({ Service: 'ec2.amazonaws.com' }), Effect: 'Deny' })],
  [
    'a value of the deployment',
    trust(allow({ Service: 'ec2.amazonaws.com' }, { Bool: { 'aws:MultiFactorAuthPresent': { Ref: 'P' } } })),
  ],
  ['permissions', permissions({ Effect: 'Allow', Action: '*', Resource: '*', Condition: MFA })],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(mfaAskedOfMachines, template)).toBe('not applicable');
});
