/** Step 5: the seed is burned onto the token, and the token's clock is read back. */

import { parseRootHolder } from '../../lib/record/names';
import type { Place } from '../../lib/record/place';
import type { Ceremony } from '../ceremony/ceremony';
import { CLOCK_TOLERANCE_SECONDS } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { BurnTarget, TokenInfo } from '../token/driver';
import { labelFor } from '../token/label';
import { CardGoneError } from '../token/transport';
import { placeFilled } from './occupied-place';

/** The largest difference between a token's clock and ours after it was set: seconds. */
const TOKEN_CLOCK_TOLERANCE_SECONDS = 2;

/** The number of attempts if the token keeps leaving the reader. */
const BURN_ATTEMPTS = 4;

/** Names the place on the ceremony's token that its seed is written to. */
export function burnTarget({ identity, request, token }: Ceremony): BurnTarget {
  const { holder, slot } = request;
  const { type, profile } = token;
  const account = parseRootHolder(holder) ?? identity.account;
  const label = labelFor(type, { account, holder, slot });
  return { label, ...(profile === undefined ? {} : { profile }) };
}

/** The part of the ports that a burn needs. */
interface BurnPorts extends Pick<Ports, 'signal'> {
  readonly terminal: Pick<Ports['terminal'], 'during' | 'note'>;
}

/**
 * Burns the seed, and burns it again from the beginning when the token leaves the reader in between: the seed is there
 * until it is proven. A token that refuses is not asked twice, because older ones lock.
 *
 * @param hooks `mayReplace` is the label of what a person agreed to replace; `onWriting` is called before the first write of each attempt; `layAgain` waits for the same token again
 * @returns what the token says of itself after the burn
 */
export async function burn(
  { terminal, signal }: BurnPorts,
  phase: Pick<SeedPhase, 'burn' | 'occupancy'>,
  {
    token,
    target,
    mayReplace,
    onWriting,
    layAgain,
  }: {
    readonly token: Place;
    readonly target: BurnTarget;
    readonly mayReplace: string | undefined;
    readonly onWriting: () => void;
    readonly layAgain: () => Promise<LaidToken>;
  },
): Promise<TokenInfo> {
  let hasWritten = false;
  function onFirstWrite() {
    hasWritten = true;
    onWriting();
  }
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1 && (hasWritten || mayReplace !== undefined)) {
        // The last attempt may have filled the place, and a driver overwrites only what was read since the token is back.
        const found = await phase.occupancy(target);
        if (!hasWritten && found.state === 'filled' && found.label !== mayReplace) {
          throw placeFilled(token, found.label);
        }
      }
      const burning = phase.burn(target, onFirstWrite, signal);
      return await terminal.during('burning: leave the token on the reader', burning);
    } catch (error) {
      if (!(error instanceof CardGoneError) || attempt === BURN_ATTEMPTS) {
        throw error;
      }
      terminal.note(
        `the token left the reader (${error.message}): lay ${token.serial} back on, switched on if it has a switch`,
      );
      await layAgain();
    }
  }
}

/**
 * Computes the token's clock minus ours, in seconds; refuses a token that does not keep the time it was given. Returns
 * nothing for a token without a clock.
 *
 * @param wasSetBefore an earlier run set the clock, perhaps while this machine's clock was as far off as is accepted
 */
export function checkTokenClock(
  { clock }: TokenInfo,
  nowMs: number,
  wasSetBefore = false,
): number | undefined {
  if (clock === undefined) {
    return undefined;
  }
  const tolerance = TOKEN_CLOCK_TOLERANCE_SECONDS + (wasSetBefore ? CLOCK_TOLERANCE_SECONDS : 0);
  const offset = clock - Math.round(nowMs / 1000);
  if (Math.abs(offset) <= tolerance) {
    return offset;
  }
  throw new RunbookError(
    'token/clock-off',
    `the token's clock is ${Math.abs(offset)} s ${offset > 0 ? 'ahead' : 'behind'} after it was set`,
    { hints: ['the token does not keep time: put it aside and use another one, declared in tokens.yaml'] },
  );
}
