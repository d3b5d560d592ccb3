import { ADMINISTRATOR, decide, decideUnchecked, rendered, user } from './policy-simulation';

const olga = user('olga');

test.each([
  ['a misspelled action', 'iam:GetUsr', olga.arn, ADMINISTRATOR],
  ['a resource that the action does not take', 'iam:GetUser', 'arn:aws:s3:::bucket', ADMINISTRATOR],
  ['a policy that IAM would not take', 'iam:GetUser', olga.arn, { Version: '2012-10-17', Statement: [{}] }],
])('%s is an error, never a denial', async (_what, action, resource, policy) => {
  const request = { caller: olga, signIn: 'fresh MFA' } as const;

  await expect(decide({ ...request, action, resource, policies: [policy] })).rejects.toThrow(action);
  expect(
    await decide({ ...request, action: 'iam:GetUser', resource: olga.arn, policies: [ADMINISTRATOR] }),
  ).toBe('Allowed');
});

test('a template value is rendered as it would be deployed, or not at all', () => {
  const arn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x:', { Ref: 'User' }]] };

  expect(rendered([arn, 1, null], { User: 'olga' })).toEqual(['arn:aws:x:olga', 1, null]);
  expect(rendered(arn, { User: 'olga', 'AWS::Partition': 'aws-cn' })).toBe('arn:aws-cn:x:olga');
  expect(rendered({ 'Fn::GetAtt': ['User', 'Arn'] }, { 'User.Arn': 'arn:x' })).toBe('arn:x');
  expect(() => rendered(arn)).toThrow('cannot render Ref User; give its value in refs');
  expect(() => rendered({ 'Fn::GetAtt': ['User', 'Arn'] })).toThrow('cannot render {"Fn::GetAtt"');
});

describe.each([
  ['checked', decide],
  ['unchecked', async (request: Parameters<typeof decide>[0]) => decideUnchecked(request)],
])('%s', (_how, judge) => {
  const request = { caller: olga, signIn: 'fresh MFA', resource: '*', policies: [ADMINISTRATOR] } as const;
  function only(Action: string, Resource: string) {
    return {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource }],
    };
  }
  const listing = { ...request, action: 's3:ListAllMyBuckets' };

  test('a boundary limits what other policies grant, and grants nothing', async () => {
    expect(await judge({ ...listing, boundary: only('s3:*', '*') })).toBe('Allowed');
    expect(await judge({ ...listing, boundary: only('ec2:*', '*') })).toBe('ImplicitlyDenied');
    expect(await judge({ ...listing, policies: [], boundary: only('s3:*', '*') })).toBe('ImplicitlyDenied');
  });

  test('a service control policy denies in addition to the one that allows everything, and grants nothing', async () => {
    const denial = { ...only('s3:*', '*'), Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] };
    expect(await judge({ ...listing, serviceControls: [] })).toBe('Allowed');
    expect(await judge({ ...listing, serviceControls: [denial] })).toBe('ExplicitlyDenied');
    expect(await judge({ ...listing, policies: [], serviceControls: [] })).toBe('ImplicitlyDenied');
  });

  test('an action that knows no resources is allowed on * only', async () => {
    expect(await judge({ ...listing, policies: [only('s3:*', '*')] })).toBe('Allowed');
    expect(await judge({ ...listing, policies: [only('s3:*', 'arn:aws:s3:::*')] })).toBe('ImplicitlyDenied');
  });
});
