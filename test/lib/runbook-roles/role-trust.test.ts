/** The table of the people who may assume the operator's and the auditor's role. */
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal, type IPrincipal, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RunbookOperator, TokenRecord } from '../../../lib/index';
import {
  ACCOUNT,
  ADMINISTRATOR,
  type Caller,
  decide,
  rendered,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, fleetOf, onlyResource, smallFleet } from '../fixtures';
import { deployedAuditor, deployedOperator, FLEET_PATH, HOLDER, OLGA } from './roles-scene';

const ANOTHER = '444455556666';
const NAMED = [OLGA, new AccountPrincipal(ANOTHER)];
const EXISTING = { existingHolders: ['carol'] };

/** The trust policies: without names everybody in the account, and with names. */
const TRUSTS = {
  operator: {
    anyone: deployedOperator(EXISTING).trust,
    named: deployedOperator({ ...EXISTING, operators: NAMED }).trust,
  },
  auditor: { anyone: deployedAuditor().trust, named: deployedAuditor({ auditors: NAMED }).trust },
} as const;

type Role = keyof typeof TRUSTS;

const ROLES: readonly Role[] = ['operator', 'auditor'];

const TABLE: readonly (readonly [
  who: string,
  named: 'anyone' | 'named',
  caller: Caller,
  signIn: SignIn,
  allowed: readonly Role[],
])[] = [
  ['a user of the account with MFA', 'anyone', user('olga'), 'fresh MFA', ROLES],
  ['a user of the account with a key', 'anyone', user('olga'), 'a long-term key', []],
  ['a user of the account without MFA', 'anyone', user('olga'), 'a session without MFA', []],
  ['a user of the account with old MFA', 'anyone', user('olga'), 'MFA of yesterday', []],
  ['a user of another account', 'anyone', user('olga', '/', ANOTHER), 'fresh MFA', []],
  ['a holder', 'anyone', HOLDER, 'fresh MFA', ['auditor']],
  ['a holder with a key', 'anyone', HOLDER, 'a long-term key', []],
  ['a holder whom somebody moved', 'anyone', user('alice.breakglass'), 'fresh MFA', ['auditor']],
  ['a moved holder in another case', 'anyone', user('Bob.BreakGlass', '/x/'), 'fresh MFA', ['auditor']],
  ['a user named nearly like a holder', 'anyone', user('alice.breakglass2'), 'fresh MFA', ROLES],
  ['an existing holder', 'anyone', user('carol', '/people/'), 'fresh MFA', ['auditor']],
  ['an existing holder in another case', 'anyone', user('Carol'), 'fresh MFA', ['auditor']],
  ['a named user', 'named', user('olga'), 'fresh MFA', ROLES],
  ['a named user with a key', 'named', user('olga'), 'a long-term key', []],
  ['a user who is not named', 'named', user('mallory'), 'fresh MFA', []],
  ['a holder who is not named', 'named', HOLDER, 'fresh MFA', []],
  ['a user of a named account', 'named', user('otto', '/', ANOTHER), 'fresh MFA', ROLES],
  ['a user of a named account with a key', 'named', user('otto', '/', ANOTHER), 'a long-term key', []],
  ["a named account's user with a holder's name", 'named', user('carol', '/', ANOTHER), 'fresh MFA', ROLES],
];

describe.each(ROLES)('the %s can be', (role) => {
  function assume(caller: Caller, signIn: SignIn, trust: unknown, policies: readonly unknown[]) {
    const resource = `arn:aws:iam::${ACCOUNT}:role/${role}`;
    return decide({ caller, signIn, action: 'sts:AssumeRole', resource, policies, trust });
  }

  test.each(TABLE)('%s (%s)', async (_who, named, caller, signIn, allowed) => {
    const decision = await assume(caller, signIn, TRUSTS[role][named], [ADMINISTRATOR]);

    expect(decision === 'Allowed').toBe(allowed.includes(role));
  });

  test('nobody whose own policies do not allow it', async () => {
    expect(await assume(user('olga'), 'fresh MFA', TRUSTS[role].anyone, [])).toBe('ImplicitlyDenied');
  });
});

describe.each<readonly [Role, (people: IPrincipal[]) => unknown]>([
  ['operator', (operators) => deployedOperator({ operators })],
  ['auditor', (auditors) => deployedAuditor({ auditors })],
])('the %s is refused at construction', (role, deployed) => {
  test.each<readonly [string, IPrincipal[], string]>([
    ['when nobody is named', [], `${role}s is empty, must name at least one principal`],
    ['when one can never have MFA', [new ServicePrincipal('lambda.amazonaws.com')], 'which never has MFA'],
    ['when one is a role', [new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/Admin`)], 'the session of a role'],
    [
      'when they do not fit into a trust policy',
      Array.from({ length: 60 }, (_, index) => new ArnPrincipal(`${OLGA.arn}${index}`)),
      `trust policy of ${role} 'Test/`,
    ],
  ])('%s', (_when, people, message) => {
    expect(() => deployed(people)).toThrow(message);
  });
});

test.each([user('alice.breakglass', FLEET_PATH), user('no-longer-declared', FLEET_PATH)])(
  'an operator at the path of the fleet is refused at construction',
  ({ arn }) => {
    expect(() => deployedOperator({ operators: [OLGA, new ArnPrincipal(arn)] })).toThrow(
      `operator '${arn}' is a holder of fleet 'break-glass'`,
    );
  },
);

test.each([user('alice.breakglass'), user('Bob.BreakGlass', '/people/')])(
  'an operator with the name of a holder is refused at construction, whatever the path and the case',
  ({ arn }) => {
    const stack = emptyStack({ account: ACCOUNT });
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    const operators = [OLGA, new ArnPrincipal(arn)];
    expect(() => new RunbookOperator(stack, 'Operator', { record, operators })).toThrow(
      `operator '${arn}' is a holder of fleet 'break-glass'`,
    );
    const namesake = new ArnPrincipal(arn.replace(ACCOUNT, ANOTHER));
    expect(() => new RunbookOperator(stack, 'Other', { record, operators: [namesake] })).not.toThrow();
  },
);

describe('more holders than names fit into a trust policy', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: fleetOf(200) });
  const operator = new RunbookOperator(stack, 'Operator', { record, existingHolders: ['user00007'] });

  test('are denied by their path, existing ones by name, and the synthesis warns of those who move', () => {
    const trust = JSON.stringify(deployedTrustOf(stack));
    expect(trust).toContain('user/mfa-guardrails/large/*');
    expect(trust).toContain('user00007');
    expect(trust).not.toContain('user00008');
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('names of 200 holders do not fit'));
  });

  test('whose devices the operator cannot retire after somebody moved them: the synthesis warns', () => {
    const few = emptyStack();
    new RunbookOperator(few, 'Operator', {
      record: new TokenRecord(few, 'Record', { inventory: fleetOf(5) }),
    });

    const warning = Match.stringLikeRegexp('no room for the names of the holders');
    Annotations.fromStack(stack).hasWarning('/Test/Operator', warning);
    Annotations.fromStack(few).hasNoWarning('*', Match.stringLikeRegexp('no room for'));
  });

  test('can be denied by a policy of their own, with MFA and as administrators', async () => {
    const denial = { Version: '2012-10-17', Statement: [operator.denialForHolders().toJSON()] };
    const policy = rendered(stack.resolve(denial), { [roleRef(stack)]: ROLE_ARN });
    const request = {
      caller: user('user00008'),
      signIn: 'fresh MFA',
      action: 'sts:AssumeRole',
      resource: ROLE_ARN,
      trust: deployedTrustOf(stack),
    } as const;
    expect(await decide({ ...request, policies: [ADMINISTRATOR] })).toBe('Allowed');
    expect(await decide({ ...request, policies: [ADMINISTRATOR, policy] })).toBe('ExplicitlyDenied');
  });
});

const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/operator`;

function deployedTrustOf(stack: Stack): unknown {
  return rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);
}

/** The reference to the only role, as `rendered` wants it. */
function roleRef(stack: Stack): string {
  const [id = ''] = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  return `${id}.Arn`;
}
