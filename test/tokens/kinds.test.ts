import { Seed } from '../../runbook/seed';
import { type IdentifiedToken, identifyToken } from '../../runbook/token/identify';
import { vectorSeed } from '../runbook/token/vectors';
import { KINDS, LOCK_SECRET } from './kinds';
import { VirtualReaders } from './virtual-readers';

const TARGET = { label: 'AWS', profile: 7 };
const LOCKED = Object.keys(KINDS).filter((name) => KINDS[name]?.hasLock === true);

function identify(name: string, isLocked: boolean): Promise<IdentifiedToken> {
  const kind = KINDS[name];
  if (kind === undefined) {
    throw new Error(`there is no kind ${name}`);
  }
  const readers = new VirtualReaders();
  readers.lay(kind.make({ serial: kind.serial, clockOffsetSeconds: 0, isLocked }).card);
  return readers.card(undefined, AbortSignal.timeout(30_000)).then(identifyToken);
}

function burn({ driver }: IdentifiedToken): Promise<unknown> {
  return driver.burn(Seed.fromBytes(vectorSeed('aws40')), TARGET, () => 1_700_000_000);
}

test.each(Object.keys(KINDS))('a %s has its serial, and takes a seed', async (name) => {
  const token = await identify(name, false);
  expect(token).toMatchObject({ type: name, info: { serial: KINDS[name]?.serial } });
  await burn(token);
});

test.each(LOCKED)('a %s that starts locked takes a seed once its secret is entered', async (name) => {
  const shut = await identify(name, true);
  await expect(burn(shut)).rejects.toMatchObject({ name: 'TokenLockedError' });
  const wrong = await identify(name, true);
  await expect(wrong.driver.unlock?.(Buffer.from('wrong'))).rejects.toMatchObject({ problem: 'wrong' });
  const open = await identify(name, true);
  await open.driver.unlock?.(Buffer.from(LOCK_SECRET));
  await burn(open);
});

test('one kind of each driver that has a lock can start locked', () => {
  expect(LOCKED).toEqual(['molto2', 'oath']);
});
