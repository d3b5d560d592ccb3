/** Step 3: the token lies on the reader and is the one the record declares. Writes nothing. */
import type { Token } from '../../lib/record/record';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { LaidToken } from '../seed-phase/seed-phase';
import type { TokenDriver, TokenInfo } from '../token/driver';
import { identifyToken } from '../token/identify';
import { type Card, ReaderError } from '../token/readers';
import { CardGoneError } from '../token/transport';

/** How long to wait for a token before giving up. */
export const CARD_WAIT_SECONDS = 60;

/** Waits for a token and asks it what it is: on this process's reader, or in a seed phase. */
export type Lay<T> = (signal: AbortSignal) => Promise<T>;

/** A token on this process's own reader. */
export interface PresentToken {
  readonly card: Card;
  readonly driver: TokenDriver;
  readonly info: TokenInfo;
}

/** Lays a token on this process's own reader, to look at it. */
export function layToLook(ports: Ports, reader: string | undefined): Lay<PresentToken> {
  return async (signal) => {
    const card = await ports.readers.card(reader, signal);
    return { card, ...(await identifyToken(ports.trace(card))) };
  };
}

/** Waits for a card and asks it what it is; refuses after a minute without one. Says nothing. */
export async function layInTime<T>(ports: Ports, lay: Lay<T>, signal: AbortSignal): Promise<T> {
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const deadline = ports.clock.sleep(CARD_WAIT_SECONDS * 1000, either).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    return await lay(either);
  } catch (error) {
    signal.throwIfAborted();
    if (!giveUp.signal.aborted) {
      throw error;
    }
    throw new RunbookError('token/absent', `no token was laid on the reader for ${CARD_WAIT_SECONDS} s`, {
      hints: [
        'switch the token on (hold its button until the display lights up), lay it flat on the reader, and run `{command}` again',
      ],
      cause: error,
    });
  } finally {
    giveUp.abort();
    await deadline;
  }
}

/** PC/SC may show a card for some hundred milliseconds after it left. */
const READ_PAUSE_MS = 600;

/** The token lies there but is off, or it moved. */
export function isMute(error: unknown): boolean {
  return error instanceof CardGoneError || (error instanceof ReaderError && error.fault === 'mute-card');
}

/** Waits for a token that answers. Throws what `lay` throws: ForeignCardError, CardGoneError, … */
export async function awaitToken<T>(
  ports: Ports,
  lay: Lay<T>,
  message: string,
  signal: AbortSignal,
): Promise<T> {
  const until = ports.clock.now() + CARD_WAIT_SECONDS * 1000;
  let isTold = false;
  for (;;) {
    try {
      return await ports.terminal.during(message, layInTime(ports, lay, signal));
    } catch (error) {
      if (!isMute(error) || ports.clock.now() >= until) {
        throw error;
      }
      if (!isTold) {
        ports.terminal.note('the token does not answer: switch it on and leave it on the reader');
      }
      isTold = true;
      await ports.clock.sleep(READ_PAUSE_MS, signal);
    }
  }
}

/** Refuses a token that is not the declared one. */
export function checkSerial(info: TokenInfo, declared: Token, command: string): void {
  if (info.serial === declared.serial) {
    return;
  }
  throw new RunbookError(
    'token/wrong-serial',
    `the token on the reader is ${info.serial}, the record says ${declared.serial}`,
    { hints: [`swap the token and run \`${command}\``] },
  );
}

/** Refuses a token whose memory is too short for AWS's seed. */
export function checkCapacity(laid: LaidToken, seedBytes: number): void {
  if (laid.seedCapacity >= seedBytes) {
    return;
  }
  throw new RunbookError(
    'token/seed-too-long',
    `a ${laid.info.model} takes seeds of ${laid.seedCapacity} bytes, AWS's have ${seedBytes}`,
    { hints: ['use a second-generation token, such as an OTPC-P2-i'] },
  );
}
