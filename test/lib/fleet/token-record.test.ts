import { NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { TokenInventory, TokenRecord } from '../../../lib/index';
import { parseRecord } from '../../../lib/record/pages';
import { MODELS } from '../../../lib/record/token2-models';
import { testInFull } from '../../support/extent';
import { ACCOUNT, decide, rendered, roleSession } from '../../support/policy-simulation';
import { emptyStack, fleetOf, newApp, onlyResource, smallFleet } from '../fixtures';

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

describe('beyond the resources of one stack', () => {
  /** The parameters of every stack of a record, by the path of the stack. */
  function stacksOf(holders: number): ReadonlyMap<string, { name: string; value: string }[]> {
    const stack = emptyStack();
    new TokenRecord(stack, 'Record', { inventory: fleetOf(holders) });
    const nested = stack.node.findAll().filter((each): each is NestedStack => each instanceof NestedStack);
    return new Map(
      [stack, ...nested].map((each) => [each.node.path, parametersOf(Template.fromStack(each))]),
    );
  }

  test('5,000 holders are one record, in nested stacks that CloudFormation takes', () => {
    const stacks = stacksOf(5000);
    const { manifest, record } = parseRecord('large', [...stacks.values()].flat());

    expect(record.holders).toHaveLength(5000);
    expect(manifest.pages).toBe(256);
    expect([...stacks].map(([path, parameters]) => [path, parameters.length])).toEqual([
      ['Test', 129],
      ['Test/Record/Pages128', 128],
    ]);
    for (const parameters of stacks.values()) {
      // CloudFormation's limit, with room for what is around the values.
      expect(JSON.stringify(parameters).length).toBeLessThan(900_000);
    }
  });

  testInFull('a page stays in its stack as the fleet grows', () => {
    function placesIn(found: ReturnType<typeof stacksOf>): ReadonlyMap<string, string> {
      return new Map([...found].flatMap(([path, list]) => list.map(({ name }) => [name, path])));
    }
    const small = placesIn(stacksOf(2000));
    const large = placesIn(stacksOf(5000));

    expect(small.size).toBeLessThan(large.size);
    for (const [name, path] of small) {
      expect([name, large.get(name)]).toEqual([name, path]);
    }
  });

  testInFull('a fleet that no record can hold is refused', () => {
    const tooLarge = fleetOf(30_000);

    expect(() => new TokenRecord(emptyStack(), 'Record', { inventory: tooLarge })).toThrow(
      /30000 holders.*1024 pages.*split the fleet/s,
    );
  });
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

describe('the tokens of root', () => {
  const yaml = 'fleet: f\nroot: [ { slot: primary, serial: "1" } ]\n';
  function recordIn(region: string | undefined, text = yaml): TokenRecord {
    const stack = new Stack(newApp(), 'Test', region === undefined ? {} : { env: { region } });
    return new TokenRecord(stack, 'Record', { inventory: TokenInventory.fromYaml(text, 'tokens.yaml') });
  }

  test.each(['us-gov-west-1', 'us-gov-east-1'])(
    'are refused in %s, where no account has a root user',
    (region) => {
      expect(() => recordIn(region)).toThrow(
        "fleet 'f' declares tokens of root, and accounts in AWS GovCloud (US)",
      );
      const holders = 'fleet: f\nholders: { a: [ { slot: s, serial: "1" } ] }\n';
      expect(recordIn(region, holders).parameterCount).toBe(2);
    },
  );

  test.each(['eu-central-1', 'cn-north-1', undefined])('are recorded in %s', (region) => {
    const record = recordIn(region);
    const values = Object.values(Template.fromStack(Stack.of(record)).findResources('AWS::SSM::Parameter'));
    expect(JSON.stringify(values)).toContain('roots');
    expect(TokenInventory.fromYaml(yaml, 'x')).toMatchObject({ holderNames: [], tokenCount: 1 });
  });
});

describe('two tokens of one owner in one place', () => {
  function stackOf(custodies: readonly string[], owner = 'holders:\n  alice:'): Stack {
    const tokens = custodies.map(
      (custody, index) =>
        `    - { slot: slot${index}, serial: "8659622000000${index}", custody: "${custody}" }`,
    );
    const stack = emptyStack();
    const inventory = TokenInventory.fromYaml(`fleet: ops\n${owner}\n${tokens.join('\n')}\n`, 'tokens.yaml');
    new TokenRecord(stack, 'Record', { inventory });
    return stack;
  }

  test.each<readonly [string, readonly string[], string | undefined]>([
    ['the same', ['HQ safe', 'HQ safe'], undefined],
    ['the same but for case and punctuation', ['HQ safe, 3rd floor', 'hq safe 3rd  floor'], undefined],
    ['the same for two of three', ['HQ safe', 'bank', 'HQ safe'], undefined],
    ['that of root', ['HQ safe', 'HQ safe'], 'root:'],
  ])('are warned of: %s', (_what, custodies, owner) => {
    Annotations.fromStack(stackOf(custodies, owner)).hasWarning(
      '*',
      Match.stringLikeRegexp('are kept together in'),
    );
  });

  test('are not, where the places differ, or belong to two people', () => {
    Annotations.fromStack(stackOf(['HQ safe', 'HQ safe 2'])).hasNoWarning('*', Match.anyValue());
    const stack = emptyStack();
    new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('serials of no known model', () => {
  function warningsOf(holders: string, spares = '[]'): readonly string[] {
    const stack = emptyStack();
    const inventory = TokenInventory.fromYaml(
      `fleet: ops\nholders:\n  alice:\n    - { slot: primary, ${holders} }\nspares: ${spares}\n`,
      'tokens.yaml',
    );
    new TokenRecord(stack, 'Record', { inventory });
    return Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => String(entry.data));
  }

  test.each([
    ['of no model', 'serial: "12345678901234"'],
    ['with two digits swapped', 'serial: "86569220000001"'],
    ['of a model of no release', 'serial: "86596990000001"'],
    ['with a digit too few', 'serial: "8659622000001"'],
    ['with a digit too many', 'serial: "865962200000011"'],
    ['of another maker', 'serial: "18238734", type: programmable'],
    ['of no Molto2', 'serial: "826858719844499", type: molto2, profile: 3'],
  ])('are warned of: %s', (_what, token) => {
    const warnings = warningsOf(token);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('is not the serial of a known model');
    expect(warnings[0]).toMatch(/\[ack: cdk-mfa-guardrails:UnknownModel\[\d+\]\]/);
  });

  test('are warned of once, though two profiles of one token are declared', () => {
    const profile = '{ serial: "826858719844499", type: molto2, profile: 4 }';
    expect(warningsOf('serial: "826858719844499", type: molto2, profile: 3', `[${profile}]`)).toHaveLength(1);
  });

  test('are warned of among the spares', () => {
    expect(warningsOf('serial: "86596220000001"', '[{ serial: "12345678901234" }]')).toHaveLength(1);
  });

  test.each([
    ...MODELS.map(({ prefix, name }) => [name, `serial: "${prefix.padEnd(14, '0')}"`]),
    ['Molto2', 'serial: "826658719844499", type: molto2, profile: 3'],
    ['a YubiKey', 'serial: "18238734", type: oath'],
    ['a FIDO2 key', 'serial: "18238734", type: fido2'],
    ['a token that AWS knows', 'serial: "GAHT12345678", type: hardware-totp'],
  ])('are not those of %s', (_name, token) => {
    expect(warningsOf(token)).toEqual([]);
  });
});
