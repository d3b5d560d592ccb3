import { CfnParameter } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BreakGlassUser, MfaEnforcedGroup, MfaEnforcementPolicy, MfaSelfService } from '../../lib/index';
import { emptyStack, onlyResource } from './fixtures';

function enforcedGroup(selfService: MfaSelfService, stack = emptyStack()): MfaEnforcedGroup {
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', { selfService });
  return new MfaEnforcedGroup(stack, 'Group', { enforcement });
}

test('a break-glass user is in the enforced group and has no key and no password', () => {
  const stack = emptyStack();
  const group = enforcedGroup(MfaSelfService.NONE, stack);
  new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group, path: '/emergency/' });

  expect(onlyResource(stack, 'AWS::IAM::User')).toEqual({
    UserName: 'alice.breakglass',
    Path: '/emergency/',
    Groups: [stack.resolve(group.groupName)],
  });
  Template.fromStack(stack).resourceCountIs('AWS::IAM::AccessKey', 0);
});

test('a group that leaves self-service is refused', () => {
  const group = enforcedGroup(MfaSelfService.ALL_DEVICES);

  expect(() => new BreakGlassUser(group.stack, 'Alice', { userName: 'alice', group })).toThrow(
    "break-glass user 'alice' is in group 'Test/Group', whose policy leaves self-service ALL_DEVICES, must be NONE",
  );
  expect(group.stack.node.tryFindChild('Alice')).toBeUndefined();
});

test.each([
  ['', 'is empty'],
  ['alice smith', '"alice smith" is not an IAM user name'],
  ['ålice', '"ålice" is not an IAM user name'],
  ['a'.repeat(65), `"${'a'.repeat(65)}" is 65 characters long, the limit is 64`],
])('the user name %j is refused', (userName, problem) => {
  const group = enforcedGroup(MfaSelfService.NONE);

  expect(() => new BreakGlassUser(group.stack, 'Alice', { userName, group })).toThrow(
    `break-glass user 'Alice': holder ${problem}; use the name of the IAM user`,
  );
});

test('a user name known only at deployment is taken', () => {
  const stack = emptyStack();
  const userName = new CfnParameter(stack, 'Name').valueAsString;
  new BreakGlassUser(stack, 'Alice', { userName, group: enforcedGroup(MfaSelfService.NONE, stack) });

  expect(onlyResource(stack, 'AWS::IAM::User').UserName).toEqual({ Ref: 'Name' });
});
