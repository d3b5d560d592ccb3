import { ADMINISTRATOR, decide, rendered, user } from './policy-simulation';

const olga = user('olga');

test.each([
  ['a misspelt action', 'iam:GetUsr', olga.arn, ADMINISTRATOR],
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
  expect(() => rendered(arn)).toThrow('cannot render Ref User; give its value in refs');
  expect(() => rendered({ 'Fn::GetAtt': ['User', 'Arn'] })).toThrow('cannot render {"Fn::GetAtt"');
});
