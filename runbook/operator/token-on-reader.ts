/** Step 3: the token is on the reader and is the one that the record declares. Writes nothing. */
import type { Token, TokenType } from '../../lib/record/record';
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import type { Clock } from '../clock';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { LaidToken } from '../seed-phase/seed-phase';
import type { TokenInfo } from '../token/driver';
import { type IdentifiedToken, identifyToken } from '../token/identify';
import { type Card, ReaderError, type ReaderFault } from '../token/readers';
import { CardGoneError } from '../token/transport';

/** The wait for a token ends after this long. */
export const CARD_WAIT_SECONDS = 60;

/** Reads a token on this process's own reader, without a seed phase. */
export function layToLook(
  ports: Ports,
  reader: string | undefined,
): (signal: AbortSignal) => Promise<IdentifiedToken & { readonly card: Card }> {
  return async (signal) => {
    const card = await ports.readers.card(reader, signal);
    return { card, ...(await identifyToken(card, ports.trace)) };
  };
}

/**
 * Waits for a card and asks it what it is; fails after a minute without one. Shows nothing.
 *
 * @param lay does that on this process's reader, or in a seed phase
 */
export async function layInTime<T>(
  { clock, signal }: Ports,
  lay: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const deadline = clock.sleep(CARD_WAIT_SECONDS * 1000, either).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    // An exchange with a token that does not answer takes seconds: Ctrl-C does not wait for it.
    return await Promise.race([lay(either), abortOf(signal, giveUp.signal)]);
  } catch (error) {
    signal.throwIfAborted();
    if (!giveUp.signal.aborted) {
      throw error;
    }
    throw new RunbookError('token/absent', `no token was on the reader for ${CARD_WAIT_SECONDS} s`, {
      hints: [
        'switch the token on if it has a switch (hold its button until the display lights up), lay it flat on the reader or plug it in, and run `{command}` again',
      ],
      cause: error,
    });
  } finally {
    giveUp.abort();
    await deadline;
  }
}

/** Rejects when the signal is aborted. @param over nobody waits anymore */
function abortOf(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over });
  });
}

/** Begins to wait for a token, and counts down. */
export function secondsLeft(clock: Clock): () => number {
  const untilMs = clock.now() + CARD_WAIT_SECONDS * 1000;
  return () => Math.max(0, Math.ceil((untilMs - clock.now()) / 1000));
}

/** PC/SC may show a card for some hundred milliseconds after it left. */
const READ_PAUSE_MS = 600;

/** Tells whether the token is there but off, or moved. */
export function isMute(error: unknown): boolean {
  return error instanceof CardGoneError || isFault(error, 'mute-card');
}

function isFault(error: unknown, fault: ReaderFault): boolean {
  return error instanceof ReaderError && error.fault === fault;
}

const MUTE = 'the token does not answer: leave it on the reader, switched on if it has a switch';
const UNPLUGGED = 'the reader was unplugged: plug it in again';

/**
 * Waits for a token that answers, and for a reader that was unplugged; counts down.
 *
 * @param message what the operator does; the seconds that are left follow it
 * @throws what `lay` throws: ForeignCardError, CardGoneError, …
 */
export async function awaitToken<T>(
  ports: Ports,
  message: string,
  lay: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let left = secondsLeft(ports.clock);
  const laying = layUntilItAnswers(ports, lay, () => {
    left = secondsLeft(ports.clock);
  });
  return ports.terminal.during(() => `${message} (waiting for ${left()} s)`, laying);
}

/** @param onAgain told when the time begins again */
async function layUntilItAnswers<T>(
  ports: Ports,
  lay: (signal: AbortSignal) => Promise<T>,
  onAgain: () => void,
): Promise<T> {
  const { clock, terminal, signal } = ports;
  const until = clock.now() + CARD_WAIT_SECONDS * 1000;
  let told = '';
  for (;;) {
    try {
      return await layInTime(ports, lay);
    } catch (error) {
      // A reader that is missing from the beginning is a mistake; one that was unplugged may come back.
      const isUnplugged = isFault(error, 'unplugged') || (told === UNPLUGGED && isFault(error, 'no-reader'));
      if (!(isMute(error) || isUnplugged) || clock.now() >= until) {
        throw error;
      }
      const note = isUnplugged ? UNPLUGGED : MUTE;
      if (note !== told) {
        terminal.note(note);
      }
      told = note;
      await clock.sleep(READ_PAUSE_MS, signal);
      onAgain();
    }
  }
}

/**
 * Asks for a token to be laid on the reader, in words that every ceremony uses.
 *
 * @param type a key and a multi-profile token have no switch; without a type, it may be any
 */
export function layRequest(what: string, type?: TokenType): string {
  const deeds: Readonly<Partial<Record<TokenType, string>>> = {
    programmable: `switch ${what} on and lay it on the reader`,
    oath: `lay ${what} on the reader, or plug it in`,
    molto2: `plug ${what} into a USB port`,
  };
  const anyKind = `lay ${what} on the reader, switched on if it has a switch, or plug it in`;
  return (type === undefined ? undefined : deeds[type]) ?? anyKind;
}

/** Refuses a token that is not the declared one, or is of another kind. */
export function checkToken(
  { info, type }: { readonly info: TokenInfo; readonly type: TokenType },
  declared: Token,
): void {
  if (type !== declared.type) {
    throw new RunbookError(
      'token/wrong-kind',
      `the token on the reader is ${TOKEN_KINDS[type].noun} (${info.serial}), but the record declares ${declared.serial} as ${TOKEN_KINDS[declared.type].noun}`,
      {
        hints: [
          'swap the token and run `{command}`',
          `if ${info.serial} is the right one, correct its type (${type}) in tokens.yaml and run \`cdk deploy\``,
        ],
      },
    );
  }
  checkSerial(info, declared);
}

/** Refuses a token with another serial than the declared one. */
export function checkSerial(info: TokenInfo, declared: Pick<Token, 'serial'>): void {
  if (info.serial !== declared.serial) {
    throw new RunbookError(
      'token/wrong-serial',
      `the token on the reader is ${info.serial}, but the record declares ${declared.serial}`,
      { hints: ['swap the token and run `{command}`'] },
    );
  }
}

/** Length of the seeds that AWS makes, in bytes: a token that takes fewer is refused before a device is made. */
export const AWS_SEED_BYTES = 40;

/** Seeds shorter than this are refused: 160 bits, as RFC 4226 recommends. */
const SHORTEST_SEED_BYTES = 20;

/** Refuses a seed of AWS that is too short, and notes one of an unusual length. */
export function checkMadeSeed({ terminal }: Pick<Ports, 'terminal'>, seedBytes: number): void {
  if (seedBytes < SHORTEST_SEED_BYTES) {
    throw new RunbookError(
      'aws/failed',
      `AWS made a seed of ${countOf(seedBytes, 'byte')}, and fewer than ${SHORTEST_SEED_BYTES} are not safe`,
      {
        hints: [
          'check what AWS_ENDPOINT_URL and the proxy lead to, then run `{command}` again',
          'if it is AWS, report it to AWS: its seeds have 40 bytes',
        ],
      },
    );
  }
  if (seedBytes !== AWS_SEED_BYTES) {
    terminal.note(`the seed has ${seedBytes} bytes; AWS's had ${AWS_SEED_BYTES} until now`);
    terminal.event('seed-length', { seedBytes, expected: AWS_SEED_BYTES });
  }
}

/** Refuses a token whose memory is too short for the seed. */
export function checkCapacity({ info, seedCapacity }: LaidToken, seedBytes: number): void {
  if (seedCapacity < seedBytes) {
    throw new RunbookError(
      'token/seed-too-long',
      `a ${info.model} takes seeds of up to ${seedCapacity} bytes, but AWS's have ${seedBytes}`,
      { hints: ['use a second-generation token, such as an OTPC-P2-i'] },
    );
  }
}
