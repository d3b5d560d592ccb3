import { unknownAction } from '../../../../lib/checks/rules/unknown-action';
import { fixOf, permissions, resource, severitiesOf, trust, verdictOf } from '../verdicts';

function allow(Action: unknown, name = 'Action') {
  return { Effect: 'Allow', [name]: Action, Resource: '*' };
}

test.each([
  ['iam:CreateVirtualMFADevices', "; did you mean 'iam:CreateVirtualMFADevice'?"],
  ['iam:enableMFADevces', "; did you mean 'iam:EnableMFADevice'?"],
  ['iamm:GetUser', "; did you mean 'iam:GetUser'?"],
  ['sts:AssumeRol', "; did you mean 'sts:AssumeRole'?"],
  ['GetObject', 'is not an action that AWS documents'],
  ['s3.GetObject', 'is not an action that AWS documents'],
  ['nosuchservice:DoAnything', 'is not an action that AWS documents'],
  ['nosuchservice:*', 'matches no action that AWS documents'],
  ['i*:*', 'matches no action that AWS documents'],
  ['s3:Gett*', 'matches no action that AWS documents'],
  ['iam:*MFADevicse', 'matches no action that AWS documents'],
  ['', 'is not an action that AWS documents'],
])('%s is none', (action, problem) => {
  const verdict = verdictOf(unknownAction, permissions(allow(['s3:GetObject', action])));
  expect(verdict).toMatch(/^Properties\.PolicyDocument\.Statement\.0\.Action: '/);
  expect(verdict).toContain(`'${action}'`);
  expect(verdict).toContain(problem);
});

test.each([
  ['iam:CreateVirtualMFADevice'],
  ['IAM:createvirtualmfadevice'],
  ['*'],
  ['*:*'],
  ['s3:*'],
  ['s3:Get*'],
  ['iam:*MFA*'],
  ['iam:?etUser'],
  ['sts:GetSessionToken'],
  ['apigateway:GET'],
  ['ec2:RunInstances'],
  // CDK's own constructs write these, and AWS's reference leaves them out.
  ['rds-data:InsertItems'],
  ['s3:GetObjectMetadata'],
  // Of the default policy of a topic.
  ['SNS:Receive'],
])('%s is one', (action) => {
  expect(verdictOf(unknownAction, permissions(allow(action)))).toBe('compliant');
});

test('it is about NotAction, trust policies and policies of resources as well', () => {
  expect(verdictOf(unknownAction, permissions(allow('iam:ListMfaDevice', 'NotAction')))).toContain(
    'Statement.0.NotAction',
  );
  expect(
    verdictOf(unknownAction, trust({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRoles' })),
  ).toContain('sts:AssumeRole');
  const queue = {
    PolicyDocument: { Statement: { Effect: 'Allow', Principal: '*', Action: 'SQS:SendMesage' } },
  };
  expect(verdictOf(unknownAction, resource('AWS::SQS::QueuePolicy', queue))).toBe(
    "Properties.PolicyDocument.Statement.Action: 'SQS:SendMesage' is not an action that AWS documents, so it allows and denies nothing; did you mean 'sqs:SendMessage'?",
  );
});

test('the fix explains how to acknowledge an action newer than the data', () => {
  expect(fixOf(unknownAction, permissions(allow('iam:GetUsers')))).toMatch(
    /^write iam:GetUser, or, if it is newer than \d{4}-\d\d-\d\d, the date of the data, acknowledge it with that reason$/,
  );
});

test.each([
  ['an action of the deployment', permissions(allow({ Ref: 'Action' }))],
  ['no action', permissions({ Effect: 'Allow', Resource: '*' })],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(unknownAction, template)).toBe('not applicable');
});

test('an unknown action is a warning, unless it is one of iam or sts with a letter or two wrong', () => {
  const actions = ['iam:CreateVirtualMFADevices', 'sts:AssumeRol', 's3:GetObjectt', 'iam:NewerThanTheData'];
  expect(severitiesOf(unknownAction, permissions(allow(actions)))).toEqual([
    'error',
    'error',
    'warning',
    'warning',
  ]);
});

test.each([['s3:HeadBucket'], ['s3:HeadObject'], ['s3:GetSignedUrl'], ['iam:RemoveUser']])(
  'a suggestion never changes the verb: %s',
  (action) => {
    const verb = /:([A-Z][a-z]+)/.exec(action)?.[1];
    const verdict = verdictOf(unknownAction, permissions(allow(action)));
    const meant = /did you mean '\w+:(\w+)'/.exec(verdict)?.[1] ?? verb;
    expect(meant?.startsWith(verb ?? '?')).toBe(true);
  },
);

test('a pattern of six stars ends at once', () => {
  const found = verdictOf(unknownAction, permissions(allow(`iam:${'*e'.repeat(6)}*X${'*e'.repeat(6)}`)));
  expect(found).toContain('matches no action');
});
