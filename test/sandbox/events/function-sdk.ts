/** The modules that a function can `require`: clients of the SDK, pointed at the sandbox. */

import type { CloudTrailPaginationConfiguration, LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as ssm from '@aws-sdk/client-ssm';
import type { Credentials } from '../caller';
import type { JsonObject } from '../operation';

interface Place {
  readonly region: string;
  readonly credentials: Credentials;
  endpoint(): string;
  publish(credentials: Credentials, input: JsonObject): Promise<JsonObject>;
}

/** The function's code runs outside the realm of a test, and the SDK knows a Date of its own realm only. */
function paginateLookupEvents(
  config: CloudTrailPaginationConfiguration,
  input: LookupEventsCommandInput,
): ReturnType<typeof cloudtrail.paginateLookupEvents> {
  return cloudtrail.paginateLookupEvents(config, {
    ...input,
    StartTime: new Date(Number(input.StartTime)),
    EndTime: new Date(Number(input.EndTime)),
  });
}

/** @returns the function's `require`. @throws Error for a module that the sandbox does not have */
export function sdkFor({ region, credentials, endpoint, publish }: Place): (name: string) => unknown {
  const modules: Readonly<Record<string, () => unknown>> = {
    '@aws-sdk/client-cloudtrail': () => {
      class CloudTrailClient extends cloudtrail.CloudTrailClient {
        public constructor(settings: { readonly region?: string }) {
          super({
            region: settings.region ?? region,
            credentials,
            endpoint: endpoint(),
            maxAttempts: 1,
          });
        }
      }
      return { ...cloudtrail, CloudTrailClient, paginateLookupEvents };
    },
    '@aws-sdk/client-ssm': () => {
      class SSMClient extends ssm.SSMClient {
        public constructor() {
          super({ region, credentials, endpoint: endpoint(), maxAttempts: 1 });
        }
      }
      return { ...ssm, SSMClient };
    },
    '@aws-sdk/client-sns': () => {
      class PublishCommand {
        public constructor(public readonly input: JsonObject) {}
      }
      class SNSClient {
        public send({ input }: PublishCommand): Promise<JsonObject> {
          return publish(credentials, input);
        }
      }
      return { SNSClient, PublishCommand };
    },
  };
  return (name) => {
    if (name.startsWith('node:')) {
      return require(name);
    }
    const load = modules[name];
    if (!load) {
      throw new Error(`the sandbox gives functions no module ${name}`);
    }
    return load();
  };
}
