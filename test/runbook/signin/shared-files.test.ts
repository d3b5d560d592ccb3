import fc from 'fast-check';
import {
  checkWritable,
  readConfigProfile,
  readCredentialsProfile,
  writeProfile,
} from '../../../runbook/signin/shared-files';

function session(id: string) {
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: `secret-${id}`,
    sessionToken: `token==${id}`,
    expiresAt: new Date('2026-11-22T12:00:00Z'),
  };
}

const CONFIG = `# mine
[default]
region = eu-central-1

[profile alice]
mfa_serial=arn:aws:iam::123456789012:mfa/alice
s3 =
  max_concurrent_requests = 20
Region =  eu-west-1

[profile "two words"]
region = us-east-1
[sso-session alice]
sso_region = eu-north-1
`;

test.each([
  ['default', { region: 'eu-central-1' }],
  ['alice', { mfa_serial: 'arn:aws:iam::123456789012:mfa/alice', s3: '', region: 'eu-west-1' }],
  ['two words', { region: 'us-east-1' }],
  ['bob', {}],
])('the settings of profile %s are read', (profile, settings) => {
  expect(readConfigProfile(CONFIG, profile)).toEqual(settings);
  expect(readConfigProfile(CONFIG.replace(/\n/g, '\r\n'), profile)).toEqual(settings);
});

test('a profile is put at the end, renewed in place, and whatever else is there stays', () => {
  const mine = '[alice]\naws_access_key_id = AKIA\naws_secret_access_key = x\n';
  const first = writeProfile(mine, 'alice-mfa', session('1'));
  expect(first).toBe(
    `${mine}\n[alice-mfa]\n# written by mfa-runbook, expires 2026-11-22T12:00:00.000Z\naws_access_key_id = ASIA1\naws_secret_access_key = secret-1\naws_session_token = token==1\n`,
  );
  const grown = `${first}region = eu-central-1\n# mine\n\n[other]\naws_access_key_id = AKIB\naws_secret_access_key = y\n`;
  const second = writeProfile(grown, 'alice-mfa', session('2'));
  expect(second).toBe(
    grown.replace('ASIA1', 'ASIA2').replace('secret-1', 'secret-2').replace('token==1', 'token==2'),
  );
});

test('renewing changes nothing outside the profile, whatever the file holds', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '',
      '# note',
      '[a]',
      '[ b ]',
      'x = 1',
      'aws_access_key_id = AKIA',
      'aws_session_token = t',
      '  nested = 1',
    ),
    fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n[\]]/g, '')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.length === 0 ? '' : `${lines.join('\n')}\n`;
      const written = writeProfile(text, 'ours', session('1'));
      expect(written.startsWith(text)).toBe(true);
      expect(writeProfile(written, 'ours', session('1'))).toBe(written);
      expect(readCredentialsProfile(written, 'ours')).toEqual({
        aws_access_key_id: 'ASIA1',
        aws_secret_access_key: 'secret-1',
        aws_session_token: 'token==1',
      });
    }),
  );
});

test('a profile with a long-term key is never written over; one with a session is', () => {
  const long = '[alice]\nAWS_ACCESS_KEY_ID = AKIA\naws_secret_access_key = x\n';
  expect(() => writeProfile(long, 'alice', session('1'))).toThrow(
    'profile alice holds a long-term access key',
  );
  expect(() => checkWritable(`${long}aws_session_token = t\n`, 'alice')).not.toThrow();
  expect(() => checkWritable(long, 'bob')).not.toThrow();
});
