import { StackTester } from './cloudformation/stack-tester';
import { allow, createUser } from './test-clients';

const memberOf = ['r-ab12', 'ou-ab12-11112222'];
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

/** Deploys a service control policy that denies IAM's lists to one user. */
async function withPolicy(TargetIds: readonly string[]): Promise<StackTester> {
  const tester = new StackTester({ memberOf });
  const Statement = [
    {
      Effect: 'Deny',
      Action: 'iam:List*',
      Resource: '*',
      Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/sam' } },
    },
  ];
  const Properties = {
    Name: 'scp',
    Type: 'SERVICE_CONTROL_POLICY',
    TargetIds,
    Content: { Version: '2012-10-17', Statement },
  };
  await tester.deploy('scp', 'CREATE', {
    Resources: { P: { Type: 'AWS::Organizations::Policy', Properties } },
  });
  return tester;
}

test.each([
  ['the root', 'r-ab12'],
  ['an organizational unit above the account', 'ou-ab12-11112222'],
  ['the account', '123456789012'],
])('a service control policy on %s denies, until it is deleted', async (_what, target) => {
  const tester = await withPolicy([target]);
  const sam = await createUser(tester.sandbox, 'sam');
  await allow(tester.sandbox, 'sam', everything);
  function list() {
    return tester.sandbox.call(sam, 'iam', 'ListUsers');
  }
  await expect(list()).rejects.toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('with an explicit deny in a service control policy'),
  });
  // Other actions and other users are not affected
  await tester.sandbox.call(sam, 'iam', 'GetUser', { UserName: 'sam' });
  await tester.call('iam', 'ListUsers');
  await tester.delete('scp');
  await list();
});

test.each([
  ['another unit', ['ou-ab12-99998888']],
  ['nothing', []],
])('a service control policy on %s denies nobody here', async (_what, targets) => {
  const tester = await withPolicy(targets);
  const sam = await createUser(tester.sandbox, 'sam');
  await allow(tester.sandbox, 'sam', everything);
  await tester.sandbox.call(sam, 'iam', 'ListUsers');
});

test('a service control policy grants nothing', async () => {
  const tester = await withPolicy(['r-ab12']);
  const ida = await createUser(tester.sandbox, 'ida');
  await expect(tester.sandbox.call(ida, 'iam', 'ListUsers')).rejects.toMatchObject({
    message: expect.stringContaining('because no identity-based policy allows'),
  });
});
