import { Aws } from 'aws-cdk-lib';
import {
  BreakGlassRole,
  BreakGlassUser,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaSelfService,
} from '../../../lib/index';
import { NAME_LENGTH, requireIamName, requireIamPath } from '../../../lib/policy/iam-names';
import { emptyStack } from '../fixtures';

test.each(['', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(65)])('the name %j is refused', (name) => {
  expect(() => requireIamName('roleName', name, NAME_LENGTH.role)).toThrow(
    `roleName is '${name}', must be 1 to 64 letters, digits and _+=,.@-; leave it out for a name that`,
  );
});

test.each(['a', 'A_1+=,.@-', 'a'.repeat(64), `${Aws.STACK_NAME} b`, undefined])(
  'the name %j is taken',
  (name) => {
    expect(() => requireIamName('roleName', name, NAME_LENGTH.role)).not.toThrow();
  },
);

test.each(['', 'ops', '/ops', 'ops/', '/o ps/', `/${'a'.repeat(511)}/`])('the path %j is refused', (path) => {
  expect(() => requireIamPath('path', path)).toThrow(
    `path is '${path}', must be / or begin and end with a slash, without blanks, at most 512 characters; write`,
  );
});

test.each(['/', '/ops/', '/a/b-1/', `/${'a'.repeat(510)}/`, Aws.STACK_NAME, undefined])(
  'the path %j is taken',
  (path) => {
    expect(() => requireIamPath('path', path)).not.toThrow();
  },
);

describe('a construct refuses at once', () => {
  function made(names: { group?: string; path?: string; role?: string; policy?: string; boundary?: string }) {
    const stack = emptyStack();
    function managed(name?: string) {
      return name === undefined ? {} : { managedPolicyName: name };
    }
    const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', {
      selfService: MfaSelfService.NONE,
      ...managed(names.policy),
    });
    new MfaEnforcementBoundary(stack, 'Boundary', managed(names.boundary));
    const group = new MfaEnforcedGroup(stack, 'Group', {
      enforcement,
      ...(names.group === undefined ? {} : { groupName: names.group }),
    });
    const alice = new BreakGlassUser(stack, 'Alice', {
      userName: 'alice',
      group,
      ...(names.path === undefined ? {} : { path: names.path }),
    });
    return new BreakGlassRole(stack, 'Emergency', {
      users: [alice],
      ...(names.role === undefined ? {} : { roleName: names.role }),
    });
  }

  test.each<readonly [Parameters<typeof made>[0], string]>([
    [{ policy: 'a b/c' }, "[Test/Enforcement] managedPolicyName is 'a b/c', must be 1 to 128"],
    [{ boundary: '' }, "[Test/Boundary] managedPolicyName is '', must be 1 to 128"],
    [{ group: 'a b' }, "[Test/Group] groupName is 'a b', must be 1 to 128"],
    [{ path: 'ops' }, "path of break-glass user 'alice' is 'ops', must be / or begin"],
    [{ role: '' }, "[Test/Emergency] roleName is '', must be 1 to 64"],
  ])('%j', (names, message) => {
    expect(() => made(names)).toThrow(message);
  });

  test('but takes what is a name, or a token', () => {
    expect(() => made({ policy: 'a', boundary: 'b', group: 'c', path: '/d/', role: 'e' })).not.toThrow();
    const token = Aws.STACK_NAME;
    const tokens = { policy: token, boundary: token, group: token, path: token, role: token };
    expect(() => made(tokens)).not.toThrow();
  });
});
