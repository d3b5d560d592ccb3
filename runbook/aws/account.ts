/** IAM calls about the account as a whole: its users, its counts, its passwords, its root user. */
import type { IAMClient } from '@aws-sdk/client-iam';
import type { AccountSummary, IamUser, PasswordExpiry } from './aws';
import { unlessGone } from './faults';
import type { Sdk } from './session';

export class Account {
  public constructor(
    private readonly sdk: Sdk['iam'],
    private readonly client: IAMClient,
  ) {}

  /** Lists the account's aliases: one or none. */
  public async aliases(): Promise<readonly string[]> {
    return (await this.client.send(new this.sdk.ListAccountAliasesCommand({}))).AccountAliases ?? [];
  }

  public async users(): Promise<readonly IamUser[]> {
    const found: IamUser[] = [];
    const pages = this.sdk.paginateListUsers({ client: this.client, pageSize: 1000 }, {});
    for await (const page of pages) {
      for (const { UserName: name = '', Path: path = '/', CreateDate: createdAt } of page.Users ?? []) {
        found.push({ name, path, createdAt });
      }
    }
    return found;
  }

  public async summary(): Promise<AccountSummary> {
    return toSummary((await this.client.send(new this.sdk.GetAccountSummaryCommand({}))).SummaryMap ?? {});
  }

  /** Reads when passwords expire; `undefined` if they do not, or the account has no password policy. */
  public async passwordExpiry(): Promise<PasswordExpiry | undefined> {
    const policy = await unlessGone(this.client.send(new this.sdk.GetAccountPasswordPolicyCommand({})));
    return toPasswordExpiry(policy?.PasswordPolicy ?? {});
  }

  /** Tells whether the root user, as which the session was opened, has a password, an access key or a certificate. */
  public async rootHasCredentials(): Promise<boolean> {
    const { client, sdk } = this;
    if ((await unlessGone(client.send(new sdk.GetLoginProfileCommand({})))) !== undefined) {
      return true;
    }
    const { AccessKeyMetadata: keys = [] } = await client.send(new sdk.ListAccessKeysCommand({}));
    if (keys.length > 0) {
      return true;
    }
    const { Certificates = [] } = await client.send(new sdk.ListSigningCertificatesCommand({}));
    return Certificates.length > 0;
  }
}

/** Reads IAM's counts. An absent one, and a 0 where AWS does not document what it means, tells nothing. */
export function toSummary(map: Readonly<Record<string, number | undefined>>): AccountSummary {
  const { MFADevicesInUse: devicesInUse, AccountMFAEnabled: enabled } = map;
  return {
    devicesInUse,
    rootHasDevice: enabled === undefined ? undefined : enabled > 0,
    rootHasCredentials: [
      map.AccountPasswordPresent,
      map.AccountAccessKeysPresent,
      map.AccountSigningCertificatesPresent,
    ].some((count = 0) => count > 0),
  };
}

/** Reads when passwords expire by a policy; `undefined` if they never do. */
export function toPasswordExpiry({
  MaxPasswordAge,
  HardExpiry,
  AllowUsersToChangePassword,
}: {
  readonly MaxPasswordAge?: number | undefined;
  readonly HardExpiry?: boolean | undefined;
  readonly AllowUsersToChangePassword?: boolean | undefined;
}): PasswordExpiry | undefined {
  return MaxPasswordAge === undefined || MaxPasswordAge === 0
    ? undefined
    : {
        maxAgeDays: MaxPasswordAge,
        isHard: HardExpiry === true,
        usersMayChange: AllowUsersToChangePassword === true,
      };
}
