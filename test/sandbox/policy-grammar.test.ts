import { standingClock } from '../support/clock';
import { flawOfIdentityStatements, flawOfTrustStatements, type Statement } from './policy-grammar';
import { Sandbox } from './sandbox';
import { allow, createUser } from './test-clients';

const mfa = { 'aws:MultiFactorAuthPresent': 'true' };
function identity(change: object): Statement {
  return {
    Effect: 'Allow',
    Action: 'iam:GetUser',
    Resource: '*',
    ...change,
  };
}
function trust(change: object): Statement {
  return {
    Effect: 'Allow',
    Principal: { AWS: '123456789012' },
    Action: 'sts:AssumeRole',
    ...change,
  };
}

test.each([
  ['no condition', {}],
  [
    'every family of operators',
    { Condition: { Bool: mfa, NumericLessThan: { 'aws:MultiFactorAuthAge': '9' } } },
  ],
  ['IfExists', { Condition: { BoolIfExists: mfa } }],
  ['a set operator', { Condition: { 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a*'] } } }],
  ['Null', { Condition: { Null: { 'aws:MultiFactorAuthAge': 'true' } } }],
  ['a key with a tag', { Condition: { StringEquals: { 'aws:ResourceTag/fleet': 'x' } } }],
  ['an ARN with wildcards', { Resource: ['arn:aws:iam::*:user/*', 'arn:aws:ssm:*:*:parameter/a'] }],
  ['a plain Sid', { Sid: 'DenyWithout2ndFactor' }],
])('an identity statement is accepted with %s', (_, change) => {
  expect(flawOfIdentityStatements([identity(change)])).toBeUndefined();
});

test.each([
  ['a misspelled operator', { Condition: { BoolIfExist: mfa } }, 'Invalid Condition type : BoolIfExist.'],
  ['an operator in another case', { Condition: { bool: mfa } }, 'Invalid Condition type : bool.'],
  ['Null with IfExists', { Condition: { NullIfExists: mfa } }, 'Invalid Condition type : NullIfExists.'],
  ['an unknown set operator', { Condition: { 'ForNoValue:Bool': mfa } }, 'Invalid Condition type'],
  ['a key without its service', { Condition: { Bool: { MultiFactorAuthPresent: 'true' } } }, 'by a vendor'],
  [
    'a resource that is no ARN',
    { Resource: 'user/alice' },
    'Resource user/alice must be in ARN format or "*".',
  ],
  ['half an ARN', { NotResource: ['*', 'arn:aws:iam'] }, 'Resource arn:aws:iam must be in ARN format'],
  ['a Sid with a space', { Sid: 'deny all' }, 'Statement IDs (SID) must be alpha-numeric.'],
])('an identity statement is refused with %s', (_, change, flaw) => {
  expect(flawOfIdentityStatements([identity({}), identity(change)])).toContain(flaw);
});

test('two statements may not have one Sid', () => {
  const [one, other] = [identity({ Sid: 'One' }), identity({ Sid: 'Other' })];
  expect(flawOfIdentityStatements([one, other])).toBeUndefined();
  expect(flawOfIdentityStatements([one, other, one])).toContain('must be unique');
});

test.each([
  ['an account', {}],
  ['the root of an account', { Principal: { AWS: 'arn:aws:iam::123456789012:root' } }],
  ['a user under a path', { Principal: { AWS: ['arn:aws:iam::123456789012:user/a/alice'] } }],
  ['a session', { Principal: { AWS: 'arn:aws:sts::123456789012:assumed-role/r/s' } }],
  ['everybody', { Principal: '*' }],
  ['a service', { Principal: { Service: 'ec2.amazonaws.com' } }],
  ['several actions', { Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  ['a pattern of one', { Action: 'sts:Assume*' }],
])('a trust statement is accepted with %s', (_, change) => {
  expect(flawOfTrustStatements([trust(change)])).toBeUndefined();
});

test.each([
  ['nobody', { Principal: undefined }, 'Missing required field Principal'],
  ['a resource', { Resource: '*' }, 'Has prohibited field Resource'],
  ['a bare name', { Principal: { AWS: 'alice' } }, 'Invalid principal in policy: "AWS":"alice"'],
  ['a group', { Principal: { AWS: 'arn:aws:iam::123456789012:group/g' } }, 'Invalid principal in policy'],
  ['a pattern', { Principal: { AWS: 'arn:aws:iam::123456789012:user/*' } }, 'Invalid principal in policy'],
  ['a name for a service', { Principal: { Service: 'ec2' } }, 'Invalid principal in policy: "SERVICE":"ec2"'],
  ['an action of IAM', { Action: ['sts:AssumeRole', 'iam:GetUser'] }, 'may only specify STS AssumeRole'],
  ['a misspelled action', { Action: 'sts:AssumeRol' }, 'may only specify STS AssumeRole actions.'],
  ['every action of every service', { Action: '*' }, 'may only specify STS AssumeRole actions.'],
  ['a misspelled operator', { Condition: { Boool: mfa } }, 'Invalid Condition type : Boool.'],
])('a trust statement is refused with %s', (_, change, flaw) => {
  expect(flawOfTrustStatements([trust({}), trust(change)])).toContain(flaw);
});

test('what is refused by its grammar is not stored, wherever it is put', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  function admin(operation: string, input: Record<string, string>) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  const refusal = { code: 'MalformedPolicyDocument', status: 400 };
  function document(statement: Statement) {
    return JSON.stringify({ Version: '2012-10-17', Statement: statement });
  }
  const misspelled = { Condition: { BoolIfExist: mfa } };
  await createUser(sandbox, 'alice');
  const user = { UserName: 'alice', PolicyName: 'p' };
  await expect(
    admin('PutUserPolicy', { ...user, PolicyDocument: document(identity(misspelled)) }),
  ).rejects.toMatchObject(refusal);
  expect(await admin('ListUserPolicies', { UserName: 'alice' })).toMatchObject({ PolicyNames: [] });
  await expect(
    admin('CreatePolicy', { PolicyName: 'p', PolicyDocument: document(identity(misspelled)) }),
  ).rejects.toMatchObject(refusal);
  expect(await admin('ListPolicies', { Scope: 'Local' })).toMatchObject({ Policies: [] });
  await expect(
    admin('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: document(trust(misspelled)) }),
  ).rejects.toMatchObject(refusal);
  expect(await admin('ListRoles', {})).toMatchObject({ Roles: [] });
  await admin('PutUserPolicy', { ...user, PolicyDocument: document(identity({ Condition: { Bool: mfa } })) });
  expect(await admin('ListUserPolicies', { UserName: 'alice' })).toMatchObject({ PolicyNames: ['p'] });
});

test.each([
  ['2012-10-17', 'done'],
  ['2008-10-17', 'AccessDenied'],
  [undefined, 'AccessDenied'],
])('a policy variable in a document of version %s: %s', async (Version, outcome) => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const alice = await createUser(sandbox, 'alice');
  await sandbox.call(sandbox.administrator, 'iam', 'PutUserPolicy', {
    UserName: 'alice',
    PolicyName: 'self',
    PolicyDocument: JSON.stringify({
      Version,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable, not a template
      Statement: identity({ Resource: 'arn:aws:iam::*:user/${aws:username}' }),
    }),
  });
  function attempt() {
    return sandbox.call(alice, 'iam', 'GetUser').then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  }
  expect(await attempt()).toBe(outcome);
  await allow(sandbox, 'alice', identity({ Resource: 'arn:aws:iam::*:user/alice' }));
  expect(await attempt()).toBe('done');
});
