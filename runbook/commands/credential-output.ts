/** Formats credentials as other programs read them. */
import type { TemporaryCredentials } from '../aws/session-issuer';
import { formatProfile } from '../signin/shared-files';

export const OUTPUTS = ['env', 'credential-process', 'profile', 'none'] as const;
export type Output = (typeof OUTPUTS)[number];

interface HandedSession {
  readonly credentials: TemporaryCredentials;
  readonly region: string | undefined;
}

/** Formats an expiration as AWS does: to the second. */
export function formatExpiry(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
function formatCredentialProcess({ credentials }: HandedSession): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: formatExpiry(credentials.expiresAt),
  });
}

function sessionVariables({ credentials, region }: HandedSession): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: formatExpiry(credentials.expiresAt),
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  };
}

/** Variables that would take precedence over a session's, or contradict it. */
const RIVALS = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SECURITY_TOKEN'];

/** Makes the environment of a program that uses the session and nothing else. */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  session: HandedSession,
): Readonly<Record<string, string | undefined>> {
  const kept = Object.entries(env).filter(([name]) => !RIVALS.includes(name) && name !== OUR_OWN);
  return { ...Object.fromEntries(kept), ...sessionVariables(session) };
}

/** Set for this program alone, by `main.ts`. */
const OUR_OWN = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/** Quotes a text for a POSIX shell, always. */
function inQuotes(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

/** Formats lines for `eval` in a POSIX shell. */
function formatEnvironment(session: HandedSession): string {
  return [
    `unset ${RIVALS.join(' ')}`,
    ...Object.entries(sessionVariables(session)).map(([name, value]) => `export ${name}=${inQuotes(value)}`),
  ].join('\n');
}

/** Formats the session; nothing for `none`. */
export function formatSession(output: Output, profile: string, session: HandedSession): string | undefined {
  switch (output) {
    case 'env':
      return formatEnvironment(session);
    case 'credential-process':
      return formatCredentialProcess(session);
    case 'profile':
      return formatProfile(profile, session.credentials);
    case 'none':
      return undefined;
  }
}
