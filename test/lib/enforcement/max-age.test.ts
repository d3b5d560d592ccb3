import { CfnParameter, Duration } from 'aws-cdk-lib';
import { MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import { ACCOUNT, decide, type SignIn, user } from '../../support/policy-simulation';
import { emptyStack } from '../fixtures';
import { answersOf, type Document, deployed, FORM_NAMES, FORMS, templateOf } from './forms';

const AN_HOUR = { maxAge: Duration.hours(1) };

const SIGN_INS: readonly SignIn[] = [
  'a long-term key',
  'a session without MFA',
  'MFA of 59 minutes ago',
  'MFA of 61 minutes ago',
  'MFA of yesterday',
];

const olga = user('olga', '/people/');
const MALLORY = user('mallory').arn;
const PHONE = `arn:aws:iam::${ACCOUNT}:mfa/my-phone`;
const FLEET_DEVICE = `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.primary.86596220000001`;

describe.each(FORM_NAMES)('%s with a maximum age of an hour', (form) => {
  const over = FORMS[form].over(deployed(form, AN_HOUR));
  const noSelfService = FORMS[form].over(deployed(form, { ...AN_HOUR, selfService: MfaSelfService.NONE }));

  test.each([
    ['s3:ListAllMyBuckets', '*', '--+--'],
    ['iam:CreateAccessKey', olga.arn, '--+--'],
    ['iam:DeactivateMFADevice', olga.arn, '--+--'],
    ['iam:DeleteVirtualMFADevice', PHONE, '--+--'],
    ['iam:EnableMFADevice', olga.arn, '+++++'],
    ['iam:EnableMFADevice', MALLORY, '--+--'],
    ['iam:CreateVirtualMFADevice', PHONE, '+++++'],
    ['iam:CreateVirtualMFADevice', FLEET_DEVICE, '--+--'],
    ['iam:ListMFADevices', olga.arn, '+++++'],
    ['sts:GetSessionToken', '*', '+++++'],
  ])('leaves old MFA what no MFA leaves: %s on %s is %s', async (action, resource, expected) => {
    expect(await answersOf({ ...over, caller: olga, action, resource }, SIGN_INS)).toBe(expected);
  });

  test('leaves old MFA the way to a new session without self-service as well, and no more', async () => {
    const request = { ...noSelfService, caller: olga, signIn: 'MFA of yesterday' } as const;
    expect(await decide({ ...request, action: 'sts:GetSessionToken', resource: '*' })).toBe('Allowed');
    expect(await decide({ ...request, action: 'iam:GetUser', resource: olga.arn })).toBe('Allowed');
    expect(await decide({ ...request, action: 'iam:GetUser', resource: MALLORY })).toBe('ExplicitlyDenied');
    expect(await decide({ ...request, action: 's3:ListAllMyBuckets', resource: '*' })).toBe(
      'ExplicitlyDenied',
    );
  });

  test('denies by age next to every denial by absence, with the same actions and resources', () => {
    const statements = deployed(form, { ...AN_HOUR, openActions: ['s3:List*'] }).Statement;
    function twins(when: string) {
      return statements
        .filter(({ Sid }) => Sid.endsWith(when))
        .map(({ Sid, Condition: _, ...rest }) => ({ ...rest, Sid: Sid.replace(when, '') }));
    }
    expect(twins('WithoutMfa').map(({ Sid }) => Sid)).toEqual([
      'DenyAll',
      'DenyOtherUsers',
      'DenyOtherSignIn',
      'DenyFleetDevices',
    ]);
    expect(twins('WithOldMfa')).toEqual(twins('WithoutMfa'));
  });

  test('denies at the maximum itself, as NumericLessThan does in a trust policy', () => {
    const conditions = agesIn(deployed(form, AN_HOUR));
    expect(conditions.length).toBeGreaterThan(1);
    for (const condition of conditions) {
      expect(condition).toEqual({ 'aws:MultiFactorAuthAge': '3600' });
    }
  });

  test('changes nothing else', () => {
    const without = deployed(form, {}).Statement;
    const kept = deployed(form, AN_HOUR).Statement.filter(({ Sid }) => !Sid.endsWith('WithOldMfa'));
    function denials(statements: Document['Statement']) {
      return statements.filter(({ Effect }) => Effect === 'Deny');
    }
    expect(denials(kept)).toEqual(denials(without));
    expect(agesIn({ Statement: without })).toEqual([]);
  });
});

test('by itself too, the managed policy allows the removal of devices with fresh MFA only', () => {
  const removals = deployed('the managed policy', AN_HOUR).Statement.filter(({ Sid }) =>
    /WithMfa$/.test(Sid),
  );
  expect(removals).toHaveLength(2);
  for (const { Condition } of removals) {
    expect(Condition).toEqual({
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
    });
  }
});

test.each(FORM_NAMES)('%s refuses an age that no session can have', (form) => {
  function build(maxAge: Duration) {
    return () => FORMS[form].build(emptyStack(), { maxAge });
  }
  expect(build(Duration.seconds(59))).toThrow(
    'maxAge is 59 seconds (59 s), must be between 1 minute and 36 hours',
  );
  expect(build(Duration.hours(37))).toThrow('must be between 1 minute and 36 hours');
  expect(build(Duration.minutes(1))).not.toThrow();
  expect(build(Duration.hours(36))).not.toThrow();
});

test.each(FORM_NAMES)('%s takes an age that is known at deployment only', (form) => {
  const stack = emptyStack();
  const parameter = new CfnParameter(stack, 'Age', { type: 'Number', default: 3600 });
  const document = templateOf(form, { maxAge: Duration.seconds(parameter.valueAsNumber) }, stack);
  expect(agesIn(document)).toContainEqual({ 'aws:MultiFactorAuthAge': { Ref: 'Age' } });
});

function agesIn(document: Document): readonly unknown[] {
  return document.Statement.flatMap(({ Condition }) => Condition?.NumericGreaterThanEquals ?? []);
}
