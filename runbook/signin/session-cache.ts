/** Credentials kept between commands: one file of mode 0600 for each kind of session a caller asked for. */
import { createHash } from 'node:crypto';
import type { TemporaryCredentials } from '../aws/session-issuer';

/** The schema version this code writes; another is read as "nothing cached". */
const SCHEMA = 1;
/** Credentials that end sooner are not handed out: what is begun with them would fail half-way. */
const LEAST_REMAINING_MS = 5 * 60_000;

/** What tells one cached session from another. */
export interface CacheKey {
  /** Of the key that asked for it. */
  readonly accessKeyId: string;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly sessionName: string | undefined;
  /** Absent for a session that was opened without a code. */
  readonly deviceArn: string | undefined;
  readonly durationSeconds: number;
}

/** The file of a session; its name tells nothing. */
export function cachePath(cacheFolder: string, key: CacheKey): string {
  const identity = JSON.stringify([
    key.accessKeyId,
    key.roleArn ?? null,
    key.externalId ?? null,
    key.sessionName ?? null,
    key.deviceArn ?? null,
    key.durationSeconds,
  ]);
  return `${cacheFolder}/sessions/${createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 40)}.json`;
}

/** The text of a cache file. */
export function formatCached(credentials: TemporaryCredentials): string {
  return `${JSON.stringify({
    schema: SCHEMA,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    expiresAt: credentials.expiresAt.toISOString(),
  })}\n`;
}

/** Credentials of a cache file; `undefined` for a text that is none, which costs no more than a code. */
export function parseCached(text: string): TemporaryCredentials | undefined {
  const found = parseObject(text);
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

/** Whether they last long enough to be handed out. */
export function isFresh({ expiresAt }: TemporaryCredentials, nowMs: number): boolean {
  return expiresAt.getTime() - nowMs >= LEAST_REMAINING_MS;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
