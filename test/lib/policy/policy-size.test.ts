import { Aws, CfnParameter, Fn, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { MfaEnforcementBoundary } from '../../../lib/enforcement/mfa-enforcement-boundary';
import { MfaEnforcementPolicy } from '../../../lib/enforcement/mfa-enforcement-policy';
import { MfaServiceControlPolicy } from '../../../lib/enforcement/mfa-service-control-policy';
import { actionsOf } from '../../../lib/policy/iam-actions';
import { deployedSize } from '../../../lib/policy/policy-size';
import { policySize, rendered } from '../../support/policy-simulation';
import { type FormName, templateOf } from '../enforcement/forms';
import { emptyStack } from '../fixtures';

describe('the deployed size of', () => {
  test.each([
    ['nothing', undefined, 2],
    ['a plain policy, without white space', { Statement: [{ Effect: 'Deny' }] }, 33],
    ['a pseudo parameter, as the longest one', { a: { Ref: 'AWS::Partition' } }, 22],
    ['a reference, as an ARN', { a: { Ref: 'Role' } }, 88],
    ['an attribute, as an ARN', { a: { 'Fn::GetAtt': ['Role', 'Arn'] } }, 88],
    ['a join', { a: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam']] } }, 30],
    ['a join of joins', { a: { 'Fn::Join': [',', ['ab', { 'Fn::Join': ['-', ['c', 'd']] }]] } }, 14],
    ['a list that is joined in the template', { a: { 'Fn::Join': [',', { Ref: 'List' }] } }, 88],
    ['a list that is split in the template', { a: { 'Fn::Split': [',', 'ab,cd,ef'] } }, 22],
  ])('%s', (_what, document, size) => {
    expect(deployedSize(document)).toBe(size);
  });

  test('a condition that looks like an intrinsic but is none', () => {
    expect(deployedSize({ Condition: { Bool: { key: 'true' } } })).toBe(37);
  });
});

/** Of one action, with its quotes and comma, at most. */
const ONE_ACTION = 45;

/** Enough to make any of the policies too large: actions that read, long by their names. */
const MANY = ['ec2', 'sagemaker', 'rds', 'connect', 'iot']
  .flatMap((service) => [...actionsOf(service).values()].map((name) => `${service}:${name}`))
  .filter((action) => /:(Describe|List).{16,}$/.test(action) && action.length < ONE_ACTION - 3)
  .slice(0, 200);
const FIX = 'open fewer actions without MFA, or several by one wildcard such as s3:List*';

describe('a policy that is too large is an error of the synthesis, with its size, what made it so, and the fix', () => {
  test('the managed policy', () => {
    const stack = emptyStack();
    new MfaEnforcementPolicy(stack, 'Enforcement', { openActions: MANY });
    expect(() => Template.fromStack(stack)).toThrow(
      /the enforcement policy 'Test\/Enforcement' has about \d+ characters \(open actions: 200\), IAM allows 6144; /,
    );
    expect(() => Template.fromStack(stack)).toThrow(FIX);
  });

  test('the boundary', () => {
    const stack = emptyStack();
    new MfaEnforcementBoundary(stack, 'Boundary', { openActions: MANY });
    expect(() => Template.fromStack(stack)).toThrow(
      /the permissions boundary 'Test\/Boundary' has about \d+ characters \(open actions: 200\), IAM allows 6144; /,
    );
  });

  test('the service control policy', () => {
    const stack = emptyStack();
    const exemptUsers = ['arn:aws:iam::*:user/ci/*'];
    new MfaServiceControlPolicy(stack, 'Scp', { openActions: MANY.slice(0, 150), exemptUsers });
    expect(() => Template.fromStack(stack)).toThrow(
      /the service control policy 'Test\/Scp' has about \d+ characters \(open actions: 150, exempt users: 1\), AWS Organizations allows 5120; /,
    );
  });

  test.each<readonly [FormName, number]>([
    ['the managed policy', 6144],
    ['the boundary', 6144],
    ['the service control policy', 5120],
  ])('and one that just fits is none: %s', (form, limit) => {
    /** The policy with so many actions; `undefined` where it is refused. */
    function taken(count: number): unknown {
      try {
        return templateOf(form, { openActions: MANY.slice(0, count) });
      } catch (error) {
        expect(String(error)).toContain(`(open actions: ${count}`);
        return undefined;
      }
    }
    let [fits, tooMany] = [0, MANY.length];
    while (tooMany - fits > 1) {
      const middle = Math.floor((fits + tooMany) / 2);
      [fits, tooMany] = taken(middle) === undefined ? [fits, middle] : [middle, tooMany];
    }
    const last = taken(fits);

    expect(taken(tooMany)).toBeUndefined();
    expect(policySize(rendered(last))).toBeLessThanOrEqual(limit);
    expect(deployedSize(last)).toBeLessThanOrEqual(limit);
    expect(deployedSize(last)).toBeGreaterThan(limit - ONE_ACTION);
  });

  test('one that grew after its construction, by statements or a list written later', () => {
    const statements = emptyStack();
    new MfaEnforcementPolicy(statements, 'Enforcement').addStatements(
      new PolicyStatement({ actions: MANY, resources: ['*'] }),
    );
    expect(() => Template.fromStack(statements)).toThrow('(open actions: 0), IAM allows 6144');

    const lists = emptyStack();
    new MfaEnforcementPolicy(lists, 'Enforcement', { openActions: Lazy.list({ produce: () => MANY }) });
    expect(() => Template.fromStack(lists)).toThrow('(open actions: known at deployment), IAM allows 6144');
  });

  test('a list known at deployment only counts as one ARN, for want of better', () => {
    const stack = emptyStack();
    const parameter = new CfnParameter(stack, 'Open', { type: 'CommaDelimitedList' });
    new MfaEnforcementPolicy(stack, 'Enforcement', { openActions: parameter.valueAsList });
    expect(() => Template.fromStack(stack)).not.toThrow();
    expect(deployedSize(stack.resolve(Fn.join(Aws.REGION, parameter.valueAsList)))).toBe(82);
  });
});
