import type { SessionIssuer } from '../../../runbook/aws/session-issuer';
import type { Files } from '../../../runbook/files/files';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { openSession } from '../../../runbook/signin/open-session';
import { chooseDevice, deviceKnownLocally, deviceLabel } from '../../../runbook/signin/own-device';
import { credentialsFile } from '../../../runbook/signin/shared-texts';
import type { SignIn } from '../../../runbook/signin/sign-in';
import { profileInUse, readSourceProfile } from '../../../runbook/signin/source-profile';
import { CommandLine } from '../../../runbook/terminal/command-line';
import type { Terminal } from '../../../runbook/terminal/terminal';
import { MemoryFiles } from '../../support/memory-files';

const OURS = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.b.primary.86596220000001';

test.each([
  [OURS, 'alice.b primary, token 86596220000001'],
  [OURS.replace('aws:', 'aws-us-gov:'), 'alice.b primary, token 86596220000001'],
  ['arn:aws:iam::123456789012:mfa/phone', 'the device arn:aws:iam::123456789012:mfa/phone'],
  [`${OURS}+07`, 'alice.b primary, token 86596220000001+07'],
  ['GAHT12345678', 'the token GAHT12345678'],
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
  ['86596220000001+07', OURS, false],
  ['86596220000001+07', `${OURS}+07`, true],
  ['86596220000001', `${OURS}+07`, true],
  ['86596220000001+08', `${OURS}+07`, false],
  ['phone', 'arn:aws:iam::123456789012:mfa/phone', true],
  ['hone', 'arn:aws:iam::123456789012:mfa/phone', false],
  ['GAHT12345678', 'GAHT12345678', true],
  ['gaht 1234-5678', 'GAHT12345678', true],
  ['GAHT1234567', 'GAHT12345678', false],
  ['', OURS, false],
])('--device %s means %s: %s', (wanted, arn, means) => {
  const known = deviceKnownLocally({ wanted, profileDevice: undefined, remembered: arn });
  expect(known === arn).toBe(means);
});

test.each([
  ['gaht 1234 5678', 'GAHT12345678'],
  ['987654321098', '987654321098'],
  ['primary-slot', undefined],
])('who may not list devices names a printed token by its serial: --device %s', async (wanted, arn) => {
  const sources = { wanted, profileDevice: undefined, remembered: undefined, listed: undefined };
  const choosing = chooseDevice(sources, {} as Terminal, new AbortController().signal);
  if (arn === undefined) {
    await expect(choosing).rejects.toMatchObject({ code: 'session/no-device' });
  } else {
    expect(await choosing).toEqual({ arn, enabledAt: undefined });
  }
});

/** The name that is sent to STS for a caller who names none, and whose credentials are temporary, so that no code is asked for. */
async function sessionNameOf(callerArn: string): Promise<string | undefined> {
  let sent: string | undefined;
  const issuer: Partial<SessionIssuer> = {
    signingKey: async () => ({ accessKeyId: 'ASIA', isTemporary: true, region: undefined }),
    identity: async () => ({ account: '123456789012', arn: callerArn, partition: 'aws', clockOffsetMs: 0 }),
    assumeRole: async ({ sessionName }) => {
      sent = sessionName;
      return { accessKeyId: 'ASIA', secretAccessKey: '', sessionToken: '', expiresAt: new Date(0) };
    },
  };
  const line = CommandLine.of([]);
  const role = { arn: 'arn:aws:iam::123456789012:role/r', externalId: undefined, sessionName: undefined };
  await openSession(
    { role, durationSeconds: 900, device: undefined, profileDevice: undefined, cache: 'off', openLine: line },
    {
      issuer,
      files: new MemoryFiles() as Files,
      privateFiles: localPrivateFiles,
      line,
    } as SignIn,
    new AbortController().signal,
  );
  return sent;
}

test.each([
  ['arn:aws:iam::123456789012:user/alice', 'alice'],
  ['arn:aws:iam::123456789012:user/team/alice@example.com', 'alice@example.com'],
  ['arn:aws:sts::123456789012:assumed-role/emergency/alice', 'alice'],
  ['arn:aws:iam::123456789012:root', 'root'],
  ['arn:aws:iam::123456789012:user/a', 'a-session'],
  [`arn:aws:iam::123456789012:user/${'x'.repeat(70)}`, 'x'.repeat(64)],
])('the session of %s is named %s', async (arn, name) => {
  expect(await sessionNameOf(arn)).toBe(name);
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

test.each([
  [{ HOME: '/h' }, '/h/.aws/config', '/h/.aws/credentials'],
  [{ USERPROFILE: 'C:\\u' }, 'C:\\u/.aws/config', 'C:\\u/.aws/credentials'],
  [{ AWS_CONFIG_FILE: '/c', AWS_SHARED_CREDENTIALS_FILE: '/k' }, '/c', '/k'],
])('with %j the shared files are %s and %s, where the SDKs look', async (env, config, credentials) => {
  const files = new MemoryFiles();
  await files.write(config, '[profile p]\nmfa_serial = arn', 0o600);
  expect(await readSourceProfile('p', env, files)).toEqual({ device: 'arn' });
  expect(credentialsFile(env)).toBe(credentials);
});
