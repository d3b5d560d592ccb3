/** Step 5: the seed goes onto the token, and the token's clock is read back. */

import type { Ports } from '../ceremony/ports';
import type { World } from '../ceremony/world';
import { CLOCK_TOLERANCE_SECONDS } from '../device/preflight';
import { RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { TokenInfo } from '../token/driver';
import { CardGoneError } from '../token/transport';

/** How far a token's clock may be from ours after it was set: seconds. */
const TOKEN_CLOCK_TOLERANCE_SECONDS = 2;

/** How often a burn is begun again after the token left the reader. */
const BURN_ATTEMPTS = 4;

/** What a burn needs beside the seed. */
export interface BurnRequest {
  readonly phase: SeedPhase;
  readonly serial: string;
  /** Waits for the token once more, and refuses any other. */
  readonly layAgain: () => Promise<LaidToken>;
}

/**
 * Burns the seed, and burns it again from the beginning when the token leaves the reader in between: the seed is there
 * until it is proven. A token that refuses is not asked twice, because older ones lock.
 *
 * @returns the token's clock minus ours, seconds
 */
export async function burn(
  request: BurnRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  function onWriting(): void {
    world.token = 'perhaps-written';
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const burning = request.phase.burn(onWriting, signal);
      const info = await ports.terminal.during('burning: leave the token on the reader', burning);
      world.token = 'written';
      return checkTokenClock(info, ports);
    } catch (error) {
      if (!(error instanceof CardGoneError) || attempt === BURN_ATTEMPTS) {
        throw error;
      }
      ports.terminal.note(
        `the token left the reader (${error.message}); switch it on and lay ${request.serial} back on`,
      );
      await request.layAgain();
    }
  }
}

/**
 * The token's clock minus ours, seconds; refuses a token that does not keep the time it was given.
 *
 * @param setElsewhere the clock was set by an earlier run, perhaps while this machine's clock was as far off as is let
 *   pass
 */
export function checkTokenClock(info: TokenInfo, ports: Ports, setElsewhere = false): number {
  const tolerance = TOKEN_CLOCK_TOLERANCE_SECONDS + (setElsewhere ? CLOCK_TOLERANCE_SECONDS : 0);
  const offset = info.clock - Math.round(ports.clock.now() / 1000);
  if (Math.abs(offset) <= tolerance) {
    return offset;
  }
  throw new RunbookError(
    'token/clock-off',
    `the token's clock is ${Math.abs(offset)} s ${offset > 0 ? 'ahead' : 'behind'} after it was set`,
    { hints: ['the token does not keep time: put it aside and use another one, declared in tokens.yaml'] },
  );
}
