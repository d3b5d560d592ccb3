// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and references of a template
import { deviceNamedAfterUser } from '../../../../lib/checks/rules/device-named-after-user';
import { fixOf, permissions, verdictOf } from '../verdicts';

const MFA = 'arn:aws:iam::*:mfa';
const NAMED = `${MFA}/\${aws:username}`;
const USER = 'arn:aws:iam::*:user/${aws:username}';
function allow(Resource: unknown) {
  return { Effect: 'Allow', Action: 'iam:CreateVirtualMFADevice', Resource };
}

const JOINED = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':mfa/${aws:username}'],
  ],
};

test.each([
  ['alone', allow(NAMED), NAMED],
  ['next to the user', allow([USER, NAMED]), NAMED],
  ['next to another name', allow([NAMED, `${MFA}/spare-\${aws:username}`]), NAMED],
  [
    'joined by the deployment',
    allow(JOINED),
    'arn:${AWS::Partition}:iam::${AWS::AccountId}:mfa/${aws:username}',
  ],
  [
    'substituted by the deployment',
    allow({ 'Fn::Sub': 'arn:${AWS::Partition}:iam::*:mfa/${!aws:username}' }),
    'arn:${AWS::Partition}:iam::*:mfa/${aws:username}',
  ],
  [
    'left open by a Deny',
    { Effect: 'Deny', Action: 'iam:CreateVirtualMFADevice', NotResource: [USER, NAMED] },
    NAMED,
  ],
])('one device, named after the user, %s', (_name, statement, shown) => {
  const template = permissions(statement);
  expect(verdictOf(deviceNamedAfterUser, template)).toBe(
    `Properties.PolicyDocument.Statement.0: is limited to ${shown}: a second device, or one with another name, cannot be created`,
  );
  expect(fixOf(deviceNamedAfterUser, template)).toContain(`write ${shown.replace('${aws:username}', '*')};`);
});

test.each([
  ['any device', allow(`${MFA}/*`)],
  ['any device in addition', allow([NAMED, `${MFA}/*`])],
  ['everything in addition', allow([NAMED, '*'])],
  ['names that begin with the user’s', allow(`${MFA}/\${aws:username}*`)],
  ['a device of the deployment', allow({ 'Fn::Sub': 'arn:aws:iam::*:mfa/${Device}' })],
])('%s is not limited to it', (_name, statement) => {
  expect(verdictOf(deviceNamedAfterUser, permissions(statement))).toBe('compliant');
});

test.each([
  ['users', allow(USER)],
  ['deletion, which stays limited', { ...allow(NAMED), Action: 'iam:DeleteVirtualMFADevice' }],
  [
    'a Deny of everything elsewhere, which is judged by what it leaves open',
    { Effect: 'Deny', Action: '*', NotResource: [USER, NAMED] },
  ],
  ['devices that are denied', { Effect: 'Deny', Action: 'iam:*', Resource: NAMED }],
])('it is not about %s', (_name, statement) => {
  expect(verdictOf(deviceNamedAfterUser, permissions(statement))).toBe('not applicable');
});

test('the fix never widens the deletion, which would reach everybody’s unassigned devices', () => {
  const both = { ...allow(NAMED), Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'] };
  expect(fixOf(deviceNamedAfterUser, permissions(both))).toContain(
    `allow iam:CreateVirtualMFADevice on ${MFA}/* in a statement of its own, and leave the deletion limited`,
  );
  expect(verdictOf(deviceNamedAfterUser, permissions(both, allow(`${MFA}/*`)))).toBe('compliant');
});
