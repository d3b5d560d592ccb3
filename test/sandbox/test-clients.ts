/** SDK clients and devices for tests of the sandbox. */

import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import type { Credentials } from './caller';
import { type AnyService, Dispatcher } from './dispatcher';
import { addAdministrator } from './founding';
import type { JsonObject, ServiceName } from './operation';
import type { Sandbox } from './sandbox';
import { resolveSettings } from './settings';
import { State } from './state';

export interface Clients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly ssm: SSMClient;
}

/** @param maxAttempts 1 shows errors as they come; more lets the SDK retry */
export function clientsFor(endpoint: string, credentials: Credentials, maxAttempts = 1): Clients {
  const settings = { endpoint, credentials, region: 'eu-central-1', maxAttempts };
  return { iam: new IAMClient(settings), sts: new STSClient(settings), ssm: new SSMClient(settings) };
}

/** The codes a token with this seed shows; made by another TOTP implementation than the sandbox's own. */
export class TokenCodes {
  readonly #totp: TOTP;

  public constructor(base32: string) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(base32), algorithm: 'SHA1', digits: 6, period: 30 });
  }

  /** The code of the step that is `steps` from the one at this instant. */
  public at(nowMs: number, steps = 0): string {
    return this.#totp.generate({ timestamp: nowMs + steps * 30_000 });
  }

  /** The code of that step and the one before it, in order. */
  public pair(
    nowMs: number,
    steps = 0,
  ): { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string } {
    return { AuthenticationCode1: this.at(nowMs, steps - 1), AuthenticationCode2: this.at(nowMs, steps) };
  }
}

export interface TestDevice {
  readonly arn: string;
  readonly base32: string;
  readonly codes: TokenCodes;
}

/** A device nobody has, created in-process by the administrator. */
export async function createDevice(sandbox: Sandbox, name: string, path = '/'): Promise<TestDevice> {
  const answer = await sandbox.call(sandbox.administrator, 'iam', 'CreateVirtualMFADevice', {
    VirtualMFADeviceName: name,
    Path: path,
  });
  const { SerialNumber, Base32StringSeed } = answer.VirtualMFADevice as JsonObject;
  const base32 = Buffer.from(String(Base32StringSeed), 'base64').toString();
  return { arn: String(SerialNumber), base32, codes: new TokenCodes(base32) };
}

/** A sandbox from inside, for a test that fills its state faster than ten thousand calls would. */
export function openSandbox(...services: readonly AnyService[]) {
  const state = new State(resolveSettings({}));
  const dispatcher = new Dispatcher(state);
  for (const service of services) {
    dispatcher.register(service);
  }
  const { accessKeyId, secretAccessKey } = addAdministrator(state);
  const credentials = {
    accessKeyId,
    sessionToken: undefined,
    proves: (secret: string) => secret === secretAccessKey,
  };
  function call(service: ServiceName, operation: string, input: JsonObject = {}) {
    return dispatcher.serve({ service, operation, input, credentials });
  }
  return { state, dispatcher, call };
}

/** A user with a key and nothing else. */
export async function createUser(sandbox: Sandbox, name: string): Promise<Credentials> {
  await sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: name });
  return sandbox.createAccessKey(name);
}

/** A device of this user, enabled by the administrator with the pair of this moment. */
export async function enrol(sandbox: Sandbox, userName: string, deviceName: string): Promise<TestDevice> {
  const device = await createDevice(sandbox, deviceName);
  await sandbox.call(sandbox.administrator, 'iam', 'EnableMFADevice', pairOf(sandbox, device, 0, userName));
  return device;
}

/** The input of Enable or Resync with the pair that ends `steps` from now. */
export function pairOf(sandbox: Sandbox, device: TestDevice, steps = 0, UserName = 'alice') {
  return { UserName, SerialNumber: device.arn, ...device.codes.pair(sandbox.clock.now(), steps) };
}

/** Gives a user an inline policy of these statements. */
export async function allow(
  sandbox: Sandbox,
  userName: string,
  ...statements: readonly object[]
): Promise<void> {
  await sandbox.call(sandbox.administrator, 'iam', 'PutUserPolicy', {
    UserName: userName,
    PolicyName: 'test',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  });
}

/** Credentials as STS answers them in-process. */
export function credentialsOf(answer: JsonObject): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials as JsonObject;
  return {
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    sessionToken: String(SessionToken),
  };
}
