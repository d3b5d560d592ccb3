/**
 * The CDK app: reads the inventory, builds one stack, attaches the checks. No logic.
 *
 *     npx cdk deploy
 *     npx cdk deploy -c inventory=fleets/ops.yaml -c operators=arn:aws:iam::111122223333:user/olga,arn:…
 *     npx cdk deploy --all -c alarms=security@example.com,… -c emergency=AdministratorAccess,…
 */
import { readFileSync } from 'node:fs';
import {
  App,
  type Environment,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  type StackProps,
  Token,
  Validations,
} from 'aws-cdk-lib';
import { ArnPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GuardrailsStack, MfaAlarms, MfaChecks, TokenInventory } from '../lib/index';

function build(app: App): void {
  const file: string = app.node.tryGetContext('inventory') ?? 'tokens.yaml';
  const [operators, auditors] = [principals(app, 'operators'), principals(app, 'auditors')];
  const [emergency, alarms] = [listOf(app, 'emergency'), listOf(app, 'alarms')];
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
    ...(emergency && {
      emergencyPolicies: emergency.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    }),
  });
  if (alarms) {
    // A stack of its own: together they would be too large to deploy without a bucket.
    new MfaAlarms(new Stack(app, `mfa-guardrails-${inventory.fleet}-alarms`, place), 'Alarms', {
      records: [stack.record],
      breakGlassRoles: stack.emergencyRole ? [stack.emergencyRole] : [],
      emailAddresses: alarms,
    });
  }

  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new MfaChecks());
  acknowledge(stack, inventory.fleet, emergency ?? []);
}

/** The values of `-c name=value,value`; `undefined` where it is not given. */
function listOf(app: App, name: string): string[] | undefined {
  const text: string | undefined = app.node.tryGetContext(name);
  return text?.split(',').map((value) => value.trim());
}

/** The same as principals. */
function principals(app: App, name: string): ArnPrincipal[] | undefined {
  return listOf(app, name)?.map((arn) => new ArnPrincipal(arn));
}

/** Where the `cdk` command deploys to. */
function deploymentEnvironment(): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  return { ...(account && { account }), ...(region && { region }) };
}

/** What AwsSolutions finds, each with why it is as it must be. */
function acknowledge(stack: GuardrailsStack, fleet: string, emergency: readonly string[]): void {
  const iam = 'arn:<AWS::Partition>:iam::<AWS::AccountId>';
  const ssm = `arn:${known(stack.partition, 'Partition')}:ssm:${known(stack.region, 'Region')}:${known(stack.account, 'AccountId')}:parameter/mfa-guardrails/${fleet}`;
  const wildcard = (resource: string, reason: string) => ({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
    reason,
  });
  const listings = wildcard('*', 'iam:ListVirtualMFADevices is authorised on no one resource.');
  const parameters = [
    wildcard(`${ssm}/record/*`, 'The pages of this fleet’s record, read only; their number varies.'),
    wildcard(`${ssm}/evidence/*`, 'The evidence of this fleet; one parameter for each enrolled slot.'),
  ];
  Validations.of(stack.enforcement).acknowledge(
    wildcard(
      '*',
      'sts:GetSessionToken and the denial of everything without MFA are authorised on no one resource.',
    ),
    wildcard(
      `${iam}:user/*/<aws:username>`,
      'The caller alone, whichever IAM path the user is at: a user name is unique in its account.',
    ),
  );
  Validations.of(stack.runbookOperator).acknowledge(
    listings,
    ...parameters,
    wildcard(
      `${iam}:mfa/mfa-guardrails/${fleet}/*`,
      'The devices of this fleet; their names are made at enrolment.',
    ),
    wildcard(
      `${iam}:user/mfa-guardrails/${fleet}/*`,
      'The holders of this fleet; nobody else is at this path.',
    ),
  );
  Validations.of(stack.runbookAuditor).acknowledge(listings, ...parameters);
  if (stack.emergencyRole) {
    Validations.of(stack.emergencyRole).acknowledge(
      ...emergency.map((name) => ({
        id: `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        reason: 'What an emergency needs was decided by whoever named the policy.',
      })),
    );
  }
}

/** As cdk-nag writes what is not known before deployment. */
function known(value: string, pseudoParameter: string): string {
  return Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
}

try {
  build(new App());
} catch (error) {
  process.stderr.write(
    `guardrails: error: ${error instanceof Error ? error.message : String(error)}\n` +
      'guardrails: hint: the inventory is tokens.yaml or `-c inventory=FILE`; see the README for the other settings\n' +
      'guardrails: state: nothing was synthesised or deployed\n',
  );
  // At once: an App synthesises what it has when the process ends by itself.
  process.exit(1);
}
