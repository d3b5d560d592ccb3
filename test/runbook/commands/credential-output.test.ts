import { childEnvironment, formatSession } from '../../../runbook/commands/credential-output';

const SESSION = {
  credentials: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiresAt: new Date('2026-01-02T03:04:05.678Z'),
  },
  region: 'eu-central-1',
};

test('a program is given the session, and nothing that would win over it', () => {
  const environment = childEnvironment(
    {
      PATH: '/bin',
      AWS_PROFILE: 'olga',
      AWS_DEFAULT_PROFILE: 'olga',
      AWS_SECURITY_TOKEN: 'old',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_REGION: 'us-east-1',
    },
    SESSION,
  );
  expect(environment).toEqual({
    PATH: '/bin',
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_CREDENTIAL_EXPIRATION: '2026-01-02T03:04:05Z',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
  });
});

test('what this program sets for itself alone is not handed on', () => {
  const ours = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', LANG: 'C' };

  expect(childEnvironment(ours, SESSION)).toMatchObject({ LANG: 'C' });
  expect(childEnvironment(ours, SESSION)).not.toHaveProperty(
    'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
  );
});

test('a shell takes a secret with a quote in it as it is', () => {
  const credentials = { ...SESSION.credentials, secretAccessKey: "a'b" };

  expect(formatSession('env', 'p', { ...SESSION, credentials })).toContain(
    "export AWS_SECRET_ACCESS_KEY='a'\\''b'",
  );
});
