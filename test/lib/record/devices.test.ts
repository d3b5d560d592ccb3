import { fidoDeviceName, placeOfDevice, tokenOfDevice } from '../../../lib/record/devices';
import type { SlotToken } from '../../../lib/record/record';

const ACCOUNT = '123456789012';
const ROOT = `root@${ACCOUNT}`;
const RANDOM = 'A2B3C4D5E6F7G2H3I4J5K6L7M2';
const IAM = `arn:aws:iam::${ACCOUNT}`;
const TOKENS: readonly SlotToken[] = [
  { slot: 'primary', serial: '86596220000001', type: 'programmable' },
  { slot: 'backup', serial: '826658719844499', type: 'molto2', profile: 7 },
  { slot: 'fob', serial: 'GAHT12345678', type: 'hardware-totp' },
  { slot: 'key', serial: '31415926', type: 'fido2' },
];

test.each<readonly [string, string, string, string | undefined]>([
  ['alice', `${IAM}:mfa/mfa-guardrails/f/alice.primary.86596220000001`, 'alice', 'primary'],
  ['alice', `${IAM}:mfa/mfa-guardrails/f/alice.backup.826658719844499+07`, 'alice', 'backup'],
  ['alice', 'GAHT12345678', 'alice', 'fob'],
  ['alice', `${IAM}:u2f/user/alice/key.31415926-${RANDOM}`, 'alice', 'key'],
  [ROOT, `${IAM}:mfa/root.primary.86596220000001`, ROOT, 'primary'],
  [ROOT, `${IAM}:mfa/root.backup.826658719844499+07`, ROOT, 'backup'],
  [ROOT, 'GAHT12345678', ROOT, 'fob'],
  [ROOT, `${IAM}:u2f/root/root.key.31415926-${RANDOM}`, ROOT, 'key'],
  [ROOT, `${IAM.replace('aws', 'aws-cn')}:mfa/root.primary.86596220000001`, ROOT, 'primary'],
])('a device of %s, %s, is that of %s in slot %s', (holder, arn, owner, slot) => {
  expect(placeOfDevice({ arn, holder }, TOKENS)).toMatchObject({ holder: owner, slot });
  expect(tokenOfDevice({ arn, holder }, TOKENS)?.slot).toBe(slot);
});

test.each([
  ['alice', `${IAM}:mfa/phone`],
  ['alice', `${IAM}:mfa/root.primary.86596220000001`],
  ['alice', 'GAHT99999999'],
  ['alice', `${IAM}:u2f/user/alice/key.31415926`],
  ['alice', `${IAM}:u2f/user/alice/default`],
  ['alice', `${IAM}:u2f/user/alice/yubikey-${RANDOM}`],
  ['alice', `${IAM}:u2f/user/alice/root.key.31415926-${RANDOM}`],
  ['alice', `${IAM}:u2f/user/alice/key.31415926-${RANDOM.toLowerCase()}`],
  ['alice', `${IAM}:sms-mfa/alice`],
  [ROOT, `${IAM}:mfa/root-account-mfa-device`],
  [ROOT, `${IAM}:mfa/mfa-guardrails/f/root.primary.86596220000001`],
  [ROOT, `${IAM}:mfa/alice.primary.86596220000001`],
])('a device of %s, %s, tells no place', (holder, arn) => {
  expect(placeOfDevice({ arn, holder }, TOKENS)).toBeUndefined();
  expect(tokenOfDevice({ arn, holder }, TOKENS)).toBeUndefined();
});

test.each([
  ['another profile', `${IAM}:mfa/mfa-guardrails/f/alice.backup.826658719844499+08`],
  ['no profile', `${IAM}:mfa/mfa-guardrails/f/alice.backup.826658719844499`],
  ['another kind', `${IAM}:mfa/mfa-guardrails/f/alice.key.31415926`],
  ['another slot', `${IAM}:mfa/mfa-guardrails/f/alice.backup.86596220000001`],
])('a device of %s is of no declared token', (_, arn) => {
  expect(placeOfDevice({ arn, holder: 'alice' }, TOKENS)).toBeDefined();
  expect(tokenOfDevice({ arn, holder: 'alice' }, TOKENS)).toBeUndefined();
});

test('the name to type for a FIDO key is read back from its ARN', () => {
  const place = { slot: 'key', serial: '31415926' };
  expect(fidoDeviceName('alice', place)).toBe('key.31415926');
  expect(fidoDeviceName(ROOT, place)).toBe('root.key.31415926');
  const arn = `${IAM}:u2f/root/${fidoDeviceName(ROOT, place)}-${RANDOM}`;
  expect(placeOfDevice({ arn, holder: ROOT }, [])).toEqual({ holder: ROOT, ...place });
});
