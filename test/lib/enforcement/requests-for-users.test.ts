/** Requests that are made for users: by services with their permissions, and by sessions that they asked for. */
import { Duration } from 'aws-cdk-lib';
import { type MfaEnforcementRules, MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import { type Caller, decide, federatedUser, type SignIn, user } from '../../support/policy-simulation';
import { answersOf, deployed, FORM_NAMES, FORMS } from './forms';

const OLGA = user('olga', '/people/');
const FOR_OLGA: Caller = { ...OLGA, context: { ...OLGA.context, 'aws:ViaAWSService': 'true' } };
const BY_OLGA: Caller = { ...OLGA, context: { ...OLGA.context, 'aws:ViaAWSService': 'false' } };
const BUCKETS = { action: 's3:ListAllMyBuckets', resource: '*' } as const;
const AN_HOUR = { maxAge: Duration.hours(1) };

describe.each(FORM_NAMES)('under %s', (form) => {
  function answers(rules: MfaEnforcementRules, caller: Caller, action = BUCKETS): Promise<string> {
    return answersOf({ ...FORMS[form].over(deployed(form, rules)), caller, ...action });
  }

  test('a service acts for a user only with MFA that is young enough', async () => {
    expect(await answers({}, FOR_OLGA)).toBe('--++');
    expect(await answers(AN_HOUR, FOR_OLGA)).toBe('--+-');
    expect(await answers({}, BY_OLGA)).toBe('--++');
  });

  test('services can be exempt, and nothing else is exempt with them', async () => {
    expect(await answers({ exemptServices: true }, FOR_OLGA)).toBe('++++');
    expect(await answers({ exemptServices: true, ...AN_HOUR }, FOR_OLGA)).toBe('++++');
    expect(await answers({ exemptServices: true, ...AN_HOUR }, BY_OLGA)).toBe('--+-');
    expect(await answers({ exemptServices: true, ...AN_HOUR }, OLGA)).toBe('--+-');
    expect(await answers({ exemptServices: true }, federatedUser('olga'))).toBe('----');
  });

  test('without self-service, no service changes the devices of the user it acts for', async () => {
    const rules = { selfService: MfaSelfService.NONE, exemptServices: true };
    const over = FORMS[form].over(deployed(form, rules));
    for (const action of ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice']) {
      expect(await answersOf({ ...over, action, resource: OLGA.arn, caller: FOR_OLGA })).toBe('----');
    }
  });

  test('a federated session of a user is denied everything, unless it is left alone', async () => {
    const signIn: SignIn = 'a long-term key';
    const request = { caller: federatedUser('olga'), signIn };
    const denying = FORMS[form].over(deployed(form, AN_HOUR));
    const leaving = FORMS[form].over(deployed(form, { ...AN_HOUR, allowFederatedUsers: true }));
    for (const [action, resource] of [
      ['s3:ListAllMyBuckets', '*'],
      ['sts:GetSessionToken', '*'],
      ['iam:EnableMFADevice', user('mallory').arn],
      ['signin:CreateOAuth2Token', 'arn:aws:signin:::console/aws-console'],
    ] as const) {
      expect([action, await decide({ ...denying, ...request, action, resource })]).toEqual([
        action,
        'ExplicitlyDenied',
      ]);
      expect([action, await decide({ ...leaving, ...request, action, resource })]).toEqual([
        action,
        'Allowed',
      ]);
    }
  });
});
