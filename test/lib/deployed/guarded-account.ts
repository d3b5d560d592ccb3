/**
 * An account with all guardrails in it: people who look after their own devices, a fleet of break-glass holders who do
 * not, its operator and its auditor, and the alarms of two Regions. Synthesized in-process, deployed by the real `cdk`.
 */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, Group, ManagedPolicy, PolicyStatement, User } from 'aws-cdk-lib/aws-iam';
import {
  GuardrailsStack,
  MfaAlarms,
  MfaConformance,
  MfaConformancePack,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  OrganizationGuardrails,
  OrganizationMfaConformancePack,
} from '../../../lib/index';
import { ACCOUNT } from '../../support/policy-simulation';
import { smallFleet, withoutBootstrap } from '../fixtures';

export const homeRegion = 'eu-central-1';
export const iamRegion = 'us-east-1';
export const organizationalUnit = 'ou-ab12-11112222';

const env = { account: ACCOUNT, region: homeRegion };

/** Makes a policy that allows everything, unless a guardrail denies it. */
function everything(scope: Stack): ManagedPolicy {
  return new ManagedPolicy(scope, 'Everything', {
    statements: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
  });
}

/** Nadia is new, Ada an administrator, Bo one under a boundary; Olga will operate and Aude audit. */
function addPeople(stack: Stack): void {
  const administrators = everything(stack);
  const people = new Group(stack, 'People', { groupName: 'people' });
  new MfaEnforcementPolicy(stack, 'Enforcement', { groups: [people] });
  new User(stack, 'Nadia', { userName: 'nadia', path: '/people/', groups: [people] });
  new User(stack, 'Ada', { userName: 'ada', groups: [people], managedPolicies: [administrators] });
  const boundary = new MfaEnforcementBoundary(stack, 'Boundary');
  new User(stack, 'Bo', { userName: 'bo', permissionsBoundary: boundary, managedPolicies: [administrators] });
  new User(stack, 'Olga', { userName: 'olga', groups: [people] });
  new User(stack, 'Aude', { userName: 'aude', groups: [people] });
  new MfaConformance(stack, 'Conformance');
}

/** The fleet as most people deploy it, with a role for emergencies and the alarms: in no bootstrapped account. */
function addFleet(app: App): Stack {
  function user(name: string) {
    return new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/${name}`);
  }
  const stack = new GuardrailsStack(app, 'Guardrails', {
    env,
    synthesizer: withoutBootstrap(),
    inventory: smallFleet(),
    operators: [user('olga')],
    auditors: [user('aude')],
    breakGlassPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')],
  });
  // A stack of its own, as bin/guardrails.ts has it: together they would be too large to deploy without a bucket
  const alarms = new Stack(app, 'Alarms', { env, synthesizer: withoutBootstrap() });
  new MfaAlarms(alarms, 'Alarms', {
    records: [stack.record],
    breakGlassRoles: stack.breakGlassRole ? [stack.breakGlassRole] : [],
    emailAddresses: ['security@example.com'],
    regions: [iamRegion],
  });
  return stack;
}

/** @returns the output directory, below `folder` */
export function synthesiseAccount(folder: string): string {
  const outdir = mkdtempSync(join(folder, 'account-'));
  const app = new App({ outdir, analyticsReporting: false });
  const people = new Stack(app, 'People', { env, synthesizer: withoutBootstrap() });
  addPeople(people);
  // IAM refuses to trust a user who is not there
  addFleet(app).addStackDependency(people);
  app.synth();
  return outdir;
}

/** With an administrator who is in no group. @returns the output directory, below `folder` */
export function synthesiseOrganization(folder: string): string {
  const outdir = mkdtempSync(join(folder, 'organization-'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Organization', {
    env,
    synthesizer: withoutBootstrap(),
  });
  new OrganizationGuardrails(stack, 'Guardrails', {
    organizationalUnitIds: [organizationalUnit],
    // Who deploys has no MFA
    exemptUsers: [`arn:aws:iam::${ACCOUNT}:user/platform-admin`],
    conformance: {},
  });
  new MfaConformancePack(stack, 'Pack');
  new OrganizationMfaConformancePack(stack, 'OrganizationPack');
  new User(stack, 'Sam', { userName: 'sam', managedPolicies: [everything(stack)] });
  app.synth();
  return outdir;
}
