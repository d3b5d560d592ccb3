/** A key that a token refused is never sent to it again by one seed phase, whatever happens on the reader. */
import { systemClock } from '../../../runbook/clock';
import { LocalSeedPhase } from '../../../runbook/seed-phase/local-seed-phase';
import { identifyToken } from '../../../runbook/token/identify';
import { NO_INPUT } from '../../support/local-seed-phases';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { VirtualYkOath } from '../../tokens/ykoath';

const SERIAL = '826658719844499';
const KEY = 'another customer key';

let readers: VirtualReaders;
let phase: LocalSeedPhase;
beforeEach(() => {
  readers = new VirtualReaders();
  phase = new LocalSeedPhase({
    aws: { createDevice: () => Promise.reject(new Error('no device is made here')) },
    readers,
    trace: (transport) => transport,
    clock: systemClock,
    input: NO_INPUT,
  });
});
afterEach(() => phase.end());

function molto2(serial = SERIAL): VirtualMolto2 {
  return new VirtualMolto2({ serial, clock: Date.now, customerKey: Buffer.from(KEY) });
}

async function lay(token: VirtualMolto2): Promise<void> {
  readers.lay(token);
  await phase.layToken(undefined, new AbortController().signal);
}

const NEEDED = { name: 'TokenLockedError', problem: 'needed' };

test('the key that a token came with costs one try, however often the token comes back', async () => {
  const token = molto2();
  const tries = token.triesLeft;
  for (let round = 0; round < 3; round++) {
    await lay(token);
    await expect(phase.authenticate()).rejects.toMatchObject(NEEDED);
  }
  expect(token.triesLeft).toBe(tries - 1);
  await phase.unlock(KEY);
  await phase.authenticate();
  await lay(token);
  await phase.authenticate();
});

test('no answer may have cost a try as well: it is sent once more, and no more', async () => {
  const token = molto2();
  const tries = token.triesLeft;
  for (let round = 0; round < 2; round++) {
    await lay(token);
    // Get info and get challenge come before it.
    token.fail({ pull: { at: 3, effect: 'done' } });
    await expect(phase.authenticate()).rejects.toMatchObject({ command: 'authenticate' });
    token.fail({});
  }
  const left = token.triesLeft;
  await lay(token);
  await expect(phase.authenticate()).rejects.toMatchObject(NEEDED);
  expect(token.triesLeft).toBe(left);
  expect(left).toBeGreaterThanOrEqual(tries - 2);
});

test('another token is judged by itself', async () => {
  await lay(molto2());
  await expect(phase.authenticate()).rejects.toMatchObject(NEEDED);
  const other = new VirtualMolto2({ serial: '826658719844500', clock: Date.now });
  await lay(other);
  await phase.authenticate();
});

test('the key of a driver that was told to forget it opens nothing, and costs no try', async () => {
  const token = new VirtualMolto2({ serial: SERIAL, clock: Date.now });
  readers.lay(token);
  const signal = new AbortController().signal;
  const { driver } = await identifyToken(await readers.card(undefined, signal), (transport) => transport);
  await driver.authenticate?.();
  const tries = token.triesLeft;
  driver.forget?.();
  await expect(driver.authenticate?.()).rejects.toMatchObject(NEEDED);
  expect(token.triesLeft).toBe(tries);
});

test('a key of a password asks for it again after its driver forgot it', async () => {
  const key = new VirtualYkOath({ password: 'correct horse' });
  readers.lay(key);
  const signal = new AbortController().signal;
  const { driver } = await identifyToken(await readers.card(undefined, signal), (transport) => transport);
  await driver.unlock?.(new TextEncoder().encode('correct horse'));
  expect(await driver.contents?.()).toEqual([]);
  driver.forget?.();
  await expect(driver.contents?.()).rejects.toMatchObject(NEEDED);
});
