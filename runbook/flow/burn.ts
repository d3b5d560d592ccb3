/** Step 5: the seed goes onto the token, and the token's clock is read back. */
import type { SlotToken } from '../../lib/record/record';
import { RunbookError } from '../runbook-error';
import type { Seed } from '../seed';
import { CardGoneError } from '../token/transport';
import type { Ports } from './ports';
import { awaitToken, checkDeclared, type PresentToken } from './token-on-reader';
import type { World } from './world';

/** How far the token's clock may be from ours after it was set: seconds. */
const TOKEN_CLOCK_TOLERANCE_SECONDS = 2;

/** How often a burn is begun again after the token left the reader. */
const BURN_ATTEMPTS = 4;

/** What a burn needs beside the token. */
export interface BurnRequest {
  readonly declared: SlotToken;
  readonly seed: Seed;
  readonly reader: string | undefined;
  readonly command: string;
}

/**
 * Burns the seed, and burns it again from the beginning when the token leaves the reader in between: the seed is in
 * memory until it is proven. A token that refuses is not asked twice, because older ones lock.
 */
export async function burn(
  present: PresentToken,
  request: BurnRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<PresentToken> {
  let token = present;
  for (let attempt = 1; ; attempt++) {
    try {
      await burnOnce(token, request.seed, ports, world, signal);
      return token;
    } catch (error) {
      if (!(error instanceof CardGoneError) || attempt === BURN_ATTEMPTS) throw error;
      ports.terminal.note(
        `the token left the reader (${error.message}); switch it on and lay ${request.declared.serial} back on`,
      );
      token = await tokenAgain(request, ports, signal);
    }
  }
}

async function tokenAgain(request: BurnRequest, ports: Ports, signal: AbortSignal): Promise<PresentToken> {
  const token = await awaitToken(ports, request.reader, 'waiting for the token', signal);
  checkDeclared(token, request.declared, request.seed.length, request.command);
  return token;
}

async function burnOnce(
  token: PresentToken,
  seed: Seed,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  // The token takes whole seconds: the nearest one is at most half a second off.
  const nowSeconds = (): number => Math.round(ports.clock.now() / 1000);
  // Asked for the time immediately before the first write: the last moment to stop, and from here on nobody can say
  // what the token holds until it answers.
  const beginWriting = (): number => {
    signal.throwIfAborted();
    world.token = 'perhaps-written';
    return nowSeconds();
  };
  await ports.terminal.during(
    'burning: leave the token on the reader',
    token.driver.burn(seed, beginWriting),
  );
  world.token = 'written';
  const { clock } = await token.driver.info();
  const offset = clock - nowSeconds();
  if (Math.abs(offset) <= TOKEN_CLOCK_TOLERANCE_SECONDS) return;
  throw new RunbookError(
    'token/clock-off',
    `the token's clock is ${Math.abs(offset)} s ${offset > 0 ? 'ahead' : 'behind'} after it was set`,
    { hints: ['the token does not keep time: put it aside and use another one, declared in tokens.yaml'] },
  );
}
