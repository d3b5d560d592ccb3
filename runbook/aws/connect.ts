/** Implements the port to AWS with the SDK, which is loaded at the first call. */
import type { IAMClient } from '@aws-sdk/client-iam';
import { Account } from './account';
import { type Aws, AwsFault, type AwsSession } from './aws';
import { toCredentialFault } from './faults';
import { MfaDevices } from './iam';
import { observe } from './observe';
import { viewAccount } from './other-account';
import {
  type AwsSettings,
  type ClientConfiguration,
  clientConfiguration,
  type EndpointVariant,
  networkFor,
  type Sdk,
} from './session';
import { consoleSignIns, loadTrailSdk } from './sign-ins';
import { ParameterStore } from './ssm';
import { callerIdentity } from './sts';

/** Makes a value at the first call, and returns the same one afterwards. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Loads the SDK ahead of the first call. */
export function loadSdk(): Sdk {
  return require('./sdk');
}

/** Connects to AWS through the SDK. Nothing is loaded or called before the first call. */
export function connectAws(settings: AwsSettings): Aws {
  return connect(settings, {});
}

/** Connects to AWS with the credentials, the Region and the endpoints of another connection. */
export function connectSession(session: AwsSession, rest: Pick<AwsSettings, 'onCall' | 'now' | 'env'>): Aws {
  const {
    region,
    endpoint,
    caBundle,
    useFipsEndpoint = false,
    useDualstackEndpoint = false,
    ...credentials
  } = session;
  const env = { ...rest.env, ...(caBundle === undefined ? {} : { AWS_CA_BUNDLE: caBundle }) };
  return connect(
    { ...rest, env, region, credentials, ...(endpoint === undefined ? {} : { endpoint }) },
    { useFipsEndpoint, useDualstackEndpoint },
  );
}

function connect(settings: AwsSettings, variant: EndpointVariant): Aws {
  const sdk = once(loadSdk);
  const configuration = once(() => clientConfiguration(settings, sdk(), variant));
  const iamClient = once(() => new (sdk().iam.IAMClient)(configuration()));
  const observedIam = once(() => observe(settings, 'iam', iamClient()));
  const iam = once(() => new MfaDevices(sdk().iam, observedIam()));
  const account = once(() => new Account(sdk().iam, observedIam()));
  // AWS accepts a code once: a second attempt after a lost answer, or after a clock correction, would be refused.
  const iamWithCodes = once(() => {
    const client = new (sdk().iam.IAMClient)({ ...configuration(), maxAttempts: 1 });
    return new MfaDevices(sdk().iam, observe(settings, 'iam', client));
  });
  const ssm = once(() => {
    const client = new (sdk().ssm.SSMClient)(configuration());
    return new ParameterStore(sdk().ssm, observe(settings, 'ssm', client));
  });
  return {
    session: async () => resolveSession(configuration(), iamClient(), await bundleOf(settings, sdk())),
    renewSession: async () => {
      const { credentials } = configuration();
      await (typeof credentials === 'function' ? credentials.renew() : undefined);
    },
    identity: async () => callerIdentity(settings, configuration(), sdk()),
    parametersBelow: async (path) => ssm().below(path),
    parameter: async (name) => ssm().get(name),
    putParameter: async (name, value) => ssm().put(name, value),
    devicesOf: async (user) => iam().of(user),
    virtualDevices: async () => iam().all(),
    users: async () => account().users(),
    summary: async () => account().summary(),
    passwordExpiry: async () => account().passwordExpiry(),
    getDevice: async (user, arn) => iam().securityKey(user, arn),
    accountAliases: async () => account().aliases(),
    consoleSignIns: async (user, since) => {
      const ownRegion = (await resolveSession(configuration(), iamClient(), undefined)).region;
      const trail = { settings, sdk: loadTrailSdk(), configuration: configuration(), ownRegion };
      return consoleSignIns(trail, user, since);
    },
    inAccount: async (account, way) =>
      viewAccount({ settings, sdk: sdk(), configuration: configuration() }, account, way),
    deviceTags: async (arn) => iam().tags(arn),
    createDevice: async (device) => iam().create(device),
    deleteDevice: async (arn) => iam().delete(arn),
    enableDevice: async (user, arn, codes) => iamWithCodes().enable(user, arn, codes),
    resyncDevice: async (user, arn, codes) => iamWithCodes().resync(user, arn, codes),
    deactivateDevice: async (user, arn) => iam().deactivate(user, arn),
  };
}

async function bundleOf(settings: AwsSettings, sdk: Sdk): Promise<string | undefined> {
  return (await networkFor(settings, sdk)).caBundle?.value;
}

/**
 * Reads the session that the SDK resolved for IAM. All clients of the connection share one credential provider, which
 * keeps the credentials until they expire, so a profile's MFA code is asked for once.
 */
async function resolveSession(
  { credentials }: ClientConfiguration,
  { config }: IAMClient,
  caBundle: string | undefined,
): Promise<AwsSession> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof credentials === 'function' ? await credentials() : credentials;
    const endpoint = await customEndpoint(config);
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      region: await config.region(),
      ...(endpoint === undefined ? {} : { endpoint }),
      useFipsEndpoint: await config.useFipsEndpoint(),
      useDualstackEndpoint: await config.useDualstackEndpoint(),
      ...(caBundle === undefined ? {} : { caBundle }),
    };
  } catch (error) {
    throw error instanceof AwsFault ? error : toCredentialFault(error);
  }
}

/** Looks up a custom endpoint as the SDK does before a call: in the settings, AWS_ENDPOINT_URL or a profile. */
async function customEndpoint(config: IAMClient['config']): Promise<string | undefined> {
  if (config.endpoint === undefined) {
    return (await config.serviceConfiguredEndpoint?.()) || undefined;
  }
  const { protocol, hostname, port, path } = await config.endpoint();
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}
