/**
 * The CDK app: reads the inventory, builds one stack, attaches the checks. No logic.
 *
 *     npx cdk deploy
 *     npx cdk deploy -c inventory=fleets/ops.yaml -c operators=arn:aws:iam::111122223333:user/olga,arn:…
 */
import { readFileSync } from 'node:fs';
import { App, type IStackSynthesizer, LegacyStackSynthesizer, Validations } from 'aws-cdk-lib';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GuardrailsStack, TokenInventory } from '../lib/index';

function build(app: App): void {
  const file: string = app.node.tryGetContext('inventory') ?? 'tokens.yaml';
  const operators: string | undefined = app.node.tryGetContext('operators');
  const inventory = TokenInventory.fromYaml(readFileSync(file, 'utf8'), file);

  const stack = new GuardrailsStack(app, `mfa-guardrails-${inventory.fleet}`, {
    inventory,
    // Needs no bootstrapped account: there are no assets to upload.
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
    ...(operators === undefined
      ? {}
      : { operators: operators.split(',').map((arn) => new ArnPrincipal(arn.trim())) }),
  });

  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledgeWildcards(stack, inventory.fleet);
}

/** The wildcards that AwsSolutions-IAM5 finds, each with why it is as narrow as IAM allows. */
function acknowledgeWildcards(stack: GuardrailsStack, fleet: string): void {
  const iam = 'arn:<AWS::Partition>:iam::<AWS::AccountId>';
  const ssm = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/mfa-guardrails';
  const wildcard = (resource: string, reason: string) => ({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
    reason,
  });
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
    wildcard('*', 'iam:ListVirtualMFADevices and iam:GetAccountSummary are authorised on no one resource.'),
    wildcard(
      `${iam}:mfa/mfa-guardrails/${fleet}/*`,
      'The devices of this fleet; their names are made at enrolment.',
    ),
    wildcard(
      `${iam}:user/mfa-guardrails/${fleet}/*`,
      'The holders of this fleet; nobody else is at this path.',
    ),
    wildcard(`${ssm}/${fleet}/record/*`, 'The pages of this fleet’s record, read only; their number varies.'),
    wildcard(
      `${ssm}/${fleet}/evidence/*`,
      'The evidence of this fleet; one parameter for each enrolled slot.',
    ),
  );
}

try {
  build(new App());
} catch (error) {
  process.stderr.write(
    `guardrails: error: ${error instanceof Error ? error.message : String(error)}\n` +
      'guardrails: hint: the inventory is tokens.yaml or `-c inventory=FILE`, the operators are `-c operators=ARN,ARN`\n' +
      'guardrails: state: nothing was synthesised or deployed\n',
  );
  // At once: an App synthesises what it has when the process ends by itself.
  process.exit(1);
}
