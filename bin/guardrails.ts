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
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GuardrailsStack, MfaAlarms, MfaChecks, TokenInventory } from '../lib/index';
import { deploymentEnvironment, naming, readSettings, type Settings } from './settings';

function build(app: App): void {
  const settings = readSettings(app);
  const { inventory: file = 'tokens.yaml', operators, auditors, breakGlass, alarms } = settings;
  const inventory = TokenInventory.fromYaml(readFileSync(file, 'utf8'), file);
  const place: StackProps = {
    // Needs no bootstrapped account: only a fleet of thousands has assets to upload.
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
    // Events of other Regions are forwarded to this one, so it must be known.
    ...(alarms && { env: deploymentEnvironment() }),
  };

  const stack = new GuardrailsStack(app, `mfa-guardrails-${inventory.fleet}`, {
    inventory,
    ...place,
    ...(operators && { operators: [...operators] }),
    ...(auditors && { auditors: [...auditors] }),
    ...(breakGlass && {
      breakGlassPolicies: breakGlass.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    }),
  });
  if (alarms) {
    naming('alarms', () => addAlarms(stack, place, alarms));
  }
  tell(inventory.fleet, settings);

  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new MfaChecks());
}

/** Adds the alarms in a stack of their own: together the stacks would be too large to deploy without a bucket. */
function addAlarms(stack: GuardrailsStack, place: StackProps, emailAddresses: readonly string[]): void {
  const home = new Stack(stack.node.root, `${stack.stackName}-alarms`, place);
  new MfaAlarms(home, 'Alarms', {
    records: [stack.record],
    regions: MfaAlarms.defaultRegions(stack.region),
    breakGlassRoles: stack.breakGlassRole ? [stack.breakGlassRole] : [],
    emailAddresses: [...emailAddresses],
  });
}

/** Prints the settings in effect, because a forgotten one takes permissions away or grants them. */
function tell(fleet: string, { operators, auditors, breakGlass, alarms }: Settings): void {
  const anybody = 'any IAM user of the account whose policies allow it';
  function people(arns: Settings['operators']): string {
    return arns?.map(({ arn }) => arn).join(', ') ?? anybody;
  }
  const lines = [
    `fleet ${fleet} in ${process.env.CDK_DEFAULT_REGION || 'an unknown Region'}`,
    `operators: ${people(operators)}`,
    `auditors: ${people(auditors)}`,
    `break-glass role: ${breakGlass?.join(', ') ?? 'none'}`,
    `alarms: ${alarms === undefined ? 'none; stacks of an earlier deployment remain' : `${alarms.join(', ')}; deploy with --all, because each Region has a stack`}`,
  ];
  process.stderr.write(lines.map((line) => `guardrails: ${line}\n`).join(''));
}

try {
  build(new App());
} catch (error) {
  process.stderr.write(
    `guardrails: error: ${error instanceof Error ? error.message : String(error)}\n` +
      'guardrails: hint: docs/constructs/guardrails-stack.md lists the settings; the inventory is tokens.yaml, or `-c inventory=FILE`\n' +
      'guardrails: state: nothing was synthesized or deployed\n',
  );
  // Exit at once: an App synthesizes its content when the process ends normally.
  process.exit(1);
}
