import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type MfaEnforcementRules, MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import { MfaServiceControlPolicy } from '../../../lib/enforcement/mfa-service-control-policy';
import { OrganizationGuardrails } from '../../../lib/organization/organization-guardrails';
import { ACCOUNT } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';
import {
  type AccountTemplate,
  accountOf,
  documentOf,
  guarded,
  SCP,
  STACK_SET,
  stackSetOf,
  UNIT,
} from './organization-fixtures';

describe('the StackSet', () => {
  test('deploys to every account of the units, those that join later included', () => {
    const { TemplateBody: _body, ...properties } = stackSetOf({
      organizationalUnitIds: [UNIT, 'r-ab12'],
    });

    expect(properties).toEqual({
      StackSetName: 'mfa-guardrails',
      Description: 'MFA guardrails in every account: policy and group, by Test/Guardrails',
      PermissionModel: 'SERVICE_MANAGED',
      CallAs: 'SELF',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
      ManagedExecution: { Active: true },
      OperationPreferences: {
        FailureTolerancePercentage: 0,
        MaxConcurrentPercentage: 25,
        ConcurrencyMode: 'SOFT_FAILURE_TOLERANCE',
      },
      StackInstancesGroup: [
        {
          Regions: [{ Ref: 'AWS::Region' }],
          DeploymentTargets: { OrganizationalUnitIds: [UNIT, 'r-ab12'] },
        },
      ],
    });
  });

  test('is as told', () => {
    expect(
      stackSetOf({
        stackSetName: 'people-have-mfa',
        region: 'eu-central-1',
        retainOnAccountRemoval: false,
        failureTolerancePercentage: 10,
        delegatedAdministrator: true,
      }),
    ).toMatchObject({
      StackSetName: 'people-have-mfa',
      CallAs: 'DELEGATED_ADMIN',
      AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
      OperationPreferences: { FailureTolerancePercentage: 10 },
      StackInstancesGroup: [{ Regions: ['eu-central-1'] }],
    });
  });
});

describe('the service control policy', () => {
  test('is over the same units, and over the accounts named besides', () => {
    const policy = onlyResource(guarded({ accountIds: [ACCOUNT] }), SCP);

    expect(policy).toMatchObject({ Type: 'SERVICE_CONTROL_POLICY', TargetIds: [UNIT, ACCOUNT] });
    expect(stackSetOf({ accountIds: [ACCOUNT] }).StackInstancesGroup).toMatchObject([
      { DeploymentTargets: { OrganizationalUnitIds: [UNIT] } },
    ]);
  });

  test.each<readonly [string, MfaEnforcementRules]>([
    ['by default', {}],
    [
      'with every rule',
      {
        selfService: MfaSelfService.NONE,
        allowPasswordChange: true,
        openActions: ['s3:List*'],
        maxAge: Duration.hours(12),
      },
    ],
  ])('has the rules of the accounts %s, and the exempt users', (_when, rules) => {
    const exemptUsers = ['arn:aws:iam::*:user/ci/*'];
    const plain = emptyStack();
    new MfaServiceControlPolicy(plain, 'Policy', { ...rules, targetIds: [UNIT], exemptUsers });
    const { Name: _name, ...expected } = onlyResource(plain, SCP);

    expect(onlyResource(guarded({ ...rules, exemptUsers }), SCP)).toMatchObject(expected);
    expect(JSON.stringify(expected)).toContain('arn:aws:iam::*:user/ci/*');
  });

  test('is attached once every account has a way to enroll a device: none may fail', () => {
    const stack = guarded();
    const [stackSet] = Object.keys(Template.fromStack(stack).findResources(STACK_SET));

    Template.fromStack(stack).hasResource(SCP, { DependsOn: [stackSet] });
    // A tolerated failure counts as success, so the policy would be attached.
    Template.fromStack(stack).hasResourceProperties(STACK_SET, {
      OperationPreferences: { FailureTolerancePercentage: 0 },
    });
  });
});

describe('what is known only at deployment', () => {
  test('is a parameter of the account’s template', () => {
    const stackSet = stackSetOf((stack) => ({
      policyName: new CfnParameter(stack, 'Policy').valueAsString,
      groupName: `${new CfnParameter(stack, 'Team').valueAsString}-mfa`,
      boundaryName: new CfnParameter(stack, 'Boundary').valueAsString,
      openActions: ['s3:List*', new CfnParameter(stack, 'Action').valueAsString],
      maxAge: Duration.seconds(new CfnParameter(stack, 'Age', { type: 'Number' }).valueAsNumber),
    }));
    const account: AccountTemplate = JSON.parse(String(stackSet.TemplateBody));

    expect(stackSet.Parameters).toEqual([
      { ParameterKey: 'OpenAction1', ParameterValue: { Ref: 'Action' } },
      { ParameterKey: 'MaxAgeSeconds', ParameterValue: { Ref: 'Age' } },
      { ParameterKey: 'PolicyName', ParameterValue: { Ref: 'Policy' } },
      { ParameterKey: 'GroupName', ParameterValue: { 'Fn::Join': ['', [{ Ref: 'Team' }, '-mfa']] } },
      { ParameterKey: 'BoundaryName', ParameterValue: { Ref: 'Boundary' } },
    ]);
    expect(account.Parameters).toEqual({
      OpenAction1: { Type: 'String' },
      MaxAgeSeconds: { Type: 'Number' },
      PolicyName: { Type: 'String' },
      GroupName: { Type: 'String' },
      BoundaryName: { Type: 'String' },
    });
    const refs = { OpenAction1: 'ec2:Describe*', MaxAgeSeconds: '43200' };
    expect(documentOf(account, refs)).toEqual(
      documentOf(accountOf({ openActions: ['s3:List*', 'ec2:Describe*'], maxAge: Duration.hours(12) })),
    );
    expect(Object.values(account.Resources).map(({ Properties }) => Properties)).toMatchObject([
      { ManagedPolicyName: { Ref: 'PolicyName' } },
      { GroupName: { Ref: 'GroupName' } },
      { ManagedPolicyName: { Ref: 'BoundaryName' } },
    ]);
  });

  test('may be a whole list of actions', () => {
    const stackSet = stackSetOf((stack) => ({
      openActions: new CfnParameter(stack, 'Actions', { type: 'CommaDelimitedList' }).valueAsList,
    }));
    const account: AccountTemplate = JSON.parse(String(stackSet.TemplateBody));

    expect(stackSet.Parameters).toEqual([
      { ParameterKey: 'OpenActions', ParameterValue: { 'Fn::Join': [',', { Ref: 'Actions' }] } },
    ]);
    expect(account.Parameters).toEqual({ OpenActions: { Type: 'CommaDelimitedList' } });
    expect(JSON.stringify(account.Resources)).toContain('{"Fn::Join":[",",{"Ref":"OpenActions"}]}');
  });

  test('is not judged: targets, names, Region, tolerance', () => {
    const stack = guarded((scope) => {
      function text(id: string) {
        return new CfnParameter(scope, id).valueAsString;
      }
      return {
        organizationalUnitIds: [text('Unit'), UNIT],
        accountIds: [text('Account')],
        stackSetName: text('Name'),
        region: text('Home'),
        failureTolerancePercentage: new CfnParameter(scope, 'Tolerance', { type: 'Number' }).valueAsNumber,
      };
    });

    expect(onlyResource(stack, STACK_SET)).toMatchObject({
      StackSetName: { Ref: 'Name' },
      OperationPreferences: { FailureTolerancePercentage: { Ref: 'Tolerance' } },
      StackInstancesGroup: [
        {
          Regions: [{ Ref: 'Home' }],
          DeploymentTargets: { OrganizationalUnitIds: [{ Ref: 'Unit' }, UNIT] },
        },
      ],
    });
    expect(onlyResource(stack, SCP).TargetIds).toEqual([{ Ref: 'Unit' }, UNIT, { Ref: 'Account' }]);
  });

  test('may be the whole list of units, unless accounts must be added to it', () => {
    function units(stack: Stack) {
      return new CfnParameter(stack, 'Units', { type: 'CommaDelimitedList' }).valueAsList;
    }

    expect(
      onlyResource(
        guarded((stack) => ({ organizationalUnitIds: units(stack) })),
        SCP,
      ),
    ).toMatchObject({
      TargetIds: { Ref: 'Units' },
    });
    expect(() =>
      guarded((stack) => ({ organizationalUnitIds: units(stack), accountIds: [ACCOUNT] })),
    ).toThrow('a list that is known only at deployment cannot be added to');
  });
});

test('the ids of the constructs are what they have always been', () => {
  const stack = guarded({ boundaryName: 'b', conformance: {} });
  const paths = stack.node.findAll().map((construct) => construct.node.path);

  expect(paths).toEqual([
    'Test',
    'Test/Guardrails',
    'Test/Guardrails/StackSet',
    'Test/Guardrails/ServiceControlPolicy',
    'Test/Guardrails/ServiceControlPolicy/Resource',
  ]);
  expect(
    Object.keys(accountOf({ boundaryName: 'b', conformance: {} }).Resources).map((id) =>
      id.replace(/[0-9A-F]{8}$/, ''),
    ),
  ).toEqual([
    'Enforcement',
    'Group',
    'Boundary',
    'ConformanceUsers',
    'ConformanceConsoleUsers',
    'ConformanceRoot',
  ]);
});

test('the StackSet can be referred to', () => {
  const stack = emptyStack();
  const { stackSetId } = new OrganizationGuardrails(stack, 'Guardrails', { organizationalUnitIds: [UNIT] });

  expect(stack.resolve(stackSetId)).toEqual({
    Ref: Object.keys(Template.fromStack(stack).findResources(STACK_SET))[0],
  });
  Template.fromStack(stack).hasResourceProperties(STACK_SET, { TemplateBody: Match.anyValue() });
});
