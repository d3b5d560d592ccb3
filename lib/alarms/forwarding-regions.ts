/** The Regions from which events are forwarded. */
import { Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { REGION } from '../policy/aws-ids';

/**
 * The Regions that every account of a partition has. Those launched after March 2019 are off until somebody enables
 * them; whoever does so adds them to `regions`.
 *
 * @see https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const DEFAULT_REGIONS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'aws',
    [
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-southeast-1',
      'ap-southeast-2',
      'ca-central-1',
      'eu-central-1',
      'eu-north-1',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'sa-east-1',
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
    ],
  ],
  ['aws-cn', ['cn-north-1', 'cn-northwest-1']],
  ['aws-us-gov', ['us-gov-east-1', 'us-gov-west-1']],
]);

/** The Regions where a partition's IAM events and root sign-ins arrive. */
const IAM_REGIONS: ReadonlyMap<string, string> = new Map([
  ['aws', 'us-east-1'],
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
]);

/** Lists the Regions other than the home Region, in order. */
interface ForwardingRegions {
  readonly others: readonly string[];
  /** The Region of IAM's events when nothing forwards from it. */
  readonly missingIamRegion?: string;
}

/**
 * Checks the Regions that events come from.
 *
 * @param regions as given; undefined for all that the partition has by default
 * @throws for a stack whose Region is not known, and for Regions that are malformed, listed twice, or of another partition
 */
export function forwardingRegions(
  scope: IConstruct,
  regions: readonly string[] | undefined,
): ForwardingRegions {
  const home = Stack.of(scope).region;
  if (Token.isUnresolved(home)) {
    if (regions?.length === 0) {
      return { others: [] };
    }
    throw new Error(
      `the Region of stack '${Stack.of(scope).stackName}' is not known at synthesis, must be one Region: events are ` +
        "forwarded to it from others, by its name; give the stack env: { region: 'us-east-1' }, or watch only this one " +
        'Region with regions: []',
    );
  }
  const partition = partitionOf(home);
  const all = regions ?? DEFAULT_REGIONS.get(partition);
  if (all === undefined) {
    throw new Error(
      `regions is missing, must be given in partition '${partition}', whose Regions are not known here; name those of ` +
        'the account, or watch only this Region with regions: []',
    );
  }
  for (const [index, region] of all.entries()) {
    requireRegion(region, partition);
    if (all.indexOf(region) !== index) {
      throw new Error(`regions names '${region}' twice, must name each Region once; remove one of them`);
    }
  }
  const others = all.filter((region) => region !== home);
  const iam = IAM_REGIONS.get(partition);
  const hearsIam = iam === undefined || iam === home || others.includes(iam);
  return { others, ...(hearsIam ? {} : { missingIamRegion: iam }) };
}

function requireRegion(region: string, partition: string): void {
  if (Token.isUnresolved(region) || !REGION.test(region)) {
    const shown = Token.isUnresolved(region) ? 'a value that is not known at synthesis' : `'${region}'`;
    throw new Error(
      `regions has ${shown}, must be names of Regions such as 'us-east-1'; \`aws ec2 describe-regions\` lists them`,
    );
  }
  if (partitionOf(region) !== partition) {
    throw new Error(
      `regions has '${region}' of partition '${partitionOf(region)}', must be of '${partition}' as the stack is; events ` +
        'do not cross partitions; remove it',
    );
  }
}

/** Returns the Region where IAM's events arrive; that of the stack itself if its partition is not known. */
export function iamRegionOf(scope: IConstruct): string {
  const home = Stack.of(scope).region;
  return Token.isUnresolved(home) ? home : (IAM_REGIONS.get(partitionOf(home)) ?? home);
}

/** A Region that this version of the CDK does not know is one of the commercial ones. */
function partitionOf(region: string): string {
  return RegionInfo.get(region).partition ?? 'aws';
}
