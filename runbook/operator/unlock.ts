/** Asks for the password or customer key of a token that does nothing before it is entered. */
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import { cancelled } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { type TokenLock, TokenLockedError } from '../token/driver';
import { confirmInPerson } from './confirm-in-person';
import { unlessLocked } from './locked-token';
import type { HeldToken, LooseToken } from './typed-code';

/** The number of secrets that may be typed. */
const SECRETS_AT_MOST = 3;

const NAMES: Readonly<Record<TokenLock, string>> = { password: 'password', 'customer-key': 'customer key' };

/**
 * Opens a token that is to be written to, before anything is made in AWS: enters the secret that it asks for, at once or
 * when it is asked to accept a writer.
 *
 * @throws TokenLockedError
 * @throws RunbookError `token/locked` if it refused its key before
 */
export async function openToken(
  ports: Ports,
  laid: Pick<LaidToken, 'info' | 'lock'> & { readonly about: HeldToken | LooseToken },
  phase: Pick<SeedPhase, 'unlock' | 'authenticate'>,
): Promise<void> {
  await unlessLocked(ports, laid.about, () => open(ports, laid, phase));
}

async function open(
  ports: Ports,
  { info, lock }: Pick<LaidToken, 'info' | 'lock'>,
  phase: Pick<SeedPhase, 'unlock' | 'authenticate'>,
): Promise<void> {
  const { serial } = info;
  async function unlock(secret: string): Promise<void> {
    await phase.unlock(secret);
  }
  await unlockToken(ports, { serial, lock }, unlock);
  try {
    await phase.authenticate();
  } catch (error) {
    if (!(error instanceof TokenLockedError) || error.problem !== 'needed') {
      throw error;
    }
    const { lock: needed, triesLeft } = error;
    ports.terminal.note(`${serial} does not take the ${NAMES[needed]} that it came with`);
    if (triesLeft !== undefined && triesLeft <= TRIES_THAT_RUN_OUT) {
      await confirmLastTry(ports, serial, NAMES[needed]);
    }
    await unlockToken(ports, { serial, lock: needed }, unlock);
  }
}

/** After one more wrong secret, nothing more may be tried: the last try of a token is never used. */
const TRIES_THAT_RUN_OUT = 2;

async function confirmLastTry({ terminal, signal }: Ports, serial: string, name: string): Promise<void> {
  const last = {
    name: 'last-try',
    message: `one more wrong ${name} blocks ${serial} for good; try once more?`,
  };
  if (!(await confirmInPerson(terminal, last, signal))) {
    throw cancelled();
  }
}

/**
 * Enters the secret of a token, if it has a lock. The last try that may be taken is not taken without a confirmation.
 *
 * @param unlock does it on this process's reader, or in a seed phase
 * @throws TokenLockedError
 */
export async function unlockToken(
  ports: Ports,
  { serial, lock }: { readonly serial: string; readonly lock: TokenLock | undefined },
  unlock: (secret: string) => Promise<void>,
): Promise<void> {
  const { terminal, signal } = ports;
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
      if (triesLeft !== undefined && triesLeft <= TRIES_THAT_RUN_OUT) {
        await confirmLastTry(ports, serial, name);
      }
    }
  }
}
