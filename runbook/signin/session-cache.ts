/** Credentials kept between commands: one file of mode 0600 for each kind of session that a caller asked for. */
import { isJsonObject, parseJson } from '../../lib/record/text';
import type { TemporaryCredentials } from '../aws/session-issuer';
import { hashed } from './private-files';
import type { Role } from './sign-in';

/** Schema version of the files; a file of another version counts as no file. */
const SCHEMA = 1;
/** Credentials that end sooner are not handed out: work started with them would fail half-way. */
const LEAST_REMAINING_MS = 5 * 60_000;

/** Tells one cached session from another. */
interface CacheKey {
  /** The key that asked for the session. */
  readonly accessKeyId: string;
  readonly role: Role | undefined;
  /** Absent if the session was opened without a code. */
  readonly deviceArn: string | undefined;
  readonly durationSeconds: number;
}

/** Names a session's file; the name reveals nothing. */
export function cachePath(cacheFolder: string, key: CacheKey): string {
  const identity = JSON.stringify([
    key.accessKeyId,
    key.role?.arn,
    key.role?.externalId,
    key.role?.sessionName,
    key.deviceArn,
    key.durationSeconds,
  ]);
  return `${cacheFolder}/sessions/${hashed(identity).slice(0, 40)}.json`;
}

export function formatCached(credentials: TemporaryCredentials): string {
  return `${JSON.stringify({
    schema: SCHEMA,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    expiresAt: credentials.expiresAt.toISOString(),
  })}\n`;
}

/** Parses a cache file; `undefined` if it is not one: that costs no more than a code. */
export function parseCached(text: string): TemporaryCredentials | undefined {
  const found = parseJson(text);
  if (!isJsonObject(found)) {
    return undefined;
  }
  const { schema, accessKeyId, secretAccessKey, sessionToken } = found;
  const expiresAt = new Date(String(found.expiresAt));
  const isWhole =
    schema === SCHEMA &&
    typeof accessKeyId === 'string' &&
    typeof secretAccessKey === 'string' &&
    typeof sessionToken === 'string' &&
    !Number.isNaN(expiresAt.getTime());
  return isWhole ? { accessKeyId, secretAccessKey, sessionToken, expiresAt } : undefined;
}

/** Returns true if the credentials last long enough to be handed out. */
export function isFresh({ expiresAt }: TemporaryCredentials, nowMs: number): boolean {
  return expiresAt.getTime() - nowMs >= LEAST_REMAINING_MS;
}
