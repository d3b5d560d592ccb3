/** The stacks that forward events from other Regions. */
import {
  Annotations,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  Stage,
  Token,
} from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { nearestWord } from '../record/nearest-word';
import type { IMfaAlarms } from './alarm-bus';
import { MfaEventForwardingStack } from './mfa-event-forwarding';

/** Creates the stack that forwards from another Region, next to the stack of the alarms. */
export function addForwardingStack(
  alarms: IMfaAlarms,
  busName: string,
  region: string,
): MfaEventForwardingStack {
  const home = outermost(Stack.of(alarms));
  const id = `${home.stackName}-${busName}-${region}`;
  return new MfaEventForwardingStack(Stage.of(alarms) ?? home, id, {
    alarms,
    stackName: id,
    env: { region, ...(Token.isUnresolved(home.account) ? {} : { account: home.account }) },
    // An account is seldom bootstrapped in every Region, and such a stack has nothing to upload.
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
  });
}

/** The parts of the alarms that can have a stack of their own, each with what its stack says of itself. */
const PARTS = {
  function: 'Compares events about MFA with the record',
  home: 'Forwards events about MFA of this Region',
} as const;

/**
 * Returns the place of a part of the alarms: with the others or, in an account that is not bootstrapped, in a stack next to
 * theirs, because together they are too large to be deployed without a bucket.
 */
export function roomOf(alarms: Construct, busName: string, part: keyof typeof PARTS): Construct {
  const home = outermost(Stack.of(alarms));
  if (!(home.synthesizer instanceof LegacyStackSynthesizer)) {
    return alarms;
  }
  const stackName = `${home.stackName}-${busName}-${part}`;
  const room = new Stack(Stage.of(alarms) ?? home, stackName, {
    description: PARTS[part],
    stackName,
    env: { region: home.region, account: home.account },
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
  });
  // The stacks are deployed and deleted as one, and exports are shorter than weak references.
  room.node.setContext('@aws-cdk/core:defaultCrossStackReferences', 'strong');
  return room;
}

/** Returns the outermost stack that a nested one is deployed with; other stacks are deployed next to it. */
export function outermost(stack: Stack): Stack {
  return stack.nestedStackParent === undefined ? stack : outermost(stack.nestedStackParent);
}

/** Warns of Regions that aws-cdk-lib does not know: if one is mistyped, its stack fails at deployment. */
export function warnOfUnknownRegions(alarms: IMfaAlarms, regions: readonly string[]): void {
  const known = RegionInfo.regions.map(({ name }) => name);
  for (const region of regions.filter((one) => !known.includes(one))) {
    const near = nearestWord(region, known);
    Annotations.of(alarms).addWarningV2(
      `cdk-mfa-guardrails:UnknownRegion[${region}]`,
      `regions names '${region}', which aws-cdk-lib does not know${near === undefined ? '' : `: did you mean '${near}'?`}; correct it, or ` +
        'acknowledge this warning if the Region is newer than your aws-cdk-lib',
    );
  }
}

/** Warns that the Region of IAM's events is not among those given. */
export function warnOfMissingRegion(alarms: IMfaAlarms, region: string): void {
  Annotations.of(alarms).addWarningV2(
    'cdk-mfa-guardrails:alarms-without-iam',
    `nothing forwards events from ${region}, where events of IAM and root arrive, so no change of a device would cause an ` +
      `alarm; add '${region}' to regions, or make an MfaEventForwardingStack there`,
  );
}

/** Warns that the alarms get the events of one Region only, because `regions` was not given. */
export function warnOfOneRegion(alarms: IMfaAlarms): void {
  const { region } = Stack.of(alarms);
  Annotations.of(alarms).addWarningV2(
    'cdk-mfa-guardrails:alarms-one-region',
    `the alarms get the events of ${region} only: sign-ins and calls of STS in any other Region, which the caller chooses, cause ` +
      `no alarm; give regions: MfaAlarms.defaultRegions('${region}'), for which each Region gets a stack, or regions: [] if ` +
      'one Region is meant',
  );
}
