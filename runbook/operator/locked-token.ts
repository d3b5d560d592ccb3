/**
 * A token that refused its key is never asked again, not by a later run either: firmware before 2025 locks for good, and a
 * Molto2 counts.
 */
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { StatusWordError, TokenLockedError } from '../token/driver';
import { isRefusedKey } from '../token/token2-single-status-words';
import { type HeldToken, type LooseToken, serialOf } from './typed-code';

/**
 * Does work that sends a key to a token, unless the token refused one before on this machine; remembers the token if it
 * refuses one now.
 *
 * @throws RunbookError `token/locked`, with the command that replaces the token
 */
export async function unlessLocked<T>(
  ports: Pick<Ports, 'line' | 'lockedTokens'> & {
    readonly terminal: Pick<Ports['terminal'], 'note' | 'event'>;
  },
  about: HeldToken | LooseToken,
  work: () => Promise<T>,
): Promise<T> {
  const { lockedTokens, terminal } = ports;
  const serial = serialOf(about);
  const since = await lockedTokens.since(serial);
  if (since !== undefined) {
    throw locked(ports, about, `${serial} ${refusedItsKey(since)}`);
  }
  try {
    return await work();
  } catch (error) {
    const what = lockOf(error);
    if (what === undefined) {
      throw error;
    }
    await lockedTokens.add(serial).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      terminal.note(`cannot remember that ${serial} is locked (${why}): do not try it again`);
    });
    terminal.event('token-locked', { serial });
    throw locked(ports, about, `${serial} ${what}`, error);
  }
}

function lockOf(thrown: unknown): string | undefined {
  const error = thrown instanceof RunbookError ? thrown.cause : thrown;
  if (error instanceof StatusWordError) {
    return isRefusedKey(error)
      ? 'does not accept the key of its family (6983): it may be locked for good'
      : undefined;
  }
  if (error instanceof TokenLockedError && error.problem === 'blocked') {
    return error.triesLeft === undefined || error.triesLeft === 0
      ? 'is locked, because its customer key was wrong too often'
      : `has ${error.triesLeft} try left for its customer key, and the last one is never used`;
  }
  return undefined;
}

function locked(
  { line, lockedTokens }: Pick<Ports, 'line' | 'lockedTokens'>,
  about: HeldToken | LooseToken,
  message: string,
  cause?: unknown,
): RunbookError {
  const serial = serialOf(about);
  const replacement =
    'token' in about
      ? [
          `set it aside, and put another token in its place: \`${line.other('replace', about.holder, '--slot', about.token.slot, '--reason', 'broken')}\``,
          'if the slot has no device yet, declare another token for it in tokens.yaml instead, and run `cdk deploy`',
        ]
      : ['set it aside and use another token'];
  return new RunbookError('token/locked', message, {
    hints: [
      ...replacement,
      `if you know that it is not locked, delete the line of ${serial} in ${lockedTokens.path}`,
    ],
    cause,
  });
}

/** Says of a token since which day it is not tried again. */
export function refusedItsKey(since: string): string {
  return `refused its key on this machine (${since}), and is not tried again`;
}
