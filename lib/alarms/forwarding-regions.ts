/** The Regions from which events are forwarded. */
import { Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { REGION } from '../policy/aws-ids';
import { listOf } from '../record/text';

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
  /** True if `regions` was not given. */
  readonly isHomeOnly?: boolean;
}

/**
 * Lists the Regions that every account of a Region's partition has.
 *
 * @throws for a Region that is malformed, and for a partition whose Regions are not known here
 */
export function defaultRegions(region: string): readonly string[] {
  const partition = partitionOf(region);
  requireRegion(region, partition);
  const all = DEFAULT_REGIONS.get(partition);
  if (all === undefined) {
    throw new Error(
      `the Regions of partition '${partition}' are not known here, must be those of one of ${listOf([...DEFAULT_REGIONS.keys()])}; ` +
        'write those of the account: `aws ec2 describe-regions` lists them',
    );
  }
  return all;
}

/**
 * Checks the Regions that events come from.
 *
 * @param regions as given; undefined for the home Region only, if IAM's events arrive in it
 * @throws for a stack whose Region is not known, for Regions that are malformed, listed twice, or of another partition, and
 * without Regions where no event of IAM would arrive
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
  const iam = IAM_REGIONS.get(partition);
  if (regions === undefined && iam !== home) {
    throw new Error(missingRegions(home, iam));
  }
  const all = regions ?? [];
  for (const [index, region] of all.entries()) {
    requireRegion(region, partition);
    if (all.indexOf(region) !== index) {
      throw new Error(`regions names '${region}' twice, must name each Region once; remove one of them`);
    }
  }
  const others = all.filter((region) => region !== home);
  const coversIam = iam === undefined || iam === home || others.includes(iam);
  return { others, isHomeOnly: regions === undefined, ...(coversIam ? {} : { missingIamRegion: iam }) };
}

/** Describes why there is no default where no event of IAM arrives. */
function missingRegions(home: string, iam: string | undefined): string {
  const where = iam === undefined ? 'in a Region that is not known here' : `in '${iam}'`;
  const all = iam === undefined ? 'the Regions of the account' : `MfaAlarms.defaultRegions('${home}')`;
  return (
    `regions is missing, must be given for alarms in '${home}': events of IAM and root arrive ${where}, and sign-ins in ` +
    `several Regions; give ${all}, for which each Region gets a stack (cdk deploy --all), or watch only this Region with ` +
    'regions: []'
  );
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
