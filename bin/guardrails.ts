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
  type Environment,
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

function build(app: App): void {
  const file: string = app.node.tryGetContext('inventory') ?? 'tokens.yaml';
  const [operators, auditors] = [principals(app, 'operators'), principals(app, 'auditors')];
  const [breakGlass, alarms] = [listOf(app, 'breakGlass'), listOf(app, 'alarms')];
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
    ...(operators && { operators }),
    ...(auditors && { auditors }),
    ...(breakGlass && {
      breakGlassPolicies: breakGlass.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    }),
  });
  if (alarms) {
    // A stack of its own: together they would be too large to deploy without a bucket.
    new MfaAlarms(new Stack(app, `mfa-guardrails-${inventory.fleet}-alarms`, place), 'Alarms', {
      records: [stack.record],
      breakGlassRoles: stack.breakGlassRole ? [stack.breakGlassRole] : [],
      emailAddresses: alarms,
    });
  }

  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new MfaChecks());
  acknowledgeFindings(stack, inventory.fleet, breakGlass ?? []);
}

/** The values of `-c name=value,value`; `undefined` where it is not given. */
function listOf(app: App, name: string): string[] | undefined {
  const text: string | undefined = app.node.tryGetContext(name);
  return text?.split(',').map((value) => value.trim());
}

/** The values as ARNs of principals. */
function principals(app: App, name: string): ArnPrincipal[] | undefined {
  return listOf(app, name)?.map((arn) => new ArnPrincipal(arn));
}

/** Where the `cdk` command deploys to. @throws when it does not know the Region */
function deploymentEnvironment(): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  if (!region) {
    throw new Error(
      'alarms are asked for, but the Region is not known; set AWS_REGION or the Region of the profile',
    );
  }
  return { region, ...(account && { account }) };
}

try {
  build(new App());
} catch (error) {
  process.stderr.write(
    `guardrails: error: ${error instanceof Error ? error.message : String(error)}\n` +
      'guardrails: hint: the inventory is tokens.yaml or `-c inventory=FILE`; docs/constructs.md lists the other settings\n' +
      'guardrails: state: nothing was synthesised or deployed\n',
  );
  // At once: an App synthesises what it has when the process ends by itself.
  process.exit(1);
}
