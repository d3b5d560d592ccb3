/** A drill reads the enrolled token on the reader, and how far its clock is off. Writes nothing. */
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { TokenDriver } from '../token/driver';
import type { IdentifiedToken } from '../token/identify';
import { burnTarget } from './burn';
import type { ComputeCode } from './key-codes';
import { awaitToken, checkToken, layRequest, layToLook } from './token-on-reader';
import { howToRead } from './typed-code';
import { unlockToken } from './unlock';

/** AWS looks for a pair of codes nearly a thousand steps of thirty seconds to either side: 8.3 hours. */
const FINDABLE_SECONDS = 8 * 3600;

/** A token whose clock is off by no more than this shows the expected code. */
const IN_STEP_SECONDS = 2;

/** The enrolled token, as a reader read it. */
export interface ReadToken {
  readonly model: string;
  /** The token's clock minus ours; absent if it has none. */
  readonly offsetSeconds?: number;
  /** Absent if a person reads its codes. */
  readonly compute?: ComputeCode;
}

/** Reads the token on the reader, and refuses another than the declared one. */
export async function readToken(c: Ceremony): Promise<ReadToken> {
  const { ports, request, token } = c;
  const laid = await awaitToken(
    ports,
    layRequest(token.serial, token.type),
    layToLook(ports, request.reader),
  );
  checkToken(laid, token);
  const { serial, model, clock } = laid.info;
  tellStep(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });
  if (clock === undefined) {
    return { model, ...(await keyOf(c, laid.driver)) };
  }
  const offsetSeconds = checkFindable(c, clock);
  ports.terminal.note(howToRead(token));
  return { model, offsetSeconds };
}

/** A key that is on the reader is found within this time. */
const LOOK_MS = 2000;

/** Looks whether a token is on the reader, without waiting for one or failing for that. */
export async function lookForKey({ ports, request }: Ceremony): Promise<IdentifiedToken | undefined> {
  const giveUp = new AbortController();
  const either = AbortSignal.any([ports.signal, giveUp.signal]);
  const timer = ports.clock.sleep(LOOK_MS, either).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    return await layToLook(ports, request.reader)(either);
  } catch {
    return undefined;
  } finally {
    giveUp.abort();
    await timer;
  }
}

/** Reads the ceremony's key if it is on the reader; `undefined` if it is not, or if it is no key. */
export async function readKeyAtHand(c: Ceremony): Promise<ReadToken | undefined> {
  const { serial, type } = c.token;
  const found = TOKEN_KINDS[type].codeSource === 'key' ? await lookForKey(c) : undefined;
  if (found?.info.serial !== serial || found.type !== type) {
    return undefined;
  }
  return { model: found.info.model, ...(await keyOf(c, found.driver)) };
}

/** Makes a key ready to compute the codes of the ceremony's device. */
async function keyOf(c: Ceremony, driver: TokenDriver): Promise<Pick<ReadToken, 'compute'>> {
  if (driver.code === undefined) {
    return {};
  }
  const { lock } = driver;
  await unlockToken(c.ports, { serial: c.token.serial, lock }, async (secret) =>
    driver.unlock?.(new TextEncoder().encode(secret)),
  );
  const target = burnTarget(c);
  return {
    compute: async (counter, onTouch) => (await driver.code?.(target, counter, onTouch)) ?? '',
  };
}

/** Tells how far the token's clock is off. @returns seconds */
function checkFindable({ ports, request, token: { serial } }: Ceremony, clock: number): number {
  // The token reports whole seconds, so half a second is the best guess of the rest.
  const offsetSeconds = clock + 0.5 - ports.clock.now() / 1000;
  const clockOffsetSeconds = Math.round(offsetSeconds);
  const off = `${Math.abs(clockOffsetSeconds)} s ${clockOffsetSeconds > 0 ? 'ahead' : 'behind'}`;
  const isRight = Math.abs(clockOffsetSeconds) <= IN_STEP_SECONDS;
  ports.terminal.say(isRight ? 'its clock is right' : `its clock is ${off}; AWS learns that from the codes`);
  ports.terminal.event('token-clock', { serial, clockOffsetSeconds });
  if (Math.abs(clockOffsetSeconds) > FINDABLE_SECONDS) {
    throw new RunbookError(
      'token/clock-off',
      `the clock of ${serial} is ${off}, and AWS finds no code that is more than eight hours off`,
      {
        hints: [
          `the token does not keep time: run \`mfa-runbook replace ${request.holder} --slot ${request.slot} --reason broken{options}\``,
        ],
        exitCode: 3,
      },
    );
  }
  return offsetSeconds;
}
