import { CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccessKey, CfnAccessKey, type CfnUser, User } from 'aws-cdk-lib/aws-iam';
import { BreakGlassUser, MfaEnforcedGroup, MfaEnforcementPolicy, MfaSelfService } from '../../../lib/index';
import { emptyStack, newApp, onlyResource } from '../fixtures';

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

describe('an access key for a break-glass user fails the synthesis', () => {
  function withUsers(stack: Stack): { readonly alice: BreakGlassUser; readonly other: User } {
    const group = enforcedGroup(MfaSelfService.NONE, stack);
    return {
      alice: new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group }),
      other: new User(stack, 'Other', { userName: 'olga' }),
    };
  }

  const keys: readonly (readonly [string, (stack: Stack, alice: User, other: User) => unknown, boolean])[] = [
    ['an AccessKey', (stack, alice) => new AccessKey(stack, 'Key', { user: alice }), true],
    ['a CfnAccessKey', (stack, alice) => new CfnAccessKey(stack, 'Key', { userName: alice.userName }), true],
    [
      'a CfnAccessKey by the name',
      (stack) => new CfnAccessKey(stack, 'Key', { userName: 'Alice.BreakGlass' }),
      true,
    ],
    [
      'an AccessKey for the imported user',
      (stack) =>
        new AccessKey(stack, 'Key', { user: User.fromUserName(stack, 'Imported', 'alice.breakglass') }),
      true,
    ],
    ["another user's", (stack, _alice, other) => new AccessKey(stack, 'Key', { user: other }), false],
    ["another user's by the name", (stack) => new CfnAccessKey(stack, 'Key', { userName: 'olga' }), false],
    [
      "another user's known only at deployment",
      (stack) => new CfnAccessKey(stack, 'Key', { userName: new CfnParameter(stack, 'Name').valueAsString }),
      false,
    ],
  ];

  test.each(keys)('%s, in the stack of the user and in another', (_what, addKey, isRefused) => {
    for (const isElsewhere of [false, true]) {
      const app = newApp();
      const stack = new Stack(app, 'Users');
      const { alice, other } = withUsers(stack);
      addKey(isElsewhere ? new Stack(app, 'Keys') : stack, alice, other);
      const where = isElsewhere ? 'Keys/Key' : 'Users/Key';

      if (isRefused) {
        expect(() => app.synth()).toThrow(
          new RegExp(`break-glass user 'Users/Alice' has the access key '${where}\\S*', must have none`),
        );
      } else {
        expect(() => app.synth()).not.toThrow();
      }
    }
  });

  test('once for each key, and in a stage as well', () => {
    const app = newApp();
    const stage = new Stage(app, 'Production');
    const stack = new Stack(stage, 'Users');
    const { alice } = withUsers(stack);
    new AccessKey(stack, 'Key', { user: alice });
    new AccessKey(stack, 'Second', { user: alice });

    const refused = (): unknown => Template.fromStack(stack);
    expect(refused).toThrow(/Users\/Key\/.*\n.*Users\/Second\//);
    expect(refused).toThrow("break-glass user 'Production/Users/Alice' has the access key");
  });

  test('but not for the user of that name in another account', () => {
    const app = newApp();
    withUsers(new Stack(app, 'Users', { env: { account: '111122223333', region: 'eu-central-1' } }));
    const elsewhere = new Stack(app, 'Keys', { env: { account: '444455556666', region: 'eu-central-1' } });
    new CfnAccessKey(elsewhere, 'Key', { userName: 'alice.breakglass' });

    expect(() => app.synth()).not.toThrow();
  });

  test('nor for a user whose resource has the same id in another stack', () => {
    const app = newApp();
    withUsers(new Stack(app, 'Users'));
    const other = new Stack(app, 'Others');
    new AccessKey(other, 'Key', { user: new User(other, 'Alice') });

    expect(() => app.synth()).not.toThrow();
  });
});

test('a password in the template fails the synthesis', () => {
  const made = (loginProfile?: CfnUser.LoginProfileProperty): Stack => {
    const stack = emptyStack();
    const group = enforcedGroup(MfaSelfService.NONE, stack);
    const { defaultChild } = new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group }).node;
    (defaultChild as CfnUser).loginProfile = loginProfile;
    return stack;
  };

  expect(() => Template.fromStack(made())).not.toThrow();
  expect(() => Template.fromStack(made({ password: 'hunter2' }))).toThrow(
    "[Test/Alice] break-glass user 'Test/Alice' has a password in the template (loginProfile), must have none",
  );
});
