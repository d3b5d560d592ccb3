/** Asks for the password or customer key of a token that does nothing before it is entered. */
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import { cancelled } from '../runbook-error';
import { type TokenLock, TokenLockedError } from '../token/driver';
import { confirmInPerson } from './confirm-in-person';

/** The number of secrets that may be typed. */
const SECRETS_AT_MOST = 3;

const NAMES: Readonly<Record<TokenLock, string>> = { password: 'password', 'customer-key': 'customer key' };

/**
 * Enters the secret of a token, if it has a lock. The last try that the token has is not taken without a confirmation.
 *
 * @param unlock does it on this process's reader, or in a seed phase
 * @throws TokenLockedError
 */
export async function unlockToken(
  { terminal, signal }: Ports,
  { serial, lock }: { readonly serial: string; readonly lock: TokenLock | undefined },
  unlock: (secret: string) => Promise<void>,
): Promise<void> {
  if (lock === undefined) {
    return;
  }
  const name = NAMES[lock];
  const question = {
    name: 'token-secret',
    message: `${name} of the token ${serial}`,
    check: (typed: string) => (typed === '' ? `type the ${name}` : undefined),
  };
  for (let left = SECRETS_AT_MOST - 1; ; left--) {
    try {
      await unlock(await terminal.askHidden(question, signal));
      return;
    } catch (error) {
      if (!(error instanceof TokenLockedError) || error.problem !== 'wrong' || left === 0) {
        throw error;
      }
      const { triesLeft } = error;
      terminal.note(
        `the token rejected the ${name}; ${countOf(Math.min(left, triesLeft ?? left), 'try', 'tries')} left`,
      );
      if (triesLeft !== undefined && triesLeft <= 1) {
        const last = {
          name: 'last-try',
          message: `one more wrong ${name} blocks ${serial} for good; try once more?`,
        };
        if (!(await confirmInPerson(terminal, last, signal))) {
          throw cancelled();
        }
      }
    }
  }
}
