/** The guarded account in a sandbox, and its people at work. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../sandbox/caller';
import type { JsonObject, ServiceName } from '../../sandbox/operation';
import { Sandbox } from '../../sandbox/sandbox';
import { createDevice, credentialsOf, type TestDevice, TokenCodes } from '../../sandbox/test-clients';
import { type CdkRun, runCdk } from '../../support/cdk-cli';
import { standingClock } from '../../support/clock';
import { ACCOUNT } from '../../support/policy-simulation';
import { homeRegion, iamRegion, organizationalUnit } from './guarded-account';

/** The delay until STS knows a device. */
const propagationMs = 10_000;
const stepMs = 30_000;
/** The longest session GetSessionToken gives, so that it outlasts a day. */
const DurationSeconds = 129_600;

export class AccountBench {
  public readonly folder = mkdtempSync(join(tmpdir(), 'deployed-'));
  public readonly sandbox = Sandbox.create({
    clock: standingClock(),
    account: ACCOUNT,
    region: homeRegion,
    otherRegions: [iamRegion],
    memberOf: ['r-ab12', organizationalUnit],
    propagationMs,
  });
  readonly #devices = new Map<string, TestDevice>();
  #heard = 0;

  /** Runs `cdk deploy` of every stack, one after the other. */
  public async deploy(outdir: string): Promise<CdkRun> {
    const { clock, administrator: credentials } = this.sandbox;
    const endpoint = await this.sandbox.listen();
    // For a minute, the SDK in the command retries as after an error if the clock differs from its own
    const ahead = clock.now() - Date.now();
    clock.advance(-ahead);
    const run = await runCdk(['deploy', '--all', '--require-approval', 'never'], {
      endpoint,
      credentials,
      outdir,
    });
    clock.advance(ahead);
    return run;
  }

  public async close(): Promise<void> {
    // The function may still be at work.
    await this.sandbox.outbox();
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  public call(
    credentials: Credentials,
    service: ServiceName,
    operation: string,
    input: JsonObject = {},
  ): Promise<JsonObject> {
    return this.sandbox.call(credentials, service, operation, input);
  }

  /** Creates and enables a device with somebody's own permissions, and waits until STS knows it. */
  public async enroll(
    credentials: Credentials,
    UserName: string,
    name: string,
    Path = '/',
  ): Promise<TestDevice> {
    const answer = await this.call(credentials, 'iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: name,
      Path,
    });
    const { SerialNumber, Base32StringSeed } = answer.VirtualMFADevice as JsonObject;
    const base32 = Buffer.from(String(Base32StringSeed), 'base64').toString();
    const device = { arn: String(SerialNumber), base32, codes: new TokenCodes(base32) };
    await this.#enable(credentials, UserName, device);
    return device;
  }

  /** Creates and enables a device for somebody, with the permissions of the administrator. */
  public async give(UserName: string): Promise<TestDevice> {
    const device = await createDevice(this.sandbox, `${UserName}-given`);
    await this.#enable(this.sandbox.administrator, UserName, device);
    return device;
  }

  /** Opens a session with MFA for a user who has a device; every code is a new one. */
  public async withMfa(userName: string, key: Credentials): Promise<Credentials> {
    return credentialsOf(
      await this.call(key, 'sts', 'GetSessionToken', { DurationSeconds, ...this.code(userName) }),
    );
  }

  public async withoutMfa(key: Credentials): Promise<Credentials> {
    return credentialsOf(await this.call(key, 'sts', 'GetSessionToken', { DurationSeconds }));
  }

  /** Assumes a role by the end of its name, with a code or without. */
  public async assume(credentials: Credentials, role: string, code: JsonObject = {}): Promise<Credentials> {
    const { Roles } = await this.call(this.sandbox.administrator, 'iam', 'ListRoles');
    const found = (Roles as readonly JsonObject[]).find(({ RoleName }) => String(RoleName).includes(role));
    const answer = await this.call(credentials, 'sts', 'AssumeRole', {
      RoleArn: found?.Arn,
      RoleSessionName: 'work',
      ...code,
    });
    return credentialsOf(answer);
  }

  /** Returns the parameters that prove MFA with somebody's device, with a code that was not used before. */
  public code(userName: string): JsonObject {
    const device = this.#devices.get(userName);
    if (!device) {
      throw new Error(`${userName} has no device`);
    }
    this.sandbox.clock.advance(stepMs);
    return { SerialNumber: device.arn, TokenCode: device.codes.at(this.sandbox.clock.now()) };
  }

  /** Returns the first line of each message since the last time, sorted. */
  public async headlines(): Promise<readonly string[]> {
    return (await this.messages()).map((message) => message.split('\n')[0]?.replaceAll('"', '') ?? '').sort();
  }

  /** Returns the messages since the last time. @throws when one was not delivered */
  public async messages(): Promise<readonly string[]> {
    const { messages, undelivered } = await this.sandbox.outbox();
    if (undelivered.length > 0) {
      throw new Error(`not delivered: ${JSON.stringify(undelivered.slice(0, 1))}`);
    }
    const fresh = messages.slice(this.#heard);
    this.#heard = messages.length;
    return fresh.map(({ message }) => message);
  }

  async #enable(credentials: Credentials, UserName: string, device: TestDevice): Promise<void> {
    const { clock } = this.sandbox;
    clock.advance(stepMs);
    await this.call(credentials, 'iam', 'EnableMFADevice', {
      UserName,
      SerialNumber: device.arn,
      ...device.codes.pair(clock.now()),
    });
    this.#devices.set(UserName, device);
    clock.advance(propagationMs);
  }
}
