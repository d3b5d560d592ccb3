/** Configures every client of the SDK. */
import type { AccessKey, CallReport } from './aws';
import { toCredentialFault } from './faults';

/** The SDK, once it is loaded. */
export type Sdk = typeof import('./sdk');

/** The settings of a connection; the SDK's own defaults apply to the rest. */
export interface AwsSettings {
  readonly region?: string;
  readonly profile?: string;
  /** Replaces the SDK's credential chain, for callers that hold a key already. */
  readonly credentials?: AccessKey;
  /** Replaces AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  /** Asks for the code of the MFA device that a profile names (`mfa_serial`). */
  readonly askMfaCode?: (deviceArn: string) => Promise<string>;
  /** Receives a report of every call, also of failed ones. */
  readonly onCall?: (report: CallReport) => void;
  /** Returns Unix milliseconds. */
  readonly now: () => number;
  /** @default CALL_SECONDS */
  readonly callSeconds?: number;
  /** Names proxy, certificates and endpoint for the message about an answer that was lost. */
  readonly describeNetwork?: (endpoint: string | undefined) => Promise<string>;
}

export type ClientConfiguration = ReturnType<typeof clientConfiguration>;

/** Without these, the SDK waits forever for a network that does not answer. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** Makes one configuration for all clients, so that a profile's MFA code is asked for once. */
export function clientConfiguration(settings: AwsSettings, sdk: Sdk) {
  return {
    ...(settings.region === undefined ? {} : { region: settings.region }),
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    credentials: settings.credentials ?? credentialChain(settings, sdk),
    maxAttempts: 5,
    requestHandler: TIMEOUTS,
  };
}

function credentialChain(settings: AwsSettings, { defaultProvider }: Sdk): () => Promise<AccessKey> {
  const provider = defaultProvider({
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.askMfaCode === undefined ? {} : { mfaCodeProvider: settings.askMfaCode }),
    ...(settings.region === undefined ? {} : { clientConfig: { region: settings.region } }),
  });
  return async () => {
    try {
      return await provider();
    } catch (error) {
      throw toCredentialFault(error);
    }
  };
}
