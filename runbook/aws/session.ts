/** Configures every client of the SDK. */
import type { AccessKey, AwsSession, CallReport } from './aws';
import { type CredentialSettings, credentialChain } from './credential-chain';
import {
  agentFor,
  describeNetwork,
  type Environment,
  type Network,
  networkOf,
  refusePlainHttp,
} from './network';

/** The SDK, once it is loaded. */
export type Sdk = typeof import('./sdk');

/** The settings of a connection; the SDK's own defaults apply to the rest. */
export interface AwsSettings extends CredentialSettings {
  /** Replaces the SDK's credential chain, for callers that hold a key already. */
  readonly credentials?: AccessKey;
  /** Replaces AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  /** Receives a report of every call, also of failed ones. */
  readonly onCall?: (report: CallReport) => void;
  /** Seconds until a call ends without an answer. @default 30 */
  readonly callSeconds?: number;
  /** The environment that names proxy and certificates. @default none */
  readonly env?: Environment;
}

type RequestHandler = InstanceType<Sdk['NodeHttpHandler']>;

/** Selects AWS's own endpoints; the SDK looks up what is absent. */
export type EndpointVariant = Pick<AwsSession, 'useFipsEndpoint' | 'useDualstackEndpoint'>;

export type ClientConfiguration = ReturnType<typeof clientConfiguration>;

/**
 * Without these, the SDK waits forever for a network that does not answer. Each attempt has its own; `observe.ts` ends
 * the whole call.
 */
const TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 20_000,
  socketTimeout: 20_000,
  throwOnRequestTimeout: true,
};

/** Makes one configuration for all clients, so that a profile's MFA code is asked for once. */
export function clientConfiguration(settings: AwsSettings, sdk: Sdk, variant: EndpointVariant = {}) {
  const requestHandler = requestHandlers(settings, sdk);
  return {
    ...(settings.region === undefined ? {} : { region: settings.region }),
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    credentials: settings.credentials ?? credentialChain(settings, sdk, requestHandler()),
    maxAttempts: 5,
    ...variant,
    // Each client gets its own, because it closes the connections of its own when it is destroyed.
    get requestHandler() {
      return requestHandler();
    },
  };
}

/** Looks up proxy and certificates. */
export function networkFor(
  { env = {}, profile, credentials }: AwsSettings,
  { loadConfig }: Pick<Sdk, 'loadConfig'>,
): Promise<Network> {
  return networkOf(env, async () =>
    credentials === undefined
      ? loadConfig(
          {
            environmentVariableSelector: () => undefined,
            configFileSelector: ({ ca_bundle }) => ca_bundle,
            default: undefined,
          },
          profile === undefined ? {} : { profile },
        )()
      : undefined,
  );
}

/** Throws an error of the network with its code: the SDK keeps no code of what it does not know for an error. */
function rethrow(error: unknown): never {
  const { name, message, code } = Object(error) as NodeJS.ErrnoException;
  throw Object.assign(new Error(message, { cause: error }), {
    name,
    ...(code === undefined ? {} : { code }),
  });
}

/** Makes handlers of requests that go through the network's proxy, trust its certificates, and refuse plain HTTP. */
function requestHandlers(settings: AwsSettings, sdk: Sdk): () => RequestHandler {
  let network: Promise<Network> | undefined;
  class Handler extends sdk.NodeHttpHandler {
    readonly #handlers = new Map<string, RequestHandler>();

    public override async handle(...[request, options]: Parameters<RequestHandler['handle']>) {
      refusePlainHttp(request);
      network ??= networkFor(settings, sdk);
      const { hostname } = request;
      const known = this.#handlers.get(hostname);
      const handler =
        known ??
        new sdk.NodeHttpHandler({ ...TIMEOUTS, httpsAgent: await agentFor(await network, hostname) });
      this.#handlers.set(hostname, handler);
      return handler.handle(request, options).catch(rethrow);
    }

    public async describe(endpoint: string | undefined): Promise<string> {
      network ??= networkFor(settings, sdk);
      return describeNetwork(await network, endpoint);
    }

    public override destroy(): void {
      for (const handler of this.#handlers.values()) {
        handler.destroy();
      }
    }
  }
  return () => new Handler();
}
