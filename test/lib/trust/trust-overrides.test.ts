import { Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AnyPrincipal,
  ArnPrincipal,
  CanonicalUserPrincipal,
  CfnRole,
  FederatedPrincipal,
  PolicyStatement,
  PrincipalWithConditions,
  ServicePrincipal,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { MfaRole, requireMfa } from '../../../lib/index';
import { ACCOUNT } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';
import { addTrust, assume, HOUR, OLGA, OTHER_ACCOUNT, statementsOf, trustAfter } from './trust-scene';

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
      'require MFA in Identity Center',
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
