/** Configures every client of the SDK, and turns its errors into facts. */
import type { AccessKey, CallReport } from './aws';
import { type CredentialSettings, credentialChain } from './credential-chain';
import { toAwsFault } from './faults';

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

type Handler = (args: never) => Promise<{ output: object; response: unknown }>;

/** The part of a client's middleware stack that `observe` needs. */
interface ObservableClient {
  readonly middlewareStack: {
    add(
      middleware: (next: Handler, context: { readonly commandName?: string }) => Handler,
      options: { readonly step: 'initialize'; readonly name: string; readonly priority: 'high' },
    ): void;
  };
}

/** Makes a client report every call, and throw AwsFault instead of errors of the SDK. */
export function observe<Client extends ObservableClient>(
  settings: AwsSettings,
  service: string,
  client: Client,
): Client {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const action = `${service}:${(context.commandName ?? 'Unknown').replace(/Command$/, '')}`;
      const begunMs = settings.now();
      function report(outcome: string): void {
        settings.onCall?.({ action, durationMs: Math.max(0, settings.now() - begunMs), outcome });
      }
      try {
        const result = await next(args);
        report('ok');
        return result;
      } catch (error) {
        const fault = toAwsFault(action, error);
        report(fault.code);
        throw fault;
      }
    },
    { step: 'initialize', name: 'observe', priority: 'high' },
  );
  return client;
}
