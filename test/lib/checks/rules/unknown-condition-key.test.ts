import { unknownConditionKey } from '../../../../lib/checks/rules/unknown-condition-key';
import { fixOf, permissions, resource, severitiesOf, trust, verdictOf } from '../verdicts';

function allow(key: string, operator = 'StringEquals') {
  return {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { [operator]: { [key]: 'true' } },
  };
}

test.each([
  ['aws:MultiFactorAuthPresnt', "; did you mean 'aws:MultiFactorAuthPresent'?"],
  ['aws:MultiFactorAuthenticated', 'is not a condition key that AWS documents'],
  ['MultiFactorAuthPresent', "; did you mean 'aws:MultiFactorAuthPresent'?"],
  ['iam:MultiFactorAuthPresent', "; did you mean 'aws:MultiFactorAuthPresent'?"],
  ['awz:PrincipalArn', "; did you mean 'aws:PrincipalArn'?"],
  ['aws:PrincipalOrgId2', "; did you mean 'aws:PrincipalOrgID'?"],
  ['aws:RequestTag', "; did you mean 'aws:RequestTag/{name}'?"],
  ['sts:ExternalID2', "; did you mean 'sts:ExternalId'?"],
  ['nothing:LikeThis', 'is not a condition key that AWS documents'],
])('%s is none', (key, problem) => {
  const verdict = verdictOf(unknownConditionKey, permissions(allow(key, 'Bool')));
  expect(verdict).toContain(
    `Properties.PolicyDocument.Statement.0.Condition.Bool: '${key}' is not a condition key`,
  );
  expect(verdict).toContain(problem);
});

test.each([
  ['aws:MultiFactorAuthPresent'],
  ['AWS:multifactorauthpresent'],
  ['aws:RequestTag/team'],
  ['aws:PrincipalTag/Cost Centre'],
  ['aws:SignInSessionArn'],
  ['kms:EncryptionContext:aws:s3:arn'],
  ['kms:ViaService'],
  ['iam:ResourceTag/owner'],
  ['ec2:SourceInstanceARN'],
  ['lambda:SourceFunctionArn'],
  ['s3:x-amz-server-side-encryption'],
  ['s3:ExistingObjectTag/class'],
  ['SAML:aud'],
  ['codebuild:secondarySources/app.location'],
])('%s is one', (key) => {
  expect(verdictOf(unknownConditionKey, permissions(allow(key)))).toBe('compliant');
});

test.each([
  ['token.actions.githubusercontent.com:sub'],
  ['cognito-identity.amazonaws.com:amr'],
  ['oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud'],
])('%s is the provider’s own', (key) => {
  expect(verdictOf(unknownConditionKey, trust(allow(key)))).toBe('not applicable');
});

test('it is not about the policies of AWS IoT, nor about conditions of the deployment', () => {
  const PolicyDocument = { Statement: [allow('iot:Connection.Thing.IsAttached', 'Bool')] };
  expect(verdictOf(unknownConditionKey, resource('AWS::IoT::Policy', { PolicyDocument }))).toBe(
    'not applicable',
  );
  const Condition = { StringEquals: { 'Fn::GetAtt': ['Json', 'Value'] } };
  expect(verdictOf(unknownConditionKey, permissions({ ...allow('x'), Condition }))).toBe('not applicable');
});

test('the fix explains how to acknowledge a key newer than the data', () => {
  expect(fixOf(unknownConditionKey, permissions(allow('nothing:LikeThis')))).toMatch(
    /^correct it, or, if it is newer than \d{4}-\d\d-\d\d, the date of the data, acknowledge it with that reason$/,
  );
});

test('an unknown key is a warning, unless it is one about MFA, of iam or of sts with a letter or two wrong', () => {
  const keys = [
    'aws:MultiFactorAuthPresnt',
    'sts:ExternalIdd',
    'aws:MultiFactorPresent',
    'ec2:NewerThanTheData',
  ];
  expect(keys.map((key) => severitiesOf(unknownConditionKey, permissions(allow(key))))).toEqual([
    ['error'],
    ['error'],
    ['warning'],
    ['warning'],
  ]);
});
