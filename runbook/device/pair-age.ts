/**
 * The age of a pair of codes: from the end of the second code's step to AWS's answer, with every attempt and whatever
 * else came between.
 *
 * AWS takes a pair that is hours old, and stores how old it was as the token's clock; sign-in then refuses the codes that
 * the token shows. It forgives two steps. So the acceptance of an older pair proves nothing, and newer codes are needed:
 * with ResyncMFADevice, which takes them for a device that is enabled, and may be repeated.
 */
import { AwsFault } from '../aws/aws';
import { isLost } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import type { CodePair } from '../token/codes';
import { patiently } from './iam';

/** The largest age at which an acceptance is believed: less than the two steps that sign-in forgives. */
export const BELIEVED_SECONDS = 45;

/** Tells whether AWS took a pair while it was new enough. @param takenAtMs Unix milliseconds */
export function isBelievable({ endsAtMs }: Pick<CodePair, 'endsAtMs'>, takenAtMs: number): boolean {
  return takenAtMs <= endsAtMs + BELIEVED_SECONDS * 1000;
}

/** An Enable that an earlier run began takes effect within this time, or its codes are too old: seconds. */
const AT_ONCE_SECONDS = 10;

/**
 * Judges an Enable of an earlier run, which began it as soon as the codes were typed: they are 35 s old then at most.
 *
 * @param begunAt when the journal says that it was begun; ISO 8601
 * @param enabledAt when IAM says that it enabled the device
 */
export function wasEnabledAtOnce(begunAt: string | undefined, enabledAt: Date | undefined): boolean {
  if (begunAt === undefined || enabledAt === undefined) {
    return false;
  }
  return Math.abs(enabledAt.getTime() - Date.parse(begunAt)) <= AT_ONCE_SECONDS * 1000;
}

/** Seconds before a pair is sent again. */
const AGAIN_AFTER: readonly number[] = [1, 3];

/**
 * Sends a pair. The SDK sends it once, so a lost answer is seen here: the pair is sent again while it is new enough. AWS
 * takes it once, whatever was lost: the refusal of a second attempt says nothing of the first.
 */
export async function sendPair(
  ports: Ports,
  pair: CodePair,
  send: (codes: readonly [string, string]) => Promise<void>,
): Promise<void> {
  for (const seconds of AGAIN_AFTER) {
    try {
      return await patiently(ports, () => send(pair.codes));
    } catch (error) {
      const wasLost = error instanceof AwsFault && isLost(error);
      if (!wasLost || !isBelievable(pair, ports.clock.now() + seconds * 1000)) {
        throw error;
      }
      await ports.clock.sleep(seconds * 1000, ports.signal);
    }
  }
  return patiently(ports, () => send(pair.codes));
}
