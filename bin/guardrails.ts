/**
 * The CDK app: reads the inventory, builds the fleet's stack and, if asked, the alarms'; attaches the checks.
 *
 *     npx cdk deploy
 *     npx cdk deploy -c inventory=fleets/ops.yaml -c operators=arn:aws:iam::111122223333:user/olga,arn:… -c auditors=arn:…
 *     npx cdk deploy --all -c alarms=security@example.com,… -c breakGlass=AdministratorAccess,…
 */
import { readFileSync } from 'node:fs';
import {
  App,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib';
import { ArnPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GuardrailsStack, MfaAlarms, MfaChecks, TokenInventory } from '../lib/index';
import { acknowledgeFindings } from './acknowledgements';
import { deploymentEnvironment, readSettings } from './settings';

function build(app: App): void {
  const { inventory: file = 'tokens.yaml', operators, auditors, breakGlass, alarms } = readSettings(app);
  const inventory = TokenInventory.fromYaml(readFileSync(file, 'utf8'), file);
  const place: StackProps = {
    // Needs no bootstrapped account: there are no assets to upload, but for a fleet of thousands.
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
    // Events of other Regions are forwarded to this one, so it must be known.
    ...(alarms && { env: deploymentEnvironment() }),
  };

  const stack = new GuardrailsStack(app, `mfa-guardrails-${inventory.fleet}`, {
    inventory,
    ...place,
    ...(operators && { operators: operators.map((arn) => new ArnPrincipal(arn)) }),
    ...(auditors && { auditors: auditors.map((arn) => new ArnPrincipal(arn)) }),
    ...(breakGlass && {
      breakGlassPolicies: breakGlass.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    }),
  });
  if (alarms) {
    addAlarms(stack, place, alarms);
  }

  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new MfaChecks());
  acknowledgeFindings(stack, inventory.fleet, breakGlass ?? []);
}

/** In a stack of their own: together they would be too large to deploy without a bucket. */
function addAlarms(stack: GuardrailsStack, place: StackProps, emailAddresses: readonly string[]): void {
  const home = new Stack(stack.node.root, `${stack.stackName}-alarms`, place);
  const { forwardingStacks } = new MfaAlarms(home, 'Alarms', {
    records: [stack.record],
    breakGlassRoles: stack.breakGlassRole ? [stack.breakGlassRole] : [],
    emailAddresses: [...emailAddresses],
  });
  process.stderr.write(
    `guardrails: alarms in ${home.region}, with a stack in each of ${forwardingStacks.length} other Regions: deploy with --all\n`,
  );
}

try {
  build(new App());
} catch (error) {
  process.stderr.write(
    `guardrails: error: ${error instanceof Error ? error.message : String(error)}\n` +
      'guardrails: hint: docs/constructs.md lists the settings; the inventory is tokens.yaml, or `-c inventory=FILE`\n' +
      'guardrails: state: nothing was synthesised or deployed\n',
  );
  // At once: an App synthesises what it has when the process ends by itself.
  process.exit(1);
}
