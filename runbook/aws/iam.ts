/** IAM calls for MFA devices. */
import type { IAMClient } from '@aws-sdk/client-iam';
import { Seed } from '../seed';
import {
  type AssignedDevice,
  AwsFault,
  type CreatedDevice,
  type DeviceSpecification,
  type SecurityKey,
  type VirtualDevice,
} from './aws';
import { isGone } from './faults';
import type { Sdk } from './session';

export class MfaDevices {
  public constructor(
    private readonly sdk: Sdk['iam'],
    private readonly client: IAMClient,
  ) {}

  /** Lists the devices of a user, of any type. @param user without it, the caller's own user */
  public async of(user?: string): Promise<readonly AssignedDevice[]> {
    const found: AssignedDevice[] = [];
    const pages = this.sdk.paginateListMFADevices(
      { client: this.client },
      user === undefined ? {} : { UserName: user },
    );
    for await (const page of pages) {
      for (const { SerialNumber: arn = '', EnableDate: enabledAt } of page.MFADevices ?? []) {
        found.push({ arn, enabledAt });
      }
    }
    return found;
  }

  /** Lists every virtual device of the account, assigned or not. */
  public async all(): Promise<readonly VirtualDevice[]> {
    const found: VirtualDevice[] = [];
    const pages = this.sdk.paginateListVirtualMFADevices(
      { client: this.client, pageSize: 1000 },
      { AssignmentStatus: 'Any' },
    );
    for await (const page of pages) {
      for (const { SerialNumber: arn = '', User, EnableDate: enabledAt } of page.VirtualMFADevices ?? []) {
        found.push({
          arn,
          ...(User?.UserName === undefined ? {} : { user: User.UserName }),
          ...(User?.Arn?.endsWith(':root') ? { isRoot: true } : {}),
          ...(enabledAt === undefined ? {} : { enabledAt }),
        });
      }
    }
    return found;
  }

  /** Describes a security key; `undefined` if the user has no such key. */
  public async securityKey(user: string, arn: string): Promise<SecurityKey | undefined> {
    try {
      const { EnableDate: enabledAt, Certifications: certifications = {} } = await this.client.send(
        new this.sdk.GetMFADeviceCommand({ UserName: user, SerialNumber: arn }),
      );
      return { arn, enabledAt, certifications };
    } catch (error) {
      if (isGone(error)) {
        return undefined;
      }
      throw error;
    }
  }

  public async tags(arn: string): Promise<Readonly<Record<string, string>>> {
    const { Tags = [] } = await this.client.send(
      new this.sdk.ListMFADeviceTagsCommand({ SerialNumber: arn }),
    );
    return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
  }

  /** Creates a device. The seed's text is wiped once decoded, and so is the QR image, which holds the seed too. */
  public async create(device: DeviceSpecification): Promise<CreatedDevice> {
    const { VirtualMFADevice: created } = await this.client.send(
      new this.sdk.CreateVirtualMFADeviceCommand({
        Path: device.path,
        VirtualMFADeviceName: device.name,
        Tags: Object.entries(device.tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    created?.QRCodePNG?.fill(0);
    if (created?.SerialNumber === undefined || created.Base32StringSeed === undefined) {
      throw new AwsFault('iam:CreateVirtualMFADevice', 'no-answer', 'the answer holds no device or no seed');
    }
    return { arn: created.SerialNumber, seed: Seed.fromBase32(created.Base32StringSeed) };
  }

  /** Deletes an unassigned device. */
  public async delete(arn: string): Promise<void> {
    await this.client.send(new this.sdk.DeleteVirtualMFADeviceCommand({ SerialNumber: arn }));
  }

  /** Assigns a device to a user, with two consecutive codes. */
  public async enable(user: string, arn: string, codes: readonly [string, string]): Promise<void> {
    await this.client.send(new this.sdk.EnableMFADeviceCommand(withCodes(user, arn, codes)));
  }

  /** Has IAM determine the token's clock offset again, from two consecutive codes. */
  public async resync(user: string, arn: string, codes: readonly [string, string]): Promise<void> {
    await this.client.send(new this.sdk.ResyncMFADeviceCommand(withCodes(user, arn, codes)));
  }

  public async deactivate(user: string, arn: string): Promise<void> {
    await this.client.send(new this.sdk.DeactivateMFADeviceCommand({ UserName: user, SerialNumber: arn }));
  }
}

function withCodes(user: string, arn: string, [first, second]: readonly [string, string]) {
  return { UserName: user, SerialNumber: arn, AuthenticationCode1: first, AuthenticationCode2: second };
}
