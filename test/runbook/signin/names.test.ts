import { sessionNameOf } from '../../../runbook/signin/open-session';
import { deviceLabel, isWanted } from '../../../runbook/signin/own-device';
import { configFile, credentialsFile, profileInUse } from '../../../runbook/signin/source-profile';

const OURS = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.b.primary.86596220000001';

test.each([
  [OURS, 'alice.b primary, token 86596220000001'],
  [OURS.replace('aws:', 'aws-us-gov:'), 'alice.b primary, token 86596220000001'],
  ['arn:aws:iam::123456789012:mfa/phone', 'the device arn:aws:iam::123456789012:mfa/phone'],
  ['GAHT12345678', 'the device GAHT12345678'],
])('%s is called %s', (arn, label) => {
  expect(deviceLabel(arn)).toBe(label);
});

test.each([
  [OURS, OURS, true],
  ['primary', OURS, true],
  ['alice.b.primary.86596220000001', OURS, true],
  ['backup', OURS, false],
  ['86596220000001', OURS, true],
  ['86596220000002', OURS, false],
  ['phone', 'arn:aws:iam::123456789012:mfa/phone', true],
  ['hone', 'arn:aws:iam::123456789012:mfa/phone', false],
  ['GAHT12345678', 'GAHT12345678', true],
  ['', OURS, false],
])('--device %s means %s: %s', (wanted, arn, means) => {
  expect(isWanted(wanted, arn)).toBe(means);
});

test.each([
  ['arn:aws:iam::123456789012:user/alice', 'alice'],
  ['arn:aws:iam::123456789012:user/team/alice@example.com', 'alice@example.com'],
  ['arn:aws:sts::123456789012:assumed-role/emergency/alice', 'alice'],
  ['arn:aws:iam::123456789012:root', 'root'],
  ['arn:aws:iam::123456789012:user/a', 'a-session'],
  [`arn:aws:iam::123456789012:user/${'x'.repeat(70)}`, 'x'.repeat(64)],
])('the session of %s is named %s', (arn, name) => {
  expect(sessionNameOf(arn)).toBe(name);
  expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
});

test.each([
  ['named', { AWS_PROFILE: 'env' }, 'named'],
  [undefined, { AWS_PROFILE: 'env', AWS_ACCESS_KEY_ID: 'AKIA' }, 'env'],
  [undefined, { AWS_ACCESS_KEY_ID: 'AKIA' }, undefined],
  [undefined, { AWS_PROFILE: '' }, 'default'],
  [undefined, {}, 'default'],
])('with --profile %s and %j the profile is %s', (named, env, profile) => {
  expect(profileInUse(named, env)).toBe(profile);
});

test('the shared files are where the SDKs look', () => {
  expect([configFile({ HOME: '/h' }), credentialsFile({ HOME: '/h' })]).toEqual([
    '/h/.aws/config',
    '/h/.aws/credentials',
  ]);
  expect(configFile({ HOME: '/h', AWS_CONFIG_FILE: '/c' })).toBe('/c');
  expect(credentialsFile({ USERPROFILE: 'C:\\u', AWS_SHARED_CREDENTIALS_FILE: '/k' })).toBe('/k');
  expect(credentialsFile({ USERPROFILE: 'C:\\u' })).toBe('C:\\u/.aws/credentials');
});
