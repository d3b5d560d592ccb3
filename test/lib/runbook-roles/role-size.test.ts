/** The policies of the operator and the auditor stay within the limits of IAM. */
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { RunbookOperator, TokenRecord } from '../../../lib/index';
import { isFullExtent } from '../../support/extent';
import { policySize, rendered, user } from '../../support/policy-simulation';
import { emptyStack, fleetOf, onlyResource, smallFleet } from '../fixtures';
import { deployedAuditor, deployedOperator } from './roles-scene';

test('the policies of the auditor are small, however large the fleet', () => {
  const { policy, trust } = deployedAuditor();

  expect(policySize(policy)).toBeLessThan(900);
  expect(policySize(trust)).toBeLessThan(300);
});

describe('the policies of the operator stay within the limits of IAM', () => {
  function names(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `first.lastname${index}`);
  }

  test('with few holders at the path of the fleet', () => {
    const { policy, trust } = deployedOperator();

    expect(policySize(policy)).toBeLessThan(2000);
    expect(policySize(trust)).toBeLessThan(700);
  });

  test.each([
    [12, true],
    [200, false],
  ])('with the names of %i holders of the record, if they fit: %s', (holders, isNamed) => {
    const stack = emptyStack();
    const record = new TokenRecord(stack, 'Record', { inventory: fleetOf(holders) });
    const operator = new RunbookOperator(stack, 'Operator', { record });
    const policy = rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument);

    expect(JSON.stringify(policy).includes(':user/*/user00000"')).toBe(isNamed);
    expect(JSON.stringify(operator.node.metadata).includes(':user/*/user00000]')).toBe(isNamed);
    expect(policySize(policy)).toBeLessThanOrEqual(6144 - 1024);
  });

  test('with two dozen holders from elsewhere', () => {
    const { policy, trust } = deployedOperator({ existingHolders: names(24) });

    expect(policySize(policy)).toBeLessThan(6144);
    expect(policySize(trust)).toBeLessThan(2048);
  });

  test.each([
    [5, 8],
    [64, 1],
    [64, 4],
  ])(
    'nor is a fleet taken that IAM would refuse, with names of %i characters and %i accounts',
    (length, accounts) => {
      const operators = Array.from(
        { length: accounts },
        (_, n) => new AccountPrincipal(String(111122223333 + n)),
      );
      function sizesWith(count: number): readonly [number, number] | undefined {
        const existingHolders = Array.from({ length: count }, (_, n) => String(n).padStart(length, 'h'));
        try {
          const { policy, trust } = deployedOperator({ existingHolders, operators });
          return [policySize(policy), policySize(trust)];
        } catch (error) {
          expect(String(error)).toMatch(
            /(IAM allows 6144|counts here, allows 2048); name an account in place of its users/,
          );
          return undefined;
        }
      }

      const stride = isFullExtent ? 1 : 5;
      const sizes = Array.from({ length: 60 / stride }, (_, index) => sizesWith(index * stride));
      const taken = sizes.filter((size) => size !== undefined);
      expect(taken.length).toBeLessThan(sizes.length);
      expect(Math.max(0, ...taken.map(([policy]) => policy))).toBeLessThanOrEqual(6144);
      expect(Math.max(0, ...taken.map(([, trust]) => trust))).toBeLessThanOrEqual(2048);
      // Nor is one refused that fits by far.
      expect(taken.some(([policy, trust]) => policy > 5000 || trust > 1700)).toBe(true);
    },
  );

  test('with what is added later, at synthesis', () => {
    function operated(change: (operator: RunbookOperator) => void): Stack {
      const stack = emptyStack();
      const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
      change(new RunbookOperator(stack, 'Operator', { record }));
      return stack;
    }
    function statement(count: number): PolicyStatement {
      return new PolicyStatement({
        actions: names(count).map((_, index) => `service:SomeActionOfIt${index}`),
        resources: ['*'],
      });
    }
    function trusting(count: number): PolicyStatement {
      return new PolicyStatement({
        actions: ['sts:AssumeRole'],
        principals: names(count).map((name) => new ArnPrincipal(user(name).arn)),
      });
    }

    expect(() =>
      Template.fromStack(operated(({ policy }) => policy.addStatements(statement(100)))),
    ).not.toThrow();
    expect(() => Template.fromStack(operated(({ policy }) => policy.addStatements(statement(200))))).toThrow(
      /the policy of operator 'Test\/Operator' has about \d+ characters \(operators: 1, existing holders: 0\), IAM allows 6144; /,
    );
    expect(() =>
      Template.fromStack(operated(({ role }) => role.assumeRolePolicy?.addStatements(trusting(10)))),
    ).not.toThrow();
    expect(() =>
      Template.fromStack(operated(({ role }) => role.assumeRolePolicy?.addStatements(trusting(40)))),
    ).toThrow(
      /the trust policy of 'Test\/Operator\/Role' has about \d+ characters \(statements: 4, principals: 43\)/,
    );
  });

  test('with thirty operators, in one statement', () => {
    const operators = names(30).map((name) => new ArnPrincipal(user(name).arn));
    const { trust } = deployedOperator({ operators });

    expect(JSON.stringify(trust).length).toBeLessThan(2048);
    expect((trust as { Statement: unknown[] }).Statement).toEqual([
      expect.objectContaining({ Effect: 'Allow', Principal: { AWS: operators.map(({ arn }) => arn) } }),
      expect.objectContaining({ Effect: 'Deny', Sid: 'DenyHolders' }),
    ]);
  });

  test('and with more of them the fleet is refused', () => {
    expect(() => deployedOperator({ existingHolders: names(100) })).toThrow(
      /policy of operator 'Test\/Operator' has about \d+ characters \(operators: 1, existing holders: 100\), IAM allows 6144/,
    );
  });
});
