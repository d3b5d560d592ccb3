/** Erases the seed of a device that was deleted, if its key is on the reader. A retirement does not wait or fail for that. */
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { IdentifiedToken } from '../token/identify';
import { burnTarget } from './burn';
import { layToLook } from './token-on-reader';

/** A key that is on the reader is found within this time. */
const LOOK_MS = 2000;

/** Removes the credential of the ceremony's token, or says how a person can. */
export async function eraseFromKey(c: Ceremony): Promise<void> {
  const { terminal } = c.ports;
  const { serial } = c.token;
  const target = burnTarget(c);
  const found = await lookForKey(c);
  const isErasable = found?.info.serial === serial && found.driver.lock === undefined;
  if (isErasable && found.driver.erase !== undefined) {
    try {
      await terminal.during(`erasing "${target.label}" from ${serial}`, found.driver.erase(target));
      tellStep(c.ports, 'erased', `${serial} no longer holds "${target.label}"`, { serial });
      return;
    } catch {
      // The note below says what is left to do.
    }
  }
  terminal.note(
    `the key ${serial} may still hold "${target.label}", whose device is deleted: delete it with the vendor's tool`,
  );
  terminal.event('not-erased', { serial, label: target.label });
}

async function lookForKey({ ports, request }: Ceremony): Promise<IdentifiedToken | undefined> {
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
