import { organizationDenyStopsRoles } from '../../../../lib/checks/rules/organization-deny-stops-roles';
import { permissions, resource, verdictOf } from '../verdicts';

const NONE = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
function deny(Condition: unknown) {
  return { Effect: 'Deny', Action: '*', Resource: '*', Condition };
}
function policy(statement: unknown, Content: unknown = { Version: '2012-10-17', Statement: [statement] }) {
  return resource('AWS::Organizations::Policy', { Name: 'mfa', Type: 'SERVICE_CONTROL_POLICY', Content });
}
function arn(operator: string, value: unknown) {
  return { [operator]: { 'aws:PrincipalArn': value } };
}

test.each([
  ['for everybody', policy(deny(NONE))],
  ['as JSON text', policy({}, JSON.stringify({ Statement: deny(NONE) }))],
  ['by the absent key', policy(deny({ Null: { 'aws:MultiFactorAuthPresent': 'true' } }))],
  ['in one Region', policy(deny({ ...NONE, StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }))],
  [
    'for users and roles',
    policy(deny({ ...NONE, ...arn('ArnLike', ['arn:aws:iam::*:user/*', 'arn:aws:iam::*:role/*']) })),
  ],
  ['but for one role', policy(deny({ ...NONE, ...arn('ArnNotLike', 'arn:aws:iam::*:role/ci') }))],
])('roles and services are stopped: %s', (_name, template) => {
  expect(verdictOf(organizationDenyStopsRoles, template)).toContain(
    'roles, Identity Center and services never have MFA',
  );
});

test.each([
  ['by ARN', policy(deny({ ...NONE, ...arn('ArnLike', 'arn:*:iam::*:user/*') }))],
  [
    'by ARN, the root user included',
    policy(deny({ ...NONE, ...arn('ArnLike', ['arn:*:iam::*:user/*', 'arn:*:iam::*:root']) })),
  ],
  ['by all but roles', policy(deny({ ...NONE, ...arn('StringNotLike', ['arn:aws:iam::*:role/*']) }))],
  ['by type', policy(deny({ ...NONE, StringEquals: { 'aws:PrincipalType': 'User' } }))],
  ['by a key that only users have', policy(deny({ ...NONE, Null: { 'aws:username': 'false' } }))],
])('it is limited to users: %s', (_name, template) => {
  expect(verdictOf(organizationDenyStopsRoles, template)).toBe('compliant');
});

test.each([
  [
    'a Deny of something else',
    policy({ Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' }),
  ],
  ['a Deny that roles pass', policy(deny({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } }))],
  ['a policy of users', permissions(deny(NONE))],
  ['a policy of tags', policy({}, { tags: { Team: { tag_key: { '@@assign': 'Team' } } } })],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(organizationDenyStopsRoles, template)).toBe('not applicable');
});
