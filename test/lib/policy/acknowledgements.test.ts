/** The rule packs of cdk-nag judge the constructs, as they judge the apps of people who use both. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { AccountRootPrincipal, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  GuardrailsStack,
  type GuardrailsStackProps,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaRole,
  OrganizationGuardrails,
  RunbookOperator,
  TokenRecord,
} from '../../../lib/index';
import { newApp, smallFleet, withoutBootstrap } from '../fixtures';
import { PACKS } from '../nag-packs';

function judge(props: Partial<GuardrailsStackProps>, more: (stack: Stack) => void): void {
  const app = newApp();
  const place = { synthesizer: withoutBootstrap(), ...props };
  new GuardrailsStack(app, 'Guardrails', { inventory: smallFleet(), ...place });
  const { env } = props;
  more(new Stack(app, 'More', { synthesizer: withoutBootstrap(), ...(env === undefined ? {} : { env }) }));
  Validations.of(app).addPlugins(...PACKS.map((Pack) => new Pack(app)));
  const before = process.exitCode;
  try {
    app.synth();
  } finally {
    process.exitCode = before;
  }
}

function everythingElse(stack: Stack): void {
  new MfaEnforcementBoundary(stack, 'Boundary');
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', { allowAwsLogin: true });
  new MfaEnforcedGroup(stack, 'Group', { enforcement });
  new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
  new OrganizationGuardrails(stack, 'Organization', {
    organizationalUnitIds: ['r-ab12'],
    boundaryName: 'mfa-boundary',
    maxAge: Duration.hours(1),
  });
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', { record, existingHolders: ['carol'], allowAssumeRoot: true });
}

test.each<readonly [string, Partial<GuardrailsStackProps>]>([
  ['whose holders it creates', {}],
  ['whose holders exist', { createHolders: false }],
  ['in a known account and Region', { env: { account: '111122223333', region: 'eu-central-1' } }],
  [
    'with a role for emergencies',
    { breakGlassPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')] },
  ],
])('AwsSolutions, HIPAA, NIST and PCI find nothing in a fleet %s', (_which, props) => {
  expect(() => judge(props, () => undefined)).not.toThrow();
});

test('nor in the other constructs', () => {
  expect(() => judge({}, everythingElse)).not.toThrow();
});

test('what the app adds to them is found', () => {
  function adding(stack: Stack): void {
    new MfaEnforcementPolicy(stack, 'Enforcement').addStatements(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::reports/*'] }),
    );
  }
  expect(() => judge({}, adding)).toThrow(/AwsSolutions-IAM5/);
});
