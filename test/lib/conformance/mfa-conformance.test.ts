import { Match, Template } from 'aws-cdk-lib/assertions';
import { ManagedRule, ManagedRuleIdentifiers, MaximumExecutionFrequency } from 'aws-cdk-lib/aws-config';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { MfaConformance } from '../../../lib/conformance/mfa-conformance';
import { emptyStack } from '../fixtures';
import { identifiers, rulesOf, SELECTIONS } from './conformance-fixtures';

test.each(SELECTIONS)('the rules are: %s', (_what, props, expected) => {
  expect(identifiers(rulesOf(props))).toEqual(expected);
});

test('every rule about MFA that CDK knows can be had', () => {
  const known = Object.values(ManagedRuleIdentifiers).filter((identifier) => /MFA/.test(String(identifier)));
  const all = identifiers(rulesOf({ rootHardware: true }));

  expect(known.sort()).toEqual([...all].sort());
});

test('a rule is one of AWS’s, evaluated daily, under a name that CloudFormation makes', () => {
  for (const rule of rulesOf({ rootHardware: true })) {
    expect(rule).toEqual({
      Description: expect.any(String),
      MaximumExecutionFrequency: 'TwentyFour_Hours',
      Source: { Owner: 'AWS', SourceIdentifier: expect.any(String) },
    });
  }
});

test('the rules are evaluated as often as told', () => {
  const rules = rulesOf({ maximumExecutionFrequency: MaximumExecutionFrequency.SIX_HOURS });

  expect(rules.map((rule) => rule.MaximumExecutionFrequency)).toEqual([
    'Six_Hours',
    'Six_Hours',
    'Six_Hours',
  ]);
});

test('a description fits into Config and says what the rule cannot', () => {
  const rules = rulesOf({ rootHardware: true });
  function saying(pattern: RegExp) {
    return identifiers(rules.filter(({ Description }) => pattern.test(Description)));
  }

  expect(Math.max(...rules.map(({ Description }) => Description.length))).toBeLessThanOrEqual(256);
  expect(saying(/programmable token as virtual: with one this stays non-compliant/)).toEqual([
    'ROOT_ACCOUNT_HARDWARE_MFA_ENABLED',
  ]);
  expect(saying(/cannot be enrolled through the API/)).toEqual(['ROOT_ACCOUNT_MFA_ENABLED']);
  expect(saying(/programs cannot comply/)).toEqual(['IAM_USER_MFA_ENABLED']);
});

test('the ids of the rules are what they have always been', () => {
  const stack = emptyStack();
  const { rules } = new MfaConformance(stack, 'Conformance', { rootHardware: true });

  expect(rules.map((rule) => rule.node.path)).toEqual([
    'Test/Conformance/Users',
    'Test/Conformance/ConsoleUsers',
    'Test/Conformance/Root',
    'Test/Conformance/RootHardware',
  ]);
});

test('people can be told when a rule finds something', () => {
  const stack = emptyStack();
  const { rules } = new MfaConformance(stack, 'Conformance', { usersWithoutPassword: false, root: false });
  const target = new SnsTopic(
    Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:111122223333:mfa'),
  );
  for (const rule of rules) {
    rule.onComplianceChange('Changed', { target });
  }

  expect(rules[0]).toBeInstanceOf(ManagedRule);
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['aws.config'], detail: { configRuleName: [Match.anyValue()] } },
  });
});
