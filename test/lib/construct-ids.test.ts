/** The ids of what each construct makes: another id is another logical id, and so another resource. */
import { type App, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  BreakGlassRole,
  BreakGlassUser,
  MfaConformance,
  MfaConformancePack,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaRole,
  MfaSelfService,
  MfaServiceControlPolicy,
  OrganizationGuardrails,
  OrganizationMfaConformancePack,
  RunbookAuditor,
  RunbookOperator,
  requireMfa,
  TokenRecord,
} from '../../lib/index';
import { testInFull } from '../support/extent';
import { fleetOf, newApp, smallFleet } from './fixtures';

function scopeOf(app: App): Stack {
  return new Stack(app, 'S', { env: { region: 'eu-central-1' } });
}
function groupIn(scope: Stack): MfaEnforcedGroup {
  return new MfaEnforcedGroup(scope, 'G', {
    enforcement: new MfaEnforcementPolicy(scope, 'E', { selfService: MfaSelfService.NONE }),
  });
}
function userIn(scope: Stack): BreakGlassUser {
  return new BreakGlassUser(scope, 'U', { userName: 'alice', group: groupIn(scope) });
}
function recordIn(scope: Stack): TokenRecord {
  return new TokenRecord(scope, 'T', { inventory: smallFleet() });
}
const organizationalUnitIds = ['ou-ab12-34cd56ef'];

test.each<readonly [string, (scope: Stack) => Construct, readonly string[]]>([
  ['MfaEnforcementPolicy', (scope) => new MfaEnforcementPolicy(scope, 'X'), ['Resource']],
  ['MfaEnforcementBoundary', (scope) => new MfaEnforcementBoundary(scope, 'X'), ['Resource']],
  ['MfaServiceControlPolicy', (scope) => new MfaServiceControlPolicy(scope, 'X'), ['Resource']],
  ['MfaEnforcedGroup', groupIn, ['Resource']],
  ['BreakGlassUser', userIn, ['Resource']],
  ['BreakGlassRole', (scope) => new BreakGlassRole(scope, 'X', { users: [userIn(scope)] }), ['Resource']],
  [
    'MfaRole',
    (scope) => new MfaRole(scope, 'X', { assumedBy: requireMfa(new AccountRootPrincipal()) }),
    ['Resource'],
  ],
  ['TokenRecord', recordIn, ['Manifest/Resource', 'Page0/Resource']],
  [
    'RunbookOperator',
    (scope) => new RunbookOperator(scope, 'X', { record: recordIn(scope) }),
    ['Policy/Resource', 'Role/Resource'],
  ],
  [
    'RunbookAuditor',
    (scope) => new RunbookAuditor(scope, 'X', { record: recordIn(scope) }),
    ['Policy/Resource', 'Role/Resource'],
  ],
  [
    'MfaConformance',
    (scope) => new MfaConformance(scope, 'X', { rootHardware: true }),
    ['ConsoleUsers/Resource', 'Root/Resource', 'RootHardware/Resource', 'Users/Resource'],
  ],
  ['MfaConformancePack', (scope) => new MfaConformancePack(scope, 'X'), ['Resource']],
  ['OrganizationMfaConformancePack', (scope) => new OrganizationMfaConformancePack(scope, 'X'), ['Resource']],
  [
    'OrganizationGuardrails',
    (scope) => new OrganizationGuardrails(scope, 'X', { organizationalUnitIds }),
    ['ServiceControlPolicy/Resource', 'StackSet'],
  ],
])('those of %s are what they have always been', (_name, make, ids) => {
  const construct = make(scopeOf(newApp()));
  const leaves = construct.node.findAll().filter((child) => child !== construct && isLeaf(child));

  expect(leaves.map((child) => pathBelow(construct, child)).sort()).toEqual(ids);
});

testInFull(
  'a page beyond those of the stack is named after its number, in a stack named after its first',
  () => {
    const record = new TokenRecord(scopeOf(newApp()), 'T', { inventory: fleetOf(5000) });
    const nested = record.node.findChild('Pages128');

    expect(nested.node.findChild('Page128').node.path).toBe('S/T/Pages128/Page128');
    expect(nested.node.tryFindChild('Page127')).toBeUndefined();
    expect(record.node.tryFindChild('Page127')).toBeDefined();
  },
);

function isLeaf(construct: Construct): boolean {
  return construct.node.children.length === 0;
}

function pathBelow(scope: Construct, construct: Construct): string {
  return construct.node.path.slice(scope.node.path.length + 1);
}
