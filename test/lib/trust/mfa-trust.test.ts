import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  CanonicalUserPrincipal,
  CfnRole,
  CompositePrincipal,
  Effect,
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
import { MfaPrincipal, MfaRole, type MfaRoleProps, requireMfa } from '../../../lib/index';
import {
  ACCOUNT,
  ADMINISTRATOR,
  decide,
  rendered,
  roleSession,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource } from '../fixtures';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const HOUR = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
};
const OLGA = new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/olga`);
const OTHER_ACCOUNT = new AccountPrincipal('444455556666');

function statementsOf(stack: Stack): readonly Statement[] {
  const document = onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument;
  return (document as { Statement: Statement[] }).Statement;
}

/** The trust of an MfaRole after `change`. */
function trustAfter(
  change: (role: MfaRole) => void,
  props: Partial<MfaRoleProps> = {},
): readonly Statement[] {
  const stack = emptyStack();
  change(new MfaRole(stack, 'Role', { assumedBy: OLGA, ...props }));
  return statementsOf(stack);
}

/** The trust of an ordinary role with this principal. */
function trustOf(
  principal: IPrincipal | ((scope: Stack) => IPrincipal),
  wrapped = (inner: IPrincipal): IPrincipal => inner,
): readonly Statement[] {
  const stack = emptyStack();
  new Role(stack, 'Role', {
    assumedBy: wrapped(typeof principal === 'function' ? principal(stack) : principal),
  });
  return statementsOf(stack);
}

function addTrust(role: Role, statement: PolicyStatement): void {
  role.assumeRolePolicy?.addStatements(statement);
}

const assume = (principal: IPrincipal, conditions: Record<string, unknown> = {}): PolicyStatement =>
  new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [principal], conditions });

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
      'ask for MFA in Identity Center',
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
      'anybody of any organisation',
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
    ['an organisation', new OrganizationPrincipal('o-1234567890')],
    ['an account of an organisation', OTHER_ACCOUNT.inOrganization('o-1234567890')],
    ['an ARN not known yet', new ArnPrincipal(Lazy.string({ produce: () => OLGA.arn }))],
    [
      'an ARN known only at deployment',
      (scope) => new ArnPrincipal(new CfnParameter(scope, 'Arn').valueAsString),
    ],
    [
      'an account known only at deployment',
      (scope) => new AccountPrincipal(new CfnParameter(scope, 'Account').valueAsString),
    ],
    ['users together', new CompositePrincipal(OLGA, OTHER_ACCOUNT)],
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

  test('can have its age weakened by a principal put around it, but never MFA taken out', async () => {
    const around = new PrincipalWithConditions(requireMfa(OLGA), {
      Bool: { 'aws:MultiFactorAuthPresent': 'false' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '999999' },
    });
    const stack = emptyStack();
    new Role(stack, 'Role', { assumedBy: around });
    const trust = rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);
    const signIns = ['a long-term key', 'a session without MFA', 'fresh MFA'] as const;

    for (const signIn of signIns) {
      const resource = `arn:aws:iam::${ACCOUNT}:role/Role`;
      const request = { caller: user('olga'), signIn, action: 'sts:AssumeRole', resource };
      expect(await decide({ ...request, policies: [ADMINISTRATOR], trust })).toBe('ImplicitlyDenied');
    }
    expect(() => new MfaRole(emptyStack(), 'Role', { assumedBy: around })).not.toThrow();
    expect(() => trustAfter(() => undefined, { assumedBy: around })).toThrow('must be "true"');
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

describe('an MfaRole asks for MFA in every statement', () => {
  test('of the principal it is made with', () => {
    expect(trustAfter(() => undefined)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: OLGA.arn }, Condition: HOUR },
    ]);
  });

  test.each<readonly [string, (role: MfaRole) => void]>([
    ['added to assumeRolePolicy', (role) => addTrust(role, assume(OTHER_ACCOUNT))],
    [
      'added from JSON',
      (role) =>
        addTrust(
          role,
          PolicyStatement.fromJson({
            Effect: 'Allow',
            Principal: { AWS: OTHER_ACCOUNT.arn },
            Action: 'sts:AssumeRole',
          }),
        ),
    ],
    [
      'for session tags and source identity',
      (role) =>
        addTrust(
          role,
          new PolicyStatement({ actions: ['sts:TagSession', 'sts:SetSourceIdentity'], principals: [OLGA] }),
        ),
    ],
    [
      'with conditions of its own',
      (role) => addTrust(role, assume(OTHER_ACCOUNT, { StringEquals: { 'sts:ExternalId': 'x' } })),
    ],
    ['with a principal that asks already', (role) => addTrust(role, assume(requireMfa(OTHER_ACCOUNT)))],
    [
      'with Bool conditions on other keys',
      (role) => addTrust(role, assume(OTHER_ACCOUNT, { Bool: { 'aws:SecureTransport': true } })),
    ],
  ])('%s', (_name, change) => {
    const statements = trustAfter(change);

    expect(statements).toHaveLength(2);
    for (const statement of statements) {
      expect(statement.Condition).toMatchObject(HOUR);
    }
  });

  test('and drops none of its conditions', () => {
    const own = {
      Bool: { 'aws:SecureTransport': true },
      NumericLessThan: { 's3:max-keys': 10 },
      StringEquals: { 'sts:ExternalId': ['x', 'y'] },
    };

    expect(trustAfter((role) => addTrust(role, assume(OTHER_ACCOUNT, own)))[1]?.Condition).toEqual({
      Bool: { 'aws:SecureTransport': true, 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 's3:max-keys': 10, 'aws:MultiFactorAuthAge': '3600' },
      StringEquals: { 'sts:ExternalId': ['x', 'y'] },
    });
  });

  test('and keeps an age that is stronger than its own', () => {
    const five = requireMfa(OTHER_ACCOUNT, { maxAge: Duration.minutes(5) });

    expect(trustAfter((role) => addTrust(role, assume(five)))[1]?.Condition?.NumericLessThan).toEqual({
      'aws:MultiFactorAuthAge': '300',
    });
  });

  test('but leaves denials as wide as they are', () => {
    const deny = new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sts:AssumeRole'],
    });

    const [allowed, denied] = trustAfter((role) => addTrust(role, deny));
    expect(allowed?.Condition).toEqual(HOUR);
    expect(denied).toEqual({ Action: 'sts:AssumeRole', Effect: 'Deny', Principal: { AWS: '*' } });
  });

  const grants: readonly (readonly [string, (role: MfaRole, scope: Stack) => unknown, number])[] = [
    ['grantAssumeRole to a user', (role, scope) => role.grantAssumeRole(new User(scope, 'User')), 1],
    ['grantAssumeRole to an ARN', (role) => role.grantAssumeRole(OLGA), 0],
    ['grantAssumeRole to another account', (role) => role.grantAssumeRole(OTHER_ACCOUNT), 0],
    ['grant of sts:AssumeRole', (role, scope) => role.grant(new User(scope, 'User'), 'sts:AssumeRole'), 1],
    ['grant of sts:AssumeRole to an ARN', (role) => role.grant(OLGA, 'sts:AssumeRole'), 0],
    ['grantPassRole', (role, scope) => role.grantPassRole(new User(scope, 'User')), 1],
  ];

  test.each(grants)('and %s opens no statement of its own', (_name, grant, policies) => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
    try {
      grant(role, stack);
    } catch (error) {
      expect(String(error)).toContain('use assumeRolePolicy instead');
    }

    expect(statementsOf(stack)).toEqual([expect.objectContaining({ Condition: HOUR })]);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', policies);
  });
});

describe('an MfaRole composes with', () => {
  const [externalId, tag] = [{ 'sts:ExternalId': 'x' }, { 'aws:RequestTag/team': 'red' }];

  test.each<readonly [string, Partial<MfaRoleProps>, string | readonly string[], Record<string, unknown>]>([
    ['an external id', { externalIds: ['x'] }, 'sts:AssumeRole', { StringEquals: externalId }],
    [
      'several external ids',
      { externalIds: ['x', 'y'] },
      'sts:AssumeRole',
      { StringEquals: { 'sts:ExternalId': ['x', 'y'] } },
    ],
    ['session tags', { assumedBy: OLGA.withSessionTags() }, ['sts:AssumeRole', 'sts:TagSession'], {}],
    [
      'session tags with conditions and an external id',
      { assumedBy: OLGA.withConditions({ StringEquals: tag }).withSessionTags(), externalIds: ['x'] },
      ['sts:AssumeRole', 'sts:TagSession'],
      { StringEquals: { ...tag, ...externalId } },
    ],
    [
      'a source identity asked for',
      { assumedBy: OLGA.withConditions({ StringLike: { 'sts:SourceIdentity': '*' } }) },
      'sts:AssumeRole',
      { StringLike: { 'sts:SourceIdentity': '*' } },
    ],
  ])('%s', (_name, props, action, conditions) => {
    expect(trustAfter(() => undefined, props)).toEqual([
      {
        Action: action,
        Effect: 'Allow',
        Principal: { AWS: OLGA.arn },
        Condition: { ...conditions, ...HOUR },
      },
    ]);
  });

  test("another account, as in AWS's example of a cross-account trust policy", () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    expect(trustAfter(() => undefined, { assumedBy: OTHER_ACCOUNT })).toEqual([
      {
        Effect: 'Allow',
        Principal: {
          AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::444455556666:root']] },
        },
        Action: 'sts:AssumeRole',
        Condition: HOUR,
      },
    ]);
  });

  test('a session as long as is known only at deployment', () => {
    const stack = emptyStack();
    const seconds = new CfnParameter(stack, 'Session', { type: 'Number' }).valueAsNumber;
    new MfaRole(stack, 'Role', { assumedBy: OLGA, maxSessionDuration: Duration.seconds(seconds) });

    expect(onlyResource(stack, 'AWS::IAM::Role').MaxSessionDuration).toEqual({ Ref: 'Session' });
    expect(
      () => new MfaRole(stack, 'Short', { assumedBy: OLGA, maxSessionDuration: Duration.minutes(59) }),
    ).toThrow('maxSessionDuration is set to 3540');
  });
});

describe('an override of the trust policy on the resource is refused where it is written', () => {
  const open = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' };

  test.each<readonly [string, (resource: CfnRole) => void]>([
    ['a statement added', (role) => role.addPropertyOverride('AssumeRolePolicyDocument.Statement.1', open)],
    ['the document replaced', (role) => role.addOverride('Properties.AssumeRolePolicyDocument', {})],
    [
      'the conditions deleted',
      (role) => role.addPropertyDeletionOverride('AssumeRolePolicyDocument.Statement.0.Condition'),
    ],
    [
      'the MFA key deleted',
      (role) => role.addDeletionOverride('Properties.AssumeRolePolicyDocument.Statement.0.Condition.Bool'),
    ],
    [
      'the document among other properties',
      (role) => role.addOverride('Properties', { AssumeRolePolicyDocument: { Statement: [open] } }),
    ],
    ['all properties deleted', (role) => role.addDeletionOverride('Properties')],
  ])('%s', (_name, change) => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: OLGA });

    expect(() => change(role.node.defaultChild as CfnRole)).toThrow(
      "the trust policy of the MfaRole of 'Test/Role/Resource' cannot be overridden (Properties",
    );
    expect(statementsOf(stack)).toEqual([expect.objectContaining({ Condition: HOUR })]);
  });

  test('but other properties can be', () => {
    const stack = emptyStack();
    const resource = new MfaRole(stack, 'Role', { assumedBy: OLGA }).node.defaultChild as CfnRole;
    resource.addOverride('Properties', { Path: '/b/' });
    resource.addPropertyOverride('RoleName', 'a');
    resource.addOverride('Metadata.c', 'd');

    expect(onlyResource(stack, 'AWS::IAM::Role')).toMatchObject({ RoleName: 'a', Path: '/b/' });
    expect(Object.values(Template.fromStack(stack).toJSON().Resources)).toEqual([
      expect.objectContaining({ Metadata: expect.objectContaining({ c: 'd' }) }),
    ]);
  });
});

describe('a statement that would be a way around MFA fails the synthesis', () => {
  test.each<readonly [string, PolicyStatement, string]>([
    [
      'Bool false',
      assume(OTHER_ACCOUNT, { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
      'condition Bool aws:MultiFactorAuthPresent is "false", must be "true"',
    ],
    [
      'Bool of either',
      assume(OTHER_ACCOUNT, { Bool: { 'aws:multifactorauthpresent': ['true', 'false'] } }),
      'must be "true"',
    ],
    [
      'an older age',
      assume(OTHER_ACCOUNT, { NumericLessThan: { 'aws:MultiFactorAuthAge': '7200' } }),
      'is "7200", must be at most 3600',
    ],
    [
      'an alternative age',
      assume(OTHER_ACCOUNT, { NumericLessThan: { 'AWS:MultiFactorAuthAge': ['60', '7200'] } }),
      'must be at most 3600',
    ],
    [
      'an age that is no number',
      assume(OTHER_ACCOUNT, { NumericLessThan: { 'aws:MultiFactorAuthAge': 'soon' } }),
      'cannot be compared',
    ],
    [
      'conditions known at deployment only',
      assume(OTHER_ACCOUNT, { Bool: Lazy.any({ produce: () => ({ 'Fn::If': ['A', {}, {}] }) }) }),
      'not known before deployment',
    ],
    [
      'a service',
      assume(new ServicePrincipal('ec2.amazonaws.com')),
      "trusts the service 'ec2.amazonaws.com'",
    ],
    [
      'a SAML provider',
      new PolicyStatement({
        actions: ['sts:AssumeRoleWithSAML'],
        principals: [
          new FederatedPrincipal(`arn:aws:iam::${ACCOUNT}:saml-provider/corp`, {}, 'sts:AssumeRoleWithSAML'),
        ],
      }),
      "whose sessions never carry AWS's MFA keys",
    ],
    [
      'a web identity',
      new PolicyStatement({
        actions: ['sts:AssumeRoleWithWebIdentity'],
        principals: [new WebIdentityPrincipal('cognito-identity.amazonaws.com')],
      }),
      "whose sessions never carry AWS's MFA keys",
    ],
    [
      'an Identity Center role',
      assume(new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_0123456789abcdef`)),
      'ask for MFA in Identity Center',
    ],
    ['a canonical user', assume(new CanonicalUserPrincipal('abc')), 'type CanonicalUser'],
    ['a second role', assume(new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/Admin`)), 'never carries MFA'],
    ['anybody', assume(new AnyPrincipal()), 'anybody in any account'],
    [
      'everybody but one',
      new PolicyStatement({ actions: ['sts:AssumeRole'], notPrincipals: [OLGA] }),
      'NotPrincipal',
    ],
    [
      'the weaker last-wins merge',
      assume(
        new PrincipalWithConditions(requireMfa(OLGA), { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
      ),
      'must be "true"',
    ],
  ])('%s', (_name, statement, message) => {
    expect(() => trustAfter((role) => addTrust(role, statement))).toThrow(message);
  });

  test('so does a trust policy replaced on the resource', () => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: OLGA });
    const resource = role.node.defaultChild;
    if (resource instanceof CfnRole) {
      resource.assumeRolePolicyDocument = { Version: '2012-10-17', Statement: [] };
    }

    expect(() => Template.fromStack(stack)).toThrow(
      'the trust policy of this MfaRole was replaced on its CfnRole',
    );
  });

  test('and the message names the role and the statement', () => {
    expect(() => trustAfter((role) => addTrust(role, assume(new AnyPrincipal())))).toThrow(
      "[Test/Role] statement 2 of the trust policy: trusts '*'",
    );
  });

  test('even when validation is skipped', () => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: OLGA });
    addTrust(role, assume(new AnyPrincipal()));

    expect(() =>
      stack.resolve(
        role.node.defaultChild instanceof CfnRole ? role.node.defaultChild.assumeRolePolicyDocument : {},
      ),
    ).toThrow('anybody in any account');
  });
});

test('a principal of another stack is still referred to', () => {
  const app = newApp();
  const holder = new User(new Stack(app, 'Users'), 'Holder');
  const stack = new Stack(app, 'Roles');
  addTrust(new MfaRole(stack, 'Role', { assumedBy: OLGA }), assume(holder));

  const [, added] = statementsOf(stack);
  expect(JSON.stringify(added?.Principal)).toMatch(/Fn::(ImportValue|GetStackOutput)/);
  expect(added?.Condition).toEqual(HOUR);
});

test('a role that customizeRoles keeps out of the template is refused', () => {
  const stack = emptyStack();
  Role.customizeRoles(stack, { usePrecreatedRoles: { 'Test/Role': 'precreated' } });

  expect(() => new MfaRole(stack, 'Role', { assumedBy: OLGA })).toThrow(
    'leave the role out of customizeRoles',
  );
});

describe('who may assume an MfaRole', () => {
  const stack = emptyStack();
  const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
  addTrust(role, assume(OTHER_ACCOUNT));
  addTrust(role, assume(OLGA, { StringEquals: { 'sts:ExternalId': 'x' } }));
  const trust = rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);

  const rows: readonly (readonly [string, SignIn, boolean])[] = [
    ['olga', 'a long-term key', false],
    ['olga', 'a session without MFA', false],
    ['olga', 'MFA of yesterday', false],
    ['olga', 'fresh MFA', true],
    ['a user of another account', 'a long-term key', false],
    ['a user of another account', 'fresh MFA', true],
    ['a user of a third account', 'fresh MFA', false],
    ['a role session', 'a long-term key', false],
  ];
  const callers: Readonly<Record<string, ReturnType<typeof user>>> = {
    olga: user('olga'),
    'a user of another account': user('otto', '/', '444455556666'),
    'a user of a third account': user('otto', '/', '777788889999'),
    'a role session': roleSession('Admin'),
  };

  test.each(rows)('%s with %s: %s', async (name, signIn, allowed) => {
    const caller = callers[name] ?? user('nobody');
    const decision = await decide({
      caller,
      signIn,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/Role`,
      policies: [ADMINISTRATOR],
      trust,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });
});
