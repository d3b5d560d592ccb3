/** The real AWS behind the port. Each part of the SDK is loaded when it is first called. */

import { toAwsFault } from './faults';
import { MfaDevices } from './iam';
import type { Aws } from './ports';
import { type AwsSettings, clientConfiguration, observe, type Sdk } from './session';
import { ParameterStore } from './ssm';
import { callerIdentity } from './sts';

/** Runs `make` at the first call only. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** AWS through the SDK. Loads and calls nothing until it is asked to. */
export function connectAws(settings: AwsSettings): Aws {
  const sdk = once((): Sdk => require('./sdk'));
  const configuration = once(() => clientConfiguration(settings, sdk()));
  const iam = once(() => {
    const client = new (sdk().iam.IAMClient)(configuration());
    return new MfaDevices(sdk().iam, observe(settings, 'iam', client));
  });
  const ssm = once(() => {
    const client = new (sdk().ssm.SSMClient)(configuration());
    return new ParameterStore(sdk().ssm, observe(settings, 'ssm', client));
  });
  return {
    identity: async () => {
      try {
        return await callerIdentity(settings, configuration(), sdk());
      } catch (error) {
        // The Region and the profile are looked up before the first request, outside the observed call.
        throw toAwsFault('sts:GetCallerIdentity', error);
      }
    },
    parametersBelow: async (path) => ssm().below(path),
    parameter: async (name) => ssm().get(name),
    putParameter: async (name, value) => ssm().put(name, value),
    devicesOf: async (user) => iam().of(user),
    virtualDevices: async () => iam().all(),
    deviceTags: async (arn) => iam().tags(arn),
    createDevice: async (device) => iam().create(device),
    deleteDevice: async (arn) => iam().delete(arn),
    enableDevice: async (user, arn, codes) => iam().enable(user, arn, codes),
  };
}
