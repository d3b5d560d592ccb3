/** Looks into another account: opens a session there, and lists. */
import { Account } from './account';
import type { AccountView, WayIn } from './aws';
import { MfaDevices } from './iam';
import { observe } from './observe';
import type { AwsSettings, ClientConfiguration, Sdk } from './session';
import { consoleSignIns, loadTrailSdk } from './sign-ins';
import { toTemporaryCredentials } from './sts';

interface Connection {
  readonly settings: AwsSettings;
  readonly sdk: Sdk;
  readonly configuration: ClientConfiguration;
}

/** The shortest session that STS gives, and the longest of AssumeRoot. */
const SESSION_SECONDS = 900;

const AUDIT_TASK = 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials';

/** Opens a session in an account. @throws AwsFault */
export async function viewAccount(connection: Connection, account: string, way: WayIn): Promise<AccountView> {
  const { settings, sdk, configuration } = connection;
  const credentials = await credentialsFor(connection, account, way);
  const client = new sdk.iam.IAMClient({ ...configuration, credentials });
  const iam = observe(settings, 'iam', client);
  const devices = new MfaDevices(sdk.iam, iam);
  const there = new Account(sdk.iam, iam);
  return {
    virtualDevices: async () => devices.all(),
    rootDevices: async () => devices.of(),
    rootHasCredentials: async () => there.rootHasCredentials(),
    summary: async () => there.summary(),
    accountAliases: async () => there.aliases(),
    consoleSignIns: async (user, since) => {
      const ownRegion = await client.config.region();
      const trail = { ...configuration, credentials };
      return consoleSignIns({ settings, sdk: loadTrailSdk(), configuration: trail, ownRegion }, user, since);
    },
  };
}

async function credentialsFor({ settings, sdk, configuration }: Connection, account: string, way: WayIn) {
  const client = new sdk.sts.STSClient(configuration);
  const sts = observe(settings, 'sts', client);
  try {
    if ('assumeRoot' in way) {
      const { Credentials } = await sts.send(
        new sdk.sts.AssumeRootCommand({
          TargetPrincipal: account,
          TaskPolicyArn: { arn: AUDIT_TASK },
          DurationSeconds: SESSION_SECONDS,
        }),
      );
      return toTemporaryCredentials('sts:AssumeRoot', Credentials);
    }
    const { Credentials } = await sts.send(
      new sdk.sts.AssumeRoleCommand({
        RoleArn: way.roleArn,
        RoleSessionName: 'mfa-runbook',
        DurationSeconds: SESSION_SECONDS,
      }),
    );
    return toTemporaryCredentials('sts:AssumeRole', Credentials);
  } finally {
    client.destroy();
  }
}
