/** An operator in a sandbox: a user with a phone as second factor, who may assume the operator's role. */
import type { AccessKey } from '../../runbook/aws/aws';
import { Seed } from '../../runbook/seed';
import { codeFor, counterAt } from '../../runbook/token/codes';
import type { JsonObject } from '../sandbox/operation';
import type { Sandbox } from '../sandbox/sandbox';

/** STS learns of a new device this much later than IAM does. */
const PROPAGATION_MS = 10_000;

/** A virtual device of a user, enabled, and its codes. */
export interface Phone {
  readonly deviceArn: string;
  /** The code of now, or of so many steps later. */
  code(steps?: number): string;
}

/** Creates a device and enables it for a user, as a person with a phone would. */
export async function enrollPhone(
  sandbox: Sandbox,
  userName: string,
  device: { readonly name: string; readonly path?: string },
): Promise<Phone> {
  function admin(operation: string, input: JsonObject) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  const { VirtualMFADevice: created } = (await admin('CreateVirtualMFADevice', {
    VirtualMFADeviceName: device.name,
    ...(device.path === undefined ? {} : { Path: device.path }),
  })) as { VirtualMFADevice: { SerialNumber: string; Base32StringSeed: string } };
  const seed = Seed.fromBase32(Uint8Array.from(Buffer.from(created.Base32StringSeed, 'base64')));
  function step(): number {
    return counterAt(sandbox.clock.now() / 1000);
  }
  // Read once: a step that begins between two readings would make a pair that is not consecutive.
  const last = step();
  await admin('EnableMFADevice', {
    UserName: userName,
    SerialNumber: created.SerialNumber,
    AuthenticationCode1: codeFor(seed, last - 1),
    AuthenticationCode2: codeFor(seed, last),
  });
  return { deviceArn: created.SerialNumber, code: (steps = 0) => codeFor(seed, step() + steps) };
}

/** Creates the operator and assumes the role with a code; moves the sandbox's clock past STS's delay. */
export async function signInOperator(
  sandbox: Sandbox,
  userName: string,
  roleArn: string,
): Promise<AccessKey> {
  function admin(operation: string, input: JsonObject) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  await admin('CreateUser', { UserName: userName });
  await admin('PutUserPolicy', {
    UserName: userName,
    PolicyName: 'assume-the-operator-role',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }],
    }),
  });
  const phone = await enrollPhone(sandbox, userName, { name: `${userName}-phone` });
  sandbox.clock.advance(PROPAGATION_MS);
  const { Credentials: session } = (await sandbox.call(
    sandbox.createAccessKey(userName),
    'sts',
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: userName, SerialNumber: phone.deviceArn, TokenCode: phone.code() },
  )) as { Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } };
  return {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
  };
}
