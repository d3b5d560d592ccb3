import { Aws, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RunbookOperator, TokenRecord } from '../../../lib/index';
import { ACCOUNT, rendered } from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource, smallFleet } from '../fixtures';
import { deployedOperator, FLEET_PATH, OLGA } from './roles-scene';

test('the session and the age of MFA are as told', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', {
    record,
    maxAge: Duration.minutes(5),
    maxSessionDuration: Duration.hours(2),
  });

  const role = onlyResource(stack, 'AWS::IAM::Role');
  expect(role.MaxSessionDuration).toBe(7200);
  expect(JSON.stringify(role.AssumeRolePolicyDocument)).toContain(
    '"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}',
  );
});

test('the parameters are those of the Region of the record', () => {
  const app = newApp();
  function env(region: string) {
    return { env: { account: ACCOUNT, region } };
  }
  const record = new TokenRecord(new Stack(app, 'Records', env('eu-west-1')), 'Record', {
    inventory: smallFleet(),
  });
  const stack = new Stack(app, 'Roles', env('us-east-1'));
  new RunbookOperator(stack, 'Operator', { record });

  const text = JSON.stringify(rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument));
  expect(text).toContain(`:ssm:eu-west-1:${ACCOUNT}:parameter/mfa-guardrails/break-glass/evidence/*`);
  expect(text).not.toContain('us-east-1');
});

test('the ids of the constructs stay', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const operator = new RunbookOperator(stack, 'Operator', { record });

  expect([operator.policy.node.path, operator.role.node.path]).toEqual([
    'Test/Operator/Policy',
    'Test/Operator/Role',
  ]);
});

test('the operator can be granted more', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const another = new Role(stack, 'Another', { assumedBy: OLGA });
  another.grantAssumeRole(new RunbookOperator(stack, 'Operator', { record }).grantPrincipal);

  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
});

describe('an operator known to be a holder is refused', () => {
  function created(operator: string, existingHolders: string[], account?: string): RunbookOperator {
    const env = account === undefined ? {} : { env: { account, region: 'eu-central-1' } };
    const stack = new Stack(newApp(), 'Test', env);
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    return new RunbookOperator(stack, 'Operator', {
      record,
      existingHolders,
      operators: [OLGA, new ArnPrincipal(operator)],
    });
  }
  const literal = `arn:aws:iam::${ACCOUNT}:user`;
  const here = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:user`;

  test.each<readonly [string, string, string | undefined]>([
    [
      'by a token for the partition',
      `arn:${Aws.PARTITION}:iam::${ACCOUNT}:user${FLEET_PATH}alice`,
      undefined,
    ],
    ['by tokens in the account', `${here}${FLEET_PATH}alice`, ACCOUNT],
    ['as an existing holder', `${literal}/carol`, ACCOUNT],
    ['as an existing holder at a path', `${literal}/people/carol`, ACCOUNT],
    ['as an existing holder spelled otherwise', `${literal}/Carol`, ACCOUNT],
    ['as an existing holder by tokens', `${here}/carol`, ACCOUNT],
    ['as an existing holder by tokens, in any account', `${here}/people/carol`, undefined],
  ])('%s', (_how, arn, account) => {
    expect(() => created(arn, ['carol'], account)).toThrow(
      /operator 'arn:\S+(alice|carol|Carol)' is a holder of fleet 'break-glass', must be somebody else/,
    );
  });

  test.each<readonly [string, string, string | undefined]>([
    ['a user of another name', `${literal}/carola`, ACCOUNT],
    ['a user of the name in another account', 'arn:aws:iam::444455556666:user/carol', ACCOUNT],
    ['a user of the name in an account that may be another', `${literal}/carol`, undefined],
    ['a user whose name is not known', `${here}/${Aws.STACK_NAME}`, ACCOUNT],
  ])('but not %s', (_who, arn, account) => {
    expect(() => created(arn, ['carol'], account)).not.toThrow();
  });
});

describe('existing holders', () => {
  function listIn(stack: Stack): string[] {
    return new CfnParameter(stack, 'Names', { type: 'CommaDelimitedList' }).valueAsList;
  }

  test.each<readonly [string, (list: string[]) => string[]]>([
    ['in a list known only at deployment', (list) => list],
    ['in part in such a list', (list) => ['carol', ...list]],
  ])('%s are refused', (_how, namesOf) => {
    expect(() => deployedOperator({ existingHolders: namesOf(listIn(emptyStack())) })).toThrow(
      'existingHolders is a list known only at deployment, must be names one by one, each of which may be a token',
    );
  });

  test('each a token, are taken', () => {
    const stack = emptyStack();
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    const name = new CfnParameter(stack, 'Name').valueAsString;
    new RunbookOperator(stack, 'Operator', { record, existingHolders: ['carol', name] });

    expect(JSON.stringify(onlyResource(stack, 'AWS::IAM::Role'))).toContain(
      '"aws:username":["carol",{"Ref":"Name"},"alice.breakglass","bob.breakglass"]',
    );
  });
});

test.each(['*', 'people/carol', 'arn:aws:iam::111122223333:user/carol'])(
  'the existing holder %j is refused',
  (name) => {
    expect(() => deployedOperator({ existingHolders: ['carol', name] })).toThrow(
      `existingHolders: holder "${name}" is not an IAM user name; use the name of the IAM user`,
    );
  },
);

test('an existing holder without a name is refused', () => {
  expect(() => deployedOperator({ existingHolders: ['carol', ''] })).toThrow(
    'existingHolders: holder is empty; use',
  );
});
