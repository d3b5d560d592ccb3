import { knownAfterApply } from './expressions';
import { type PropertyShape, shapeComplaints } from './property-shape';
import { first, StackTester } from './stack-tester';

const document = { Version: '2012-10-17', Statement: [] };
const structure: PropertyShape = { members: { Password: { required: true }, Hint: {} } };

test.each<[PropertyShape, Parameters<typeof shapeComplaints>[2]]>([
  ['text', 'a'],
  ['text', 3600],
  ['text', true],
  ['texts', ['a', 'b']],
  ['texts', []],
  ['texts', ['a', knownAfterApply]],
  ['texts', knownAfterApply],
  ['map', { owner: 'security' }],
  ['document', document],
  ['document', JSON.stringify(document)],
  [structure, { Password: 'x' }],
  ['tags', [{ Key: 'owner', Value: 'security' }]],
  [{ items: structure }, [{ Password: 'x', Hint: knownAfterApply }]],
])('as %s is accepted: %j', (shape, value) => {
  expect(shapeComplaints('#/P', shape, value)).toEqual([]);
});

test.each<[PropertyShape, Parameters<typeof shapeComplaints>[2], string]>([
  ['text', ['a'], '#/P: expected type: String, found: JSONArray'],
  ['text', { a: 1 }, '#/P: expected type: String, found: JSONObject'],
  ['text', null, '#/P: expected type: String, found: Null'],
  ['texts', 'a', '#/P: expected type: JSONArray, found: String'],
  ['texts', ['a', {}], '#/P/1: expected type: String, found: JSONObject'],
  ['map', [{ Key: 'a', Value: 'b' }], '#/P: expected type: JSONObject, found: JSONArray'],
  ['map', { a: ['b'] }, '#/P/a: expected type: String, found: JSONArray'],
  ['document', 5, '#/P: expected type: JSONObject, found: Number'],
  [structure, false, '#/P: expected type: JSONObject, found: Boolean'],
  [structure, {}, '#/P: required key [Password] not found'],
  [structure, { Password: [] }, '#/P/Password: expected type: String, found: JSONArray'],
  ['tags', { owner: 'x' }, '#/P: expected type: JSONArray, found: JSONObject'],
  ['tags', ['owner'], '#/P/0: expected type: JSONObject, found: String'],
  ['tags', [{ Key: 'a' }], '#/P/0: required key [Value] not found'],
  [
    { items: structure },
    [{ Password: 'x', Colour: 'red' }],
    '#/P/0: extraneous key [Colour] is not permitted',
  ],
])('as %s is complained about: %j', (shape, value, complaint) => {
  expect(shapeComplaints('#/P', shape, value)).toEqual([complaint]);
});

test('a text where a list belongs fails the change set, and the list deploys', async () => {
  const tester = new StackTester();
  function fleet(Groups: string | readonly string[]) {
    return {
      Resources: {
        Admins: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'admins' } },
        Alice: { Type: 'AWS::IAM::User', DependsOn: 'Admins', Properties: { UserName: 'alice', Groups } },
      },
    };
  }
  await tester.change('fleet', 'CREATE', fleet('admins'));
  const { OperationEvents } = await tester.call('cloudformation', 'DescribeEvents', {
    StackName: 'fleet',
    ChangeSetName: 'plan',
  });
  expect(first(OperationEvents)).toMatchObject({
    LogicalResourceId: 'Alice',
    ValidationStatusReason: '#/Groups: expected type: JSONArray, found: String',
  });
  expect(await tester.inventory()).toEqual([]);
  expect(await tester.deploy('other', 'CREATE', fleet(['admins']))).toBe('CREATE_COMPLETE');
  const { Groups } = await tester.call('iam', 'ListGroupsForUser', { UserName: 'alice' });
  expect(first(Groups)).toMatchObject({ GroupName: 'admins' });
});
