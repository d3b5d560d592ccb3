/** The real AWS behind the port. Each part of the SDK is loaded when it is first called. */

import { toAwsFault } from './faults';
import { MfaDevices } from './iam';
import type { Aws } from './ports';
import { type AwsSettings, type ClientConfiguration, clientConfiguration, observe } from './session';
import { ParameterStore } from './ssm';
import { callerIdentity } from './sts';

/** Runs `make` at the first call only. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** AWS through the SDK. Calls nothing until it is asked to. */
export function connectAws(settings: AwsSettings): Aws {
  const configuration = once<ClientConfiguration>(() => clientConfiguration(settings));
  const iam = once(async () => {
    const sdk = await import('@aws-sdk/client-iam');
    return new MfaDevices(sdk, observe(settings, 'iam', new sdk.IAMClient(await configuration())));
  });
  const ssm = once(async () => {
    const sdk = await import('@aws-sdk/client-ssm');
    return new ParameterStore(sdk, observe(settings, 'ssm', new sdk.SSMClient(await configuration())));
  });
  return {
    identity: async () => {
      try {
        return await callerIdentity(settings, await configuration());
      } catch (error) {
        // The Region and the profile are looked up before the first request, outside the observed call.
        throw toAwsFault('sts:GetCallerIdentity', error);
      }
    },
    parametersBelow: async (path) => (await ssm()).below(path),
    parameter: async (name) => (await ssm()).get(name),
    putParameter: async (name, value) => (await ssm()).put(name, value),
    devicesOf: async (user) => (await iam()).of(user),
    virtualDevices: async () => (await iam()).all(),
    deviceTags: async (arn) => (await iam()).tags(arn),
    createDevice: async (device) => (await iam()).create(device),
    deleteDevice: async (arn) => (await iam()).delete(arn),
    enableDevice: async (user, arn, codes) => (await iam()).enable(user, arn, codes),
  };
}
