import { type App, CfnParameter, Fn, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccessKey, CfnAccessKey, type CfnUser, Group, User } from 'aws-cdk-lib/aws-iam';
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
    `[Test/Alice] userName: holder ${problem}; use the name of the IAM user`,
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
    [
      'a CfnAccessKey by the logical id',
      (stack, alice) => {
        const logicalId = Stack.of(alice).getLogicalId(alice.node.defaultChild as CfnUser);
        return Stack.of(alice) === stack
          ? new CfnAccessKey(stack, 'Key', { userName: Fn.ref(logicalId) })
          : new CfnAccessKey(stack, 'Key', { userName: alice.userName });
      },
      true,
    ],
    [
      "another user's by the logical id",
      (stack, _alice, other) => {
        const logicalId = Stack.of(other).getLogicalId(other.node.defaultChild as CfnUser);
        return new CfnAccessKey(stack, 'Key', { userName: Fn.ref(logicalId) });
      },
      false,
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

    function refused(): unknown {
      return Template.fromStack(stack);
    }
    expect(refused).toThrow(/Users\/Key\/.*\n.*Users\/Second\//);
    expect(refused).toThrow("break-glass user 'Production/Users/Alice' has the access key");
  });

  test.each([
    ['111122223333', true],
    ['444455556666', false],
  ])('by the name alone, in account %s: %s', (account, isRefused) => {
    const app = newApp();
    withUsers(new Stack(app, 'Users', { env: { account: '111122223333', region: 'eu-central-1' } }));
    const keys = new Stack(app, 'Keys', { env: { account, region: 'eu-central-1' } });
    new CfnAccessKey(keys, 'Key', { userName: 'alice.breakglass' });

    expect(synthesized(app)).toEqual(
      isRefused ? expect.stringContaining("'Users/Alice' has the access key 'Keys/Key'") : 'fine',
    );
  });

  test.each([
    ['of the user', true],
    ['of a user whose resource has the same id in another stack', false],
  ])('in another stack, %s: %s', (_whose, isRefused) => {
    const app = newApp();
    const { alice } = withUsers(new Stack(app, 'Users'));
    const others = new Stack(app, 'Others');
    new AccessKey(others, 'Key', { user: isRefused ? alice : new User(others, 'Alice') });

    expect(synthesized(app)).toEqual(
      isRefused ? expect.stringContaining("'Users/Alice' has the access key 'Others/Key/") : 'fine',
    );
  });
});

/** Synthesizes an app; returns the error text, or 'fine'. */
function synthesized(app: App): string {
  try {
    app.synth();
    return 'fine';
  } catch (error) {
    return String(error);
  }
}

test('a password in the template fails the synthesis', () => {
  function made(loginProfile?: CfnUser.LoginProfileProperty): Stack {
    const stack = emptyStack();
    const group = enforcedGroup(MfaSelfService.NONE, stack);
    const { defaultChild } = new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group }).node;
    (defaultChild as CfnUser).loginProfile = loginProfile;
    return stack;
  }

  expect(() => Template.fromStack(made())).not.toThrow();
  expect(() => Template.fromStack(made({ password: 'hunter2' }))).toThrow(
    "[Test/Alice] break-glass user 'Test/Alice' has a password in the template (loginProfile), must have none",
  );
});

describe('an override of a break-glass user', () => {
  function made(): { readonly stack: Stack; readonly alice: BreakGlassUser; readonly resource: CfnUser } {
    const stack = emptyStack();
    const group = enforcedGroup(MfaSelfService.NONE, stack);
    const alice = new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group });
    return { stack, alice, resource: alice.node.defaultChild as CfnUser };
  }

  test.each<readonly [string, (user: CfnUser) => void]>([
    ['that sets a password', (user) => user.addPropertyOverride('LoginProfile.Password', 'hunter2')],
    ['that sets the whole login', (user) => user.addOverride('Properties.LoginProfile', { Password: 'x' })],
    ['that sets it among others', (user) => user.addOverride('Properties', { LoginProfile: {} })],
    ['that changes the groups', (user) => user.addPropertyOverride('Groups', [])],
    ['that changes one group', (user) => user.addPropertyOverride('Groups.0', 'others')],
    ['that deletes the groups', (user) => user.addPropertyDeletionOverride('Groups')],
    ['that deletes all properties', (user) => user.addDeletionOverride('Properties')],
  ])('%s is refused where it is written', (_what, change) => {
    expect(() => change(made().resource)).toThrow(
      "the password and the groups of break-glass user 'Test/Alice' cannot be overridden (Properties",
    );
  });

  test('of something else is taken', () => {
    const { stack, resource } = made();
    resource.addPropertyOverride('Path', '/b/');

    expect(onlyResource(stack, 'AWS::IAM::User')).toMatchObject({ Path: '/b/', Groups: [expect.anything()] });
  });

  test.each<readonly [string, string[] | undefined]>([
    ['none', []],
    ['others', ['others']],
    ['nothing', undefined],
  ])('that replaces the groups by %s fails the synthesis', (_what, groups) => {
    const { stack, resource } = made();
    resource.groups = groups;

    expect(() => Template.fromStack(stack)).toThrow(
      "break-glass user 'Test/Alice' is no longer in group 'Test/Group', must be: the group requires MFA",
    );
  });

  test('is not needed for a further group, nor for a group of another stack', () => {
    const app = newApp();
    const group = enforcedGroup(MfaSelfService.NONE, new Stack(app, 'Groups'));
    const stack = new Stack(app, 'Users');
    const alice = new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group });
    alice.addToGroup(new Group(stack, 'Further'));

    expect(synthesized(app)).toBe('fine');
    expect(onlyResource(stack, 'AWS::IAM::User').Groups).toHaveLength(2);
  });
});
