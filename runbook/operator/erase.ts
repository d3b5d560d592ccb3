/** Erases the seed of a device that was deleted, if its key is on the reader. A retirement does not wait or fail for that. */
import { parseDeviceArn } from '../../lib/record/names';
import { isSamePlace, type Place } from '../../lib/record/place';
import type { Token } from '../../lib/record/record';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { TOKEN_KINDS } from '../record/token-kinds';
import type { BurnTarget, TokenDriver } from '../token/driver';
import { burnTarget } from './burn';
import { lookForKey } from './read-token';
import { unlockToken } from './unlock';

/** Removes the credential of the ceremony's token, or says how a person can. */
export async function eraseFromKey(c: Ceremony): Promise<void> {
  const { terminal } = c.ports;
  const { serial } = c.token;
  const target = burnTarget(c);
  const needed = await neededBy(c);
  if (needed !== undefined) {
    terminal.note(`the key ${serial} keeps "${target.label}": ${needed} still needs it`);
    terminal.event('kept', { serial, label: target.label, deviceArn: needed });
    return;
  }
  const found = await lookForKey(c);
  if (found?.info.serial === serial) {
    const { driver } = found;
    try {
      await unlockToken(c.ports, { serial, lock: driver.lock }, async (secret) =>
        driver.unlock?.(new TextEncoder().encode(secret)),
      );
      await terminal.during(`erasing "${target.label}" from ${serial}`, erase(driver, target));
      tellStep(c.ports, 'erased', `${serial} no longer holds "${target.label}"`, { serial });
      return;
    } catch {
      c.ports.signal.throwIfAborted();
      // The note below says what is left to do.
    }
  }
  const erasing = c.ports.line.other('token', 'erase', serial, '--credential', target.label);
  terminal.note(
    `the key ${serial} may still hold "${target.label}", whose device is deleted: lay it on the reader and run \`${erasing}\``,
  );
  terminal.event('not-erased', { serial, label: target.label });
}

/**
 * Finds the device of another fleet that signs in with the same credential: its label names no fleet.
 *
 * @returns its ARN; `undefined` if nobody needs the credential
 */
async function neededBy({ ports, request, token }: Ceremony): Promise<string | undefined> {
  const { fleet, holder, slot } = request;
  const devices = await ports.aws.virtualDevices();
  return devices.find(({ arn }) => {
    const name = parseDeviceArn(arn);
    const hasSameLabel = name?.holder === holder && name.slot === slot;
    return hasSameLabel && name.fleet !== fleet && isSamePlace(name, token);
  })?.arn;
}

/**
 * Does the same for the token that a replacement took out of the slot, if it is a key that is at hand.
 *
 * @param old the place of the token that was taken out
 */
export async function eraseReplaced(c: Ceremony, old: Place, declared: readonly Token[]): Promise<void> {
  const token = declared.find((each) => isSamePlace(each, old));
  if (token !== undefined && TOKEN_KINDS[token.type].codeSource === 'key') {
    await eraseFromKey({ ...c, token: { ...token, slot: c.request.slot } });
  }
}

async function erase(driver: TokenDriver, target: BurnTarget): Promise<void> {
  if (driver.erase === undefined) {
    throw new Error(`the driver ${driver.id} erases nothing`);
  }
  await driver.erase(target);
}
