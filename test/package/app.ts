/**
 * An app of somebody who uses the constructs. `app.py` is the same in Python, line by line: what is added here is added
 * there, in the same order, and `main.ts` compares what they synthesize and what they are refused.
 *
 *     node app.js OUTDIR tokens.yaml
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App,
  Duration,
  type IStackSynthesizer,
  aws_iam as iam,
  LegacyStackSynthesizer,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import {
  BreakGlassRole,
  BreakGlassUser,
  GuardrailsStack,
  MfaAlarms,
  MfaChecks,
  MfaConformance,
  MfaConformancePack,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaPrincipal,
  MfaRole,
  MfaSelfService,
  MfaServiceControlPolicy,
  OrganizationGuardrails,
  OrganizationMfaConformancePack,
  RunbookAuditor,
  RunbookOperator,
  TokenInventory,
  TokenRecord,
} from '../../lib/index';

const [outdir = 'cdk.out', file = 'tokens.yaml'] = process.argv.slice(2);
const app = new App({ analyticsReporting: false, outdir });
const inventory = TokenInventory.fromYaml(readFileSync(file, 'utf8'), 'tokens.yaml');
const olga = new iam.ArnPrincipal('arn:aws:iam::111122223333:user/olga');
/** The class implements the interface, but not under exactOptionalPropertyTypes. */
function unbootstrapped(): IStackSynthesizer {
  return new LegacyStackSynthesizer() as IStackSynthesizer;
}

// The whole, and a role for its holders.
const guardrails = new GuardrailsStack(app, 'Guardrails', {
  inventory,
  operators: [olga],
  existingHolders: ['bob.breakglass'],
  operatorMaxAge: Duration.minutes(30),
  synthesizer: unbootstrapped(),
});
const emergency = new MfaRole(guardrails, 'Emergency', {
  assumedBy: new iam.AccountRootPrincipal(),
  maxAge: Duration.minutes(15),
});
for (const holder of guardrails.holders) {
  emergency.grantAssumeRole(holder);
}

// The parts, each by itself.
const parts = new Stack(app, 'Parts', {
  env: { account: '111122223333', region: 'eu-central-1' },
  synthesizer: unbootstrapped(),
});
const developers = new iam.Group(parts, 'Developers');
new MfaEnforcementPolicy(parts, 'SelfService', {
  selfService: MfaSelfService.ALL_DEVICES,
  allowPasswordChange: true,
  groups: [developers],
});
const enforcement = new MfaEnforcementPolicy(parts, 'Enforcement', { selfService: MfaSelfService.NONE });
const group = new MfaEnforcedGroup(parts, 'Group', { enforcement });
const carol = new BreakGlassUser(parts, 'Carol', {
  userName: 'carol.breakglass',
  group,
  path: '/emergency/',
});
const record = new TokenRecord(parts, 'Record', { inventory });
const auditors = new iam.Role(parts, 'Auditors', {
  assumedBy: MfaPrincipal.require(new iam.AccountPrincipal('111122223333')),
  externalIds: ['a-secret-between-us'],
});
record.grantRead(auditors);
const admin = new MfaRole(parts, 'Admin', {
  assumedBy: MfaPrincipal.require(olga, { maxAge: Duration.minutes(5) }),
});
admin.assumeRolePolicy?.addStatements(
  new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal('111122223333')],
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
  }),
);
new RunbookOperator(parts, 'Operator', { record });
new RunbookAuditor(parts, 'Auditor', { record, auditors: [olga] });
const breakGlass = new BreakGlassRole(parts, 'BreakGlass', { users: [carol], roleName: 'break-glass' });
iam.PermissionsBoundary.of(carol).apply(
  new MfaEnforcementBoundary(parts, 'Boundary', { maxAge: Duration.hours(12) }),
);
new MfaConformance(parts, 'Conformance', { usersWithoutPassword: false });
new MfaConformancePack(parts, 'Pack', { packName: 'people-have-mfa' });
new MfaAlarms(parts, 'Alarms', {
  records: [record],
  breakGlassRoles: [breakGlass],
  emailAddresses: ['security@example.com'],
  regions: ['us-east-1'],
});

// An organization.
const organization = new Stack(app, 'Organization', { synthesizer: unbootstrapped() });
new OrganizationGuardrails(organization, 'Guardrails', {
  organizationalUnitIds: ['ou-ab12-11112222'],
  exemptUsers: ['arn:aws:iam::*:user/ci/*'],
  conformance: { usersWithoutPassword: false },
});
new MfaServiceControlPolicy(organization, 'Policy', { selfService: MfaSelfService.NONE });
new OrganizationMfaConformancePack(organization, 'Pack', { excludedAccounts: ['444455556666'] });

// The checks, and what they are told to let be.
Validations.of(app).addPlugins(new MfaChecks());
const partners = new iam.Role(parts, 'Partners', { assumedBy: new iam.AccountPrincipal('444455556666') });
Validations.of(partners).acknowledge({ id: 'MfaChecks::RoleWithoutMfa', reason: 'MFA is asked for there' });

/** The refused constructs, each with the message. */
const refusals: Record<string, string> = {};
function refused(what: string, construct: () => unknown): void {
  try {
    construct();
    refusals[what] = 'not refused';
  } catch (error) {
    refusals[what] = error instanceof Error ? error.message : String(error);
  }
}
const spare = new Stack(new App({ analyticsReporting: false, outdir: join(outdir, 'refused') }), 'Spare');
refused('an inventory with mistakes', () =>
  TokenInventory.fromYaml('fleet: Break Glass\nholders: {}\n', 'bad.yaml'),
);
refused('a service as principal', () =>
  MfaPrincipal.require(new iam.ServicePrincipal('lambda.amazonaws.com')),
);
refused('an age of two days', () => MfaPrincipal.require(olga, { maxAge: Duration.days(2) }));
refused('the policy on a role', () => enforcement.attachToRole(auditors));
refused('a stranger among the holders', () => {
  new GuardrailsStack(app, 'Stranger', { inventory, existingHolders: ['mallory'] });
});
refused('a break-glass user with self-service', () => {
  const lax = new MfaEnforcedGroup(spare, 'Group', {
    enforcement: new MfaEnforcementPolicy(spare, 'Enforcement'),
  });
  new BreakGlassUser(spare, 'Dave', { userName: 'dave.breakglass', group: lax });
});

app.synth();
writeFileSync(join(outdir, 'refusals.json'), JSON.stringify(refusals));
