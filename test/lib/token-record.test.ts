import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { TokenRecord } from '../../lib/index';
import { parseRecord } from '../../lib/record/pages';
import { ACCOUNT, decide, rendered, roleSession } from '../support/policy-simulation';
import { emptyStack, fleetOf, onlyResource, smallFleet } from './fixtures';

function parametersOf(template: Template): { name: string; value: string }[] {
  return Object.values(template.findResources('AWS::SSM::Parameter')).map(({ Properties }) => ({
    name: Properties.Name,
    value: Properties.Value,
  }));
}

test('the deployed parameters are the record, as its readers verify it', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const parameters = parametersOf(Template.fromStack(stack));
  const deployed = parseRecord('break-glass', parameters);

  expect(deployed.manifest.generation).toBe(record.generation);
  expect(deployed.record.holders.map((holder) => holder.name)).toEqual([
    'alice.breakglass',
    'bob.breakglass',
  ]);
  expect(parameters).toHaveLength(record.parameterCount);
  expect(record.path).toBe('/mfa-guardrails/break-glass/record');
});

test('every parameter is a standard-tier string of at most 4 KB below the path of the record', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: fleetOf(300) });
  const resources = Object.values(Template.fromStack(stack).findResources('AWS::SSM::Parameter'));

  expect(resources.length).toBeGreaterThan(3);
  for (const { Properties } of resources) {
    expect(Properties).toMatchObject({ Type: 'String', Tier: 'Standard' });
    expect(Properties.Name.startsWith(`${record.path}/`)).toBe(true);
    expect(Buffer.byteLength(Properties.Value)).toBeLessThanOrEqual(4096);
  }
});

test('a record that no stack can hold is refused', () => {
  const tooLarge = fleetOf(20_000);

  expect(() => new TokenRecord(emptyStack(), 'Record', { inventory: tooLarge })).toThrow(
    /20000 holders.*256 pages.*split the fleet/s,
  );
});

describe('grantRead', () => {
  const stack = emptyStack();
  const reader = new ManagedPolicy(stack, 'Reader');
  new TokenRecord(stack, 'Record', { inventory: smallFleet() }).grantRead(reader);
  const policies = [rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument)];
  const arn = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/mfa-guardrails`;

  test.each<readonly [string, string, boolean]>([
    ['ssm:GetParametersByPath', `${arn}/break-glass/record`, true],
    ['ssm:GetParametersByPath', `${arn}/break-glass/record/`, true],
    ['ssm:GetParameter', `${arn}/break-glass/record/manifest`, true],
    ['ssm:GetParameters', `${arn}/break-glass/record/page/0`, true],
    ['ssm:PutParameter', `${arn}/break-glass/record/manifest`, false],
    ['ssm:DeleteParameter', `${arn}/break-glass/record/manifest`, false],
    ['ssm:GetParameter', `${arn}/break-glass/evidence/alice/primary`, false],
    ['ssm:GetParametersByPath', `${arn}/break-glass`, false],
    ['ssm:GetParameter', `${arn}/break-glass/recording`, false],
    ['ssm:GetParameter', `${arn}/another/record/manifest`, false],
  ])('%s on %s: %s', async (action, resource, allowed) => {
    const decision = await decide({
      caller: roleSession('Reader'),
      signIn: 'a long-term key',
      action,
      resource,
      policies,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });

  test('grants to roles as well', () => {
    const other = emptyStack();
    const role = new Role(other, 'Role', { assumedBy: new AccountRootPrincipal() });
    const grant = new TokenRecord(other, 'Record', { inventory: smallFleet() }).grantRead(role);

    expect(grant.success).toBe(true);
    Template.fromStack(other).resourceCountIs('AWS::IAM::Policy', 1);
  });
});
