/** Step 5: the seed is burned onto the token, and the token's clock is read back. */

import { parseRootHolder } from '../../lib/record/names';
import type { Place } from '../../lib/record/place';
import type { Ceremony } from '../ceremony/ceremony';
import { CLOCK_TOLERANCE_SECONDS } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { BurnedToken, LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { type BurnTarget, SET_CLOCK_TOLERANCE_SECONDS, type TokenInfo } from '../token/driver';
import { labelFor } from '../token/label';
import { CardGoneError } from '../token/transport';
import { unlessLocked } from './locked-token';
import { placeFilled } from './occupied-place';
import { checkSerial } from './token-on-reader';
import { askDoubtedCode, type HeldToken, howToRead, type LooseToken } from './typed-code';

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
interface BurnPorts extends Pick<Ports, 'signal' | 'clock' | 'line' | 'lockedTokens'> {
  readonly terminal: Pick<Ports['terminal'], 'during' | 'note' | 'event' | 'ask'>;
}

/** A token to burn, and the person's consent to it. */
interface Burning {
  readonly token: Place;
  readonly target: BurnTarget;
  /** The token in prompts, where it has a display. */
  readonly about: HeldToken | LooseToken;
  /** The label of what a person agreed to replace. */
  readonly mayReplace: string | undefined;
  /** Called before the first write of each attempt. */
  readonly onWriting: () => void;
  /** Waits for the same token again. */
  readonly layAgain: () => Promise<LaidToken>;
}

/**
 * Burns the seed. If the token leaves the reader in between, the next attempt finds out how far this one got, and writes
 * only what is missing; where the token cannot show that, a code of its display decides. A token that refuses is not asked
 * twice, because older ones lock.
 *
 * @returns what the token says of itself after the burn
 */
export async function burn(
  ports: BurnPorts,
  phase: Pick<SeedPhase, 'burn' | 'occupancy' | 'judge'>,
  burning: Burning,
): Promise<TokenInfo> {
  return unlessLocked(ports, burning.about, () => burnUntilWritten(ports, phase, burning));
}

async function burnUntilWritten(
  ports: BurnPorts,
  phase: Pick<SeedPhase, 'burn' | 'occupancy' | 'judge'>,
  burning: Burning,
): Promise<TokenInfo> {
  const { terminal } = ports;
  const { token, layAgain } = burning;
  const progress = { hasWritten: false };
  for (let attempt = 1; ; attempt++) {
    try {
      const burned = await burnOnce(ports, phase, { ...burning, attempt, progress });
      checkSerial(burned, token);
      if (burned.isInDoubt !== true || (await showsItsSeed(ports, phase, burning))) {
        return burned;
      }
      if (attempt >= BURN_ATTEMPTS) {
        throw new RunbookError('code/wrong', `${token.serial} does not take the seed`, {
          hints: ['use another token, declared in tokens.yaml'],
        });
      }
      terminal.note(
        `the seed is not on ${token.serial}: lay it on the reader again, switched on if it has a switch`,
      );
    } catch (error) {
      if (!(error instanceof CardGoneError) || attempt >= BURN_ATTEMPTS) {
        throw error;
      }
      terminal.note(
        `the token left the reader (${error.message}): lay ${token.serial} back on, switched on if it has a switch`,
      );
    }
    await layAgain();
  }
}

async function burnOnce(
  { terminal, signal }: BurnPorts,
  phase: Pick<SeedPhase, 'burn' | 'occupancy'>,
  {
    token,
    target,
    mayReplace,
    onWriting,
    attempt,
    progress,
  }: Burning & { readonly attempt: number; readonly progress: { hasWritten: boolean } },
): Promise<BurnedToken> {
  if (attempt > 1 && (progress.hasWritten || mayReplace !== undefined)) {
    // The last attempt may have filled the place, and a driver overwrites only what was read since the token is back.
    const found = await phase.occupancy(target);
    if (!progress.hasWritten && found.state === 'filled' && found.label !== mayReplace) {
      throw placeFilled(token, found.label);
    }
  }
  function onFirstWrite(): void {
    progress.hasWritten = true;
    onWriting();
  }
  const burning = phase.burn(target, onFirstWrite, signal);
  return terminal.during('burning: leave the token on the reader', burning);
}

/** Has one code of the display decide whether the token took a seed whose write it did not answer. */
async function showsItsSeed(
  ports: BurnPorts,
  phase: Pick<SeedPhase, 'judge'>,
  { token, about }: Burning,
): Promise<boolean> {
  const { terminal, clock } = ports;
  terminal.note(`${token.serial} did not confirm the seed, but may hold it: its code will tell`);
  terminal.event('burn-in-doubt', { serial: token.serial });
  terminal.note(howToRead(token));
  const typed = await askDoubtedCode(ports, about);
  return typed !== undefined && (await phase.judge(typed, clock.now() / 1000)).verdict !== 'stranger';
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
  const tolerance = SET_CLOCK_TOLERANCE_SECONDS + (wasSetBefore ? CLOCK_TOLERANCE_SECONDS : 0);
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
