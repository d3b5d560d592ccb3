/** SDK clients and devices for tests of the sandbox. */

import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import { standingClock } from '../support/clock';
import type { Credentials } from './caller';
import { type AnyService, Dispatcher } from './dispatcher';
import { addAdministrator } from './founding';
import type { JsonObject, ServiceName } from './operation';
import type { Sandbox } from './sandbox';
import { resolveSettings } from './settings';
import { State } from './state';

interface Clients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly ssm: SSMClient;
}

/** @param maxAttempts 1 shows every error; with more, the SDK retries */
export function clientsFor(endpoint: string, credentials: Credentials, maxAttempts = 1): Clients {
  const settings = { endpoint, credentials, region: 'eu-central-1', maxAttempts };
  return { iam: new IAMClient(settings), sts: new STSClient(settings), ssm: new SSMClient(settings) };
}

/** The codes that a token with this seed shows, from a TOTP implementation other than the sandbox's. */
export class TokenCodes {
  readonly #totp: TOTP;

  public constructor(base32: string) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(base32), algorithm: 'SHA1', digits: 6, period: 30 });
  }

  /** Gives the code of the step that is `steps` after the one of this instant. */
  public at(nowMs: number, steps = 0): string {
    return this.#totp.generate({ timestamp: nowMs + steps * 30_000 });
  }

  /** Gives the code of the step before that one and its own, in order. */
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

/** Creates an unassigned device in-process, as the administrator. */
export async function createDevice(sandbox: Sandbox, name: string, path = '/'): Promise<TestDevice> {
  const answer = await sandbox.call(sandbox.administrator, 'iam', 'CreateVirtualMFADevice', {
    VirtualMFADeviceName: name,
    Path: path,
  });
  const { SerialNumber, Base32StringSeed } = answer.VirtualMFADevice as JsonObject;
  const base32 = Buffer.from(String(Base32StringSeed), 'base64').toString();
  return { arn: String(SerialNumber), base32, codes: new TokenCodes(base32) };
}

/** Opens the state of a sandbox, for a test that fills it faster than ten thousand calls would. */
export function openSandbox(...services: readonly AnyService[]) {
  const state = new State(resolveSettings({ clock: standingClock() }));
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

/** Creates a user with a key and no permissions. */
export async function createUser(sandbox: Sandbox, name: string): Promise<Credentials> {
  await sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: name });
  return sandbox.createAccessKey(name);
}

/** Creates a device for this user and enables it, as the administrator, with the current pair. */
export async function enroll(sandbox: Sandbox, userName: string, deviceName: string): Promise<TestDevice> {
  const device = await createDevice(sandbox, deviceName);
  await sandbox.call(sandbox.administrator, 'iam', 'EnableMFADevice', pairOf(sandbox, device, 0, userName));
  return device;
}

/** Gives the input of Enable or Resync with the pair that ends `steps` from now. */
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

/** Reads the credentials in an in-process answer of STS. */
export function credentialsOf(answer: JsonObject): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials as JsonObject;
  return {
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    sessionToken: String(SessionToken),
  };
}
