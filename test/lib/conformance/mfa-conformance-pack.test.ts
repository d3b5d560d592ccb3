import { CfnParameter, type Stack } from 'aws-cdk-lib';
import { MaximumExecutionFrequency } from 'aws-cdk-lib/aws-config';
import {
  MfaConformancePack,
  type MfaConformancePackProps,
  OrganizationMfaConformancePack,
  type OrganizationMfaConformancePackProps,
} from '../../../lib/conformance/mfa-conformance-pack';
import { emptyStack, onlyResource } from '../fixtures';
import { identifiers, type RuleProperties, rulesOf, SELECTIONS } from './conformance-fixtures';

/** A pack's template, as Config would read it. */
function packOf(template: unknown): readonly (readonly [id: string, RuleProperties])[] {
  const { Resources } = JSON.parse(String(template)) as {
    Resources: Record<string, { Type: string; Properties: RuleProperties }>;
  };
  return Object.entries(Resources).map(([id, { Type, Properties }]) => {
    expect(Type).toBe('AWS::Config::ConfigRule');
    return [id, Properties];
  });
}

describe.each([
  ['an account', 'AWS::Config::ConformancePack', 'ConformancePackName'],
  ['an organization', 'AWS::Config::OrganizationConformancePack', 'OrganizationConformancePackName'],
])('a conformance pack of %s', (_whose, type, nameProperty) => {
  const isOrganization = type === 'AWS::Config::OrganizationConformancePack';
  function build(stack: Stack, props: OrganizationMfaConformancePackProps) {
    return isOrganization
      ? new OrganizationMfaConformancePack(stack, 'Pack', props)
      : new MfaConformancePack(stack, 'Pack', props);
  }
  function deployed(props: OrganizationMfaConformancePackProps): Record<string, unknown> {
    const stack = emptyStack();
    build(stack, props);
    return onlyResource(stack, type);
  }

  test.each(SELECTIONS)('holds the same rules: %s', (_what, props, expected) => {
    const pack = packOf(deployed(props).TemplateBody);

    expect(identifiers(pack.map(([, rule]) => rule))).toEqual(expected);
    expect(pack.map(([, { ConfigRuleName: _name, ...rule }]) => rule)).toEqual(rulesOf(props));
  });

  test('names its rules as the console does, each once', () => {
    const pack = packOf(deployed({ rootHardware: true }).TemplateBody);

    expect(pack.map(([id, rule]) => [id, rule.ConfigRuleName])).toEqual([
      ['Users', 'iam-user-mfa-enabled'],
      ['ConsoleUsers', 'mfa-enabled-for-iam-console-access'],
      ['Root', 'root-account-mfa-enabled'],
      ['RootHardware', 'root-account-hardware-mfa-enabled'],
    ]);
  });

  test('has a template of ASCII well below 51,200 bytes', () => {
    const template = String(deployed({ rootHardware: true }).TemplateBody);

    expect(template).toMatch(/^[\n -~]+$/);
    expect(template.length).toBeLessThan(3000);
  });

  test('needs nothing but a name by default', () => {
    const { TemplateBody: _template, ...rest } = deployed({});

    expect(rest).toEqual({ [nameProperty]: 'mfa-guardrails' });
  });

  test('is named and delivered as told', () => {
    const props = {
      packName: 'people-have-mfa',
      deliveryBucketName: 'awsconfigconforms-111122223333',
      maximumExecutionFrequency: MaximumExecutionFrequency.TWELVE_HOURS,
    } as const satisfies MfaConformancePackProps;
    const properties = deployed(props);

    expect(properties).toMatchObject({
      [nameProperty]: 'people-have-mfa',
      DeliveryS3Bucket: 'awsconfigconforms-111122223333',
    });
    expect(packOf(properties.TemplateBody).map(([, rule]) => rule.MaximumExecutionFrequency)).toEqual([
      'Twelve_Hours',
      'Twelve_Hours',
      'Twelve_Hours',
    ]);
  });

  test.each([
    [
      { packName: '9lives' },
      "packName is '9lives' (6 characters), must be a letter, then letters, digits and",
    ],
    [{ packName: 'mfa_guardrails' }, "packName is 'mfa_guardrails' (14 characters), must be a letter"],
    [{ packName: '' }, "packName is '' (0 characters), must be a letter"],
    [
      { packName: 'a'.repeat(257) },
      `(257 characters), must be a letter, then letters, digits and hyphens, at most`,
    ],
    [
      { deliveryBucketName: 'my-bucket' },
      "deliveryBucketName is 'my-bucket', must be a bucket name of at most 63",
    ],
    [
      { deliveryBucketName: `awsconfigconforms-${'x'.repeat(46)}` },
      'must be a bucket name of at most 63 characters that begins with awsconfigconforms',
    ],
  ])(
    'refuses a name that Config would not take: %#',
    (props: OrganizationMfaConformancePackProps, message) => {
      expect(() => build(emptyStack(), props)).toThrow(message);
    },
  );

  test('takes names that are known only at deployment', () => {
    const stack = emptyStack();
    build(stack, {
      packName: new CfnParameter(stack, 'Name').valueAsString,
      deliveryBucketName: new CfnParameter(stack, 'Bucket').valueAsString,
    });

    expect(onlyResource(stack, type)).toMatchObject({
      [nameProperty]: { Ref: 'Name' },
      DeliveryS3Bucket: { Ref: 'Bucket' },
    });
  });
});

describe('the accounts an organization leaves out', () => {
  function excluding(excludedAccounts: string[], stack = emptyStack()): unknown {
    new OrganizationMfaConformancePack(stack, 'Pack', { excludedAccounts });
    return onlyResource(stack, 'AWS::Config::OrganizationConformancePack').ExcludedAccounts;
  }

  test('are those that are named', () => {
    expect(excluding(['444455556666', '777788889999'])).toEqual(['444455556666', '777788889999']);
  });

  test.each([
    [
      '11 digits',
      ['44445555666'],
      "excludedAccounts names '44445555666', must be the 12 digits of an account",
    ],
    [
      'an organizational unit',
      ['ou-ab12-11112222'],
      "excludedAccounts names 'ou-ab12-11112222', must be the 12 digits of an account",
    ],
    [
      'an organizational unit, with the fix',
      ['ou-ab12-11112222'],
      'list the accounts of an organizational unit one by one',
    ],
    [
      'more than 1,000',
      Array<string>(1001).fill('444455556666'),
      'excludedAccounts has 1001 accounts, must be at most 1000',
    ],
  ])('cannot be %s', (_what, accounts, message) => {
    expect(() => excluding(accounts)).toThrow(message);
  });

  test('may be known only at deployment, one by one or as a list', () => {
    const one = emptyStack();
    expect(excluding([new CfnParameter(one, 'Suspended').valueAsString, '444455556666'], one)).toEqual([
      { Ref: 'Suspended' },
      '444455556666',
    ]);
    const list = emptyStack();
    const parameter = new CfnParameter(list, 'Suspended', { type: 'CommaDelimitedList' });
    expect(excluding(parameter.valueAsList, list)).toEqual({ Ref: 'Suspended' });
  });
});

test('the name of an organization’s pack may be 128 characters long, that of an account’s 256', () => {
  const packName = 'a'.repeat(129);

  expect(new MfaConformancePack(emptyStack(), 'Pack', { packName }).packName).toBe(packName);
  expect(() => new OrganizationMfaConformancePack(emptyStack(), 'Pack', { packName })).toThrow(
    /\(129 characters\), must be .* at most 128 characters/,
  );
});
