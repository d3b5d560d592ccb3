/** The stacks that forward events from other Regions. */
import {
  Annotations,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  Stage,
  Token,
} from 'aws-cdk-lib';
import type { IMfaAlarms } from './alarm-bus';
import { MfaEventForwardingStack } from './mfa-event-forwarding';

/** Creates the stack that forwards from a Region, next to the stack of the alarms. */
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
    // If the home stack needs no bootstrapped account, neither do these.
    ...(home.synthesizer instanceof LegacyStackSynthesizer
      ? { synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer }
      : {}),
  });
}

/** Returns the outermost stack that a nested one is deployed with; other stacks are deployed next to it. */
function outermost(stack: Stack): Stack {
  return stack.nestedStackParent === undefined ? stack : outermost(stack.nestedStackParent);
}

/** Warns that the Region of IAM's events is not among those given. */
export function warnOfMissingRegion(alarms: IMfaAlarms, region: string): void {
  Annotations.of(alarms).addWarningV2(
    'cdk-mfa-guardrails:alarms-without-iam',
    `nothing forwards events from ${region}, where events of IAM and root arrive, so no change of a device would cause an ` +
      `alarm; add '${region}' to regions, or make an MfaEventForwardingStack there`,
  );
}
