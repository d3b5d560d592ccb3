import { Secret, TOTP } from 'otpauth';
import type { JsonObject } from '../operation';
import { StackTester } from './stack-tester';

function group(GroupName: string, more: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::IAM::Group',
    Properties: { GroupName },
    ...more,
  };
}
function user(UserName: string, properties: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::IAM::User',
    Properties: { UserName, ...properties },
  };
}

/** Gives the user an MFA device. @returns its serial number */
async function enroll(tester: StackTester, UserName: string): Promise<string> {
  const { VirtualMFADevice } = await tester.call('iam', 'CreateVirtualMFADevice', {
    VirtualMFADeviceName: UserName,
  });
  const { SerialNumber, Base32StringSeed } = VirtualMFADevice as JsonObject;
  const seed = Buffer.from(String(Base32StringSeed), 'base64').toString();
  const totp = new TOTP({ secret: Secret.fromBase32(seed) });
  const now = tester.sandbox.clock.now();
  await tester.call('iam', 'EnableMFADevice', {
    UserName,
    SerialNumber,
    AuthenticationCode1: totp.generate({ timestamp: now - 30_000 }),
    AuthenticationCode2: totp.generate({ timestamp: now }),
  });
  return String(SerialNumber);
}

test('a user with an MFA device cannot be deleted, nor what it depends on, until the device is deactivated', async () => {
  const tester = new StackTester();
  const Resources = {
    Group: group('g'),
    Other: group('other'),
    Alice: user('alice', { Groups: [{ Ref: 'Group' }] }),
  };
  await tester.deploy('fleet', 'CREATE', { Resources });
  const SerialNumber = await enroll(tester, 'alice');
  expect(await tester.delete('fleet')).toBe('DELETE_FAILED');
  expect(await tester.inventory()).toEqual(['alice', 'g']);
  expect((await tester.stack('fleet')).StackStatusReason).toBe(
    'The following resource(s) failed to delete: [Alice]. ',
  );
  expect((await tester.events('fleet')).join('\n')).toMatch(
    /Alice DELETE_FAILED Resource handler returned message: ".*\(Service: Iam, Status Code: 409, .*HandlerErrorCode: ResourceConflict/,
  );
  await tester.call('iam', 'DeactivateMFADevice', { UserName: 'alice', SerialNumber });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual([]);
});

test('what is retained outlives the stack, the rest does not', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', {
    Resources: {
      Kept: group('kept', { DeletionPolicy: 'Retain' }),
      KeptToo: group('kept-too', { DeletionPolicy: 'RetainExceptOnCreate' }),
      Gone: group('gone', { DeletionPolicy: 'Delete' }),
    },
  });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['kept', 'kept-too']);
});

test('of a failed creation only Retain keeps what was made', async () => {
  const tester = new StackTester();
  const status = await tester.deploy('fleet', 'CREATE', {
    Resources: {
      Kept: group('kept', { DeletionPolicy: 'Retain' }),
      Gone: group('gone', { DeletionPolicy: 'RetainExceptOnCreate' }),
      Clash: group('kept', { DependsOn: ['Kept', 'Gone'] }),
    },
  });
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual(['kept']);
  expect(await tester.events('fleet')).toContain('Kept DELETE_SKIPPED');
});

test('a replaced resource stays where its UpdateReplacePolicy says so', async () => {
  const tester = new StackTester();
  function template(name: string) {
    return {
      Resources: {
        Kept: group(`kept-${name}`, { UpdateReplacePolicy: 'Retain' }),
        Gone: group(`gone-${name}`),
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('1'));
  expect(await tester.deploy('fleet', 'UPDATE', template('2'))).toBe('UPDATE_COMPLETE');
  expect(await tester.inventory()).toEqual(['gone-2', 'kept-1', 'kept-2']);
});

test('a resource the template no longer has is deleted by the update, and kept where the policy says so', async () => {
  const tester = new StackTester();
  const stays = { Stays: group('stays') };
  await tester.deploy('fleet', 'CREATE', {
    Resources: { ...stays, Gone: group('gone'), Kept: group('kept', { DeletionPolicy: 'Retain' }) },
  });
  expect(await tester.deploy('fleet', 'UPDATE', { Resources: stays })).toBe('UPDATE_COMPLETE');
  expect(await tester.inventory()).toEqual(['kept', 'stays']);
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['kept']);
});

test('an update that cannot delete what the template no longer has counts as done, and the stack forgets it', async () => {
  const tester = new StackTester();
  const stays = { Stays: group('stays') };
  await tester.deploy('fleet', 'CREATE', { Resources: { ...stays, Alice: user('alice') } });
  await enroll(tester, 'alice');
  expect(await tester.deploy('fleet', 'UPDATE', { Resources: stays })).toBe('UPDATE_COMPLETE');
  expect((await tester.events('fleet')).join('\n')).toContain('Alice DELETE_FAILED');
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['alice']);
});

test('what somebody deleted by hand does not stop the deletion', async () => {
  const tester = new StackTester();
  const value = { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Name: '/value', Value: '1' } };
  await tester.deploy('fleet', 'CREATE', { Resources: { Group: group('g'), Value: value } });
  await tester.call('iam', 'DeleteGroup', { GroupName: 'g' });
  await tester.call('ssm', 'DeleteParameter', { Name: '/value' });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
});

test('a protected stack is not deleted before the protection is taken off', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { Group: group('g') } });
  function protect(EnableTerminationProtection: boolean) {
    return tester.call('cloudformation', 'UpdateTerminationProtection', {
      StackName: 'fleet',
      EnableTerminationProtection,
    });
  }
  await protect(true);
  await expect(tester.delete('fleet')).rejects.toThrow(
    'Stack [fleet] cannot be deleted while TerminationProtection is enabled',
  );
  expect(await tester.inventory()).toEqual(['g']);
  await protect(false);
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
});

test('a stack that was only planned is deleted without a trace of its resources', async () => {
  const tester = new StackTester();
  await tester.change('fleet', 'CREATE', { Resources: { Group: group('g') } });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual([]);
});

test('a deleted stack is found by its ARN only, and its name is free again', async () => {
  const tester = new StackTester();
  const template = { Resources: { Group: group('g') } };
  await tester.deploy('fleet', 'CREATE', template);
  const { StackId } = await tester.stack('fleet');
  await tester.delete('fleet');
  await expect(tester.stack('fleet')).rejects.toThrow('Stack with id fleet does not exist');
  expect(await tester.stack(String(StackId))).toMatchObject({ StackStatus: 'DELETE_COMPLETE' });
  expect((await tester.call('cloudformation', 'DescribeStacks')).Stacks).toEqual([]);
  await tester.call('cloudformation', 'DeleteStack', { StackName: 'fleet' });
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('CREATE_COMPLETE');
});
