import { Duration } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  CompositePrincipal,
  OrganizationPrincipal,
  SessionTagsPrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { MfaRole, requireMfa } from '../../../lib/index';
import { ACCOUNT, policySize, rendered } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';
import { HOUR, OLGA, OTHER_ACCOUNT, statementsOf, trustAfter, trustOf } from './trust-scene';

const PEOPLE = Array.from(
  { length: 20 },
  (_, n) => new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/person${n}`),
);
const ARNS = PEOPLE.map(({ arn }) => arn);

test('users and accounts together come in one statement, with the conditions once', () => {
  const together = new CompositePrincipal(...PEOPLE);
  const one = [
    expect.objectContaining({ Principal: { AWS: ARNS }, Condition: HOUR, Action: 'sts:AssumeRole' }),
  ];

  expect(trustAfter(() => undefined, { assumedBy: together })).toEqual(one);
  expect(trustOf(together, requireMfa)).toEqual(one);
});

test('thirty users fit into a trust policy', () => {
  const stack = emptyStack();
  const users = Array.from(
    { length: 30 },
    (_, n) => new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/person${n}`),
  );
  new MfaRole(stack, 'Role', { assumedBy: new CompositePrincipal(...users) });
  const trust = rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);

  expect(policySize(trust)).toBeLessThan(2048);
  expect(JSON.stringify(trust)).toContain('person29');
});

test('users of the app among them are referred to, and who is there twice once', () => {
  const stack = emptyStack();
  const user = new User(stack, 'User');
  new MfaRole(stack, 'Role', { assumedBy: new CompositePrincipal(OLGA, user, OLGA) });

  const [statement, ...more] = statementsOf(stack);
  expect(more).toEqual([]);
  expect(statement?.Principal).toEqual({ AWS: [OLGA.arn, stack.resolve(user.userArn)] });
});

test('who has conditions or an action of their own keeps a statement of their own', () => {
  const quick = requireMfa(OTHER_ACCOUNT, { maxAge: Duration.minutes(5) });
  const organization = new OrganizationPrincipal('o-1234567890');
  const tagging = new SessionTagsPrincipal(OTHER_ACCOUNT);
  const [a, b] = PEOPLE;
  const assumedBy = new CompositePrincipal(OLGA, quick, organization, tagging, ...(a && b ? [a, b] : []));

  const statements = trustAfter(() => undefined, { assumedBy });
  function ofOne(condition: unknown): unknown {
    return expect.objectContaining({ Condition: condition });
  }
  expect(statements).toEqual([
    expect.objectContaining({ Principal: { AWS: [OLGA.arn, ...ARNS.slice(0, 2)] }, Condition: HOUR }),
    ofOne({ ...HOUR, NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } }),
    ofOne({ ...HOUR, StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } }),
    expect.objectContaining({ Condition: HOUR, Action: ['sts:AssumeRole', 'sts:TagSession'] }),
  ]);
});

test('external ids reach the one statement', () => {
  const assumedBy = new CompositePrincipal(...PEOPLE);
  const statements = trustAfter(() => undefined, { assumedBy, externalIds: ['x'] });

  expect(statements.map(({ Condition: condition }) => condition)).toEqual([
    { ...HOUR, StringEquals: { 'sts:ExternalId': 'x' } },
  ]);
});
