import { CfnParameter, Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  CanonicalUserPrincipal,
  CompositePrincipal,
  FederatedPrincipal,
  type IPrincipal,
  OpenIdConnectPrincipal,
  OpenIdConnectProvider,
  OrganizationPrincipal,
  PolicyStatement,
  PrincipalWithConditions,
  Role,
  SamlConsolePrincipal,
  SamlPrincipal,
  SamlProvider,
  ServicePrincipal,
  SessionTagsPrincipal,
  StarPrincipal,
  User,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { MfaPrincipal, MfaRole, requireMfa } from '../../../lib/index';
import { ACCOUNT, ADMINISTRATOR, decide, rendered, user } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';
import {
  addTrust,
  assume,
  HOUR,
  OLGA,
  OTHER_ACCOUNT,
  statementsOf,
  trustAfter,
  trustOf,
} from './trust-scene';

describe('a principal that can never have MFA is refused with the reason', () => {
  const stack = emptyStack();
  const oidc = new OpenIdConnectProvider(stack, 'Oidc', {
    url: 'https://token.actions.githubusercontent.com',
  });
  const saml = SamlProvider.fromSamlProviderArn(stack, 'Saml', `arn:aws:iam::${ACCOUNT}:saml-provider/corp`);
  const identityCenter = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`;

  const refused: readonly (readonly [string, IPrincipal, string])[] = [
    ['a service', new ServicePrincipal('lambda.amazonaws.com'), 'which never has MFA'],
    ['a SAML provider', new SamlConsolePrincipal(saml), 'SAML or OIDC provider'],
    ['an OIDC provider', new OpenIdConnectPrincipal(oidc), 'SAML or OIDC provider'],
    ['a web identity', new WebIdentityPrincipal('cognito-identity.amazonaws.com'), 'SAML or OIDC provider'],
    [
      'a federated principal',
      new FederatedPrincipal('x', {}, 'sts:AssumeRoleWithSAML'),
      'SAML or OIDC provider',
    ],
    ['an Identity Center role', new ArnPrincipal(identityCenter), 'Identity Center role'],
    [
      'an Identity Center role of a Region',
      new ArnPrincipal(
        `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`,
      ),
      'require MFA in Identity Center',
    ],
    ['a SAML provider for programs', new SamlPrincipal(saml, {}), 'SAML or OIDC provider'],
    ['a role by its ARN', new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/Admin`), 'session of a role'],
    [
      'a role session',
      new ArnPrincipal(`arn:aws:sts::${ACCOUNT}:assumed-role/Admin/me`),
      'session of a role',
    ],
    ['a federated user', new ArnPrincipal(`arn:aws:sts::${ACCOUNT}:federated-user/me`), 'session of a role'],
    ['a role of the app', new Role(stack, 'Role', { assumedBy: OLGA }), 'session of a role'],
    [
      'the ARN of a role of the app',
      new ArnPrincipal(new Role(stack, 'ByArn', { assumedBy: OLGA }).roleArn),
      "trusts the role 'Test/ByArn/Resource': the session of a role never carries MFA",
    ],
    [
      'a role of the app among users',
      new CompositePrincipal(OLGA, new Role(stack, 'Among', { assumedBy: OLGA })),
      "trusts the role 'Test/Among/Resource'",
    ],
    ['an imported role', Role.fromRoleName(stack, 'Imported', 'Admin'), 'session of a role'],
    ['nobody', new ArnPrincipal(''), 'trusts nobody: its ARN is empty'],
    ['anybody', new AnyPrincipal(), 'anybody in any account'],
    ['a star', new StarPrincipal(), 'anybody in any account'],
    [
      'anybody over TLS',
      new AnyPrincipal().withConditions({ Bool: { 'aws:SecureTransport': 'true' } }),
      'anybody in',
    ],
    [
      'anybody of any organization',
      new AnyPrincipal().withConditions({ StringLike: { 'aws:PrincipalOrgID': '*' } }),
      'anybody in',
    ],
    ['a canonical user', new CanonicalUserPrincipal('abc'), 'type CanonicalUser'],
    [
      'a service among users',
      new CompositePrincipal(OLGA, new ServicePrincipal('ec2.amazonaws.com')),
      'which never has MFA',
    ],
    [
      'a service with conditions',
      new ServicePrincipal('ec2.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
      }),
      'which never has MFA',
    ],
    [
      'a service with session tags',
      new ServicePrincipal('pods.eks.amazonaws.com').withSessionTags(),
      'which never has MFA',
    ],
  ];

  test.each(refused)('%s', (_name, principal, reason) => {
    expect(() => requireMfa(principal)).toThrow(reason);
    expect(() => MfaPrincipal.require(principal)).toThrow(reason);
    expect(() => new MfaRole(emptyStack(), 'Role', { assumedBy: principal })).toThrow(reason);
  });

  const trusted: readonly (readonly [string, IPrincipal | ((scope: Stack) => IPrincipal)])[] = [
    ['a user by its ARN', OLGA],
    ['a user of the app', (scope) => new User(scope, 'User')],
    ['the account', new AccountRootPrincipal()],
    ['another account', OTHER_ACCOUNT],
    ['an organization', new OrganizationPrincipal('o-1234567890')],
    ['an account of an organization', OTHER_ACCOUNT.inOrganization('o-1234567890')],
    ['an ARN not known yet', new ArnPrincipal(Lazy.string({ produce: () => OLGA.arn }))],
    [
      'an ARN known only at deployment',
      (scope) => new ArnPrincipal(new CfnParameter(scope, 'Arn').valueAsString),
    ],
    [
      'an account known only at deployment',
      (scope) => new AccountPrincipal(new CfnParameter(scope, 'Account').valueAsString),
    ],
  ];

  test.each(trusted)('but %s is asked for MFA', (_name, principal) => {
    const asked = trustOf(principal, requireMfa).map((statement) => statement.Condition);

    expect(asked.length).toBeGreaterThan(0);
    expect(asked).toEqual(trustOf(principal).map((statement) => ({ ...statement.Condition, ...HOUR })));
  });
});

describe('requireMfa', () => {
  test('keeps the conditions, session tags and external ids it is composed with', () => {
    const stack = emptyStack();
    const ids = {
      StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' },
      Bool: { 'aws:SecureTransport': 'true' },
    };
    new Role(stack, 'Role', {
      assumedBy: requireMfa(OTHER_ACCOUNT.withConditions(ids)).withSessionTags(),
      externalIds: ['a-secret-between-us'],
    });

    expect(statementsOf(stack)).toEqual([
      expect.objectContaining({
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: {
          Bool: { 'aws:SecureTransport': 'true', 'aws:MultiFactorAuthPresent': 'true' },
          NumericLessThan: HOUR.NumericLessThan,
          StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890', 'sts:ExternalId': 'a-secret-between-us' },
        },
      }),
    ]);
  });

  test.each([
    ['before', requireMfa(OLGA.withSessionTags())],
    ['after', requireMfa(OLGA).withSessionTags()],
    ['around', new SessionTagsPrincipal(requireMfa(OLGA))],
  ])('composes with session tags %s it', (_when, principal) => {
    expect(trustOf(principal)).toEqual([
      expect.objectContaining({ Action: ['sts:AssumeRole', 'sts:TagSession'], Condition: HOUR }),
    ]);
  });

  test('composes with others of its kind', () => {
    const five = requireMfa(OTHER_ACCOUNT, { maxAge: Duration.minutes(5) });

    expect(trustOf(new CompositePrincipal(requireMfa(OLGA), five)).map(({ Condition }) => Condition)).toEqual(
      [HOUR, { Bool: HOUR.Bool, NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } }],
    );
  });

  test('cannot be weakened by the last-wins merge of withConditions', () => {
    const principal = requireMfa(OLGA, { maxAge: Duration.minutes(15) });

    expect(() => principal.withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } })).toThrow(
      'must be "true"',
    );
    expect(() => principal.withConditions({ NumericLessThan: { 'aws:MultiFactorAuthAge': 7200 } })).toThrow(
      'condition NumericLessThan aws:MultiFactorAuthAge is 7200, must be at most 900',
    );
    expect(
      trustOf(principal.withConditions({ NumericLessThan: { 'aws:multifactorauthage': 300 } }))[0]?.Condition,
    ).toEqual({ Bool: HOUR.Bool, NumericLessThan: { 'aws:multifactorauthage': 300 } });
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['a greater age', { NumericLessThan: { 'aws:MultiFactorAuthAge': '999999' } }],
    ['a greater age in another case', { NumericLessThan: { 'AWS:multifactorauthage': '999999' } }],
  ])('refuses a principal around it that has %s', (_what, conditions) => {
    const around = new PrincipalWithConditions(requireMfa(OLGA), conditions);
    const refusal = /"NumericLessThan" conditions cannot be merged/;
    expect(() => new Role(emptyStack(), 'Role', { assumedBy: around })).toThrow(refusal);
    expect(() => new MfaRole(emptyStack(), 'Role', { assumedBy: around })).toThrow(refusal);
  });

  test('can be put under further conditions by a principal around it, and never lose MFA', async () => {
    async function answers(conditions: Record<string, unknown>) {
      const around = new PrincipalWithConditions(requireMfa(OLGA), conditions);
      const stack = emptyStack();
      new Role(stack, 'Role', { assumedBy: around });
      const trust = rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);
      const signIns = ['a long-term key', 'a session without MFA', 'fresh MFA', 'MFA of yesterday'] as const;
      const resource = `arn:aws:iam::${ACCOUNT}:role/Role`;
      const request = { caller: user('olga'), action: 'sts:AssumeRole', resource };
      const decisions = signIns.map((signIn) =>
        decide({ ...request, signIn, policies: [ADMINISTRATOR], trust }),
      );
      return (await Promise.all(decisions)).map((decision) => (decision === 'Allowed' ? '+' : '-')).join('');
    }

    expect(await answers({ StringEquals: { 'aws:username': 'olga' } })).toBe('--+-');
    expect(await answers({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } })).toBe('----');
    const around = new PrincipalWithConditions(requireMfa(OLGA), {
      Bool: { 'aws:MultiFactorAuthPresent': 'false' },
    });
    expect(() => trustAfter(() => undefined, { assumedBy: around })).toThrow('must be "true"');
  });

  test('of one age does not share a statement with one of another', () => {
    const principals = [
      requireMfa(OLGA),
      requireMfa(new AccountPrincipal(ACCOUNT), { maxAge: Duration.hours(2) }),
    ];
    expect(() => new PolicyStatement({ principals })).toThrow('must have the same Conditions');
  });

  test('guards a statement it is only one principal of', () => {
    const stack = emptyStack();
    const role = new Role(stack, 'Role', { assumedBy: requireMfa(OLGA) });
    addTrust(
      role,
      new PolicyStatement({ actions: ['sts:SetSourceIdentity'], principals: [requireMfa(OLGA)] }),
    );

    expect(statementsOf(stack).map((statement) => statement.Condition)).toEqual([HOUR, HOUR]);
  });

  test('tells equal principals from others', () => {
    expect(requireMfa(OLGA).dedupeString()).toBe(requireMfa(OLGA).dedupeString());
    expect(requireMfa(OLGA).dedupeString()).not.toBe(OLGA.dedupeString());
    expect(requireMfa(OLGA).dedupeString()).not.toBe(
      requireMfa(OLGA, { maxAge: Duration.minutes(1) }).dedupeString(),
    );
  });
});

describe('the maximum age', () => {
  test.each([
    [Duration.seconds(59), 'must be between 1 minute and 36 hours'],
    [Duration.hours(37), 'must be between 1 minute and 36 hours'],
    [Duration.seconds(0), 'maxAge is 0 seconds (0 s)'],
  ])('%s is refused', (maxAge, message) => {
    expect(() => requireMfa(OLGA, { maxAge })).toThrow(message);
    expect(() => new MfaRole(emptyStack(), 'Role', { assumedBy: OLGA, maxAge })).toThrow(message);
  });

  test.each([
    [Duration.minutes(1), '60'],
    [Duration.minutes(15), '900'],
    [Duration.hours(36), '129600'],
  ])('%s is written in seconds', (maxAge, seconds) => {
    expect(trustAfter(() => undefined, { maxAge })[0]?.Condition?.NumericLessThan).toEqual({
      'aws:MultiFactorAuthAge': seconds,
    });
  });

  test('may be a value known only at deployment', () => {
    const stack = emptyStack();
    const maxAge = Duration.seconds(new CfnParameter(stack, 'MaxAge', { type: 'Number' }).valueAsNumber);
    const role = new MfaRole(stack, 'Role', { assumedBy: requireMfa(OLGA, { maxAge }), maxAge });
    addTrust(role, assume(OTHER_ACCOUNT));

    expect(statementsOf(stack).map((statement) => statement.Condition)).toEqual(
      Array(2).fill({ Bool: HOUR.Bool, NumericLessThan: { 'aws:MultiFactorAuthAge': { Ref: 'MaxAge' } } }),
    );
  });

  test('must not be compared with one known only at deployment', () => {
    const stack = emptyStack();
    const maxAge = Duration.seconds(new CfnParameter(stack, 'MaxAge', { type: 'Number' }).valueAsNumber);

    new MfaRole(stack, 'Role', { assumedBy: requireMfa(OLGA, { maxAge }) });

    expect(() => Template.fromStack(stack)).toThrow(
      'cannot be compared with the maximum of "3600" before deployment; give the age in one place only',
    );
  });
});

test('a star that is narrowed to an organization can be in any policy, and keeps its form', () => {
  const narrowed = new StarPrincipal().withConditions({
    StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' },
  });
  const statement = new PolicyStatement({ principals: [MfaPrincipal.require(narrowed)] });
  expect(statement.toJSON()).toMatchObject({
    Principal: '*',
    Condition: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' },
    },
  });
});
