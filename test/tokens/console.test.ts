import { Seed } from '../../runbook/seed';
import { identifyToken } from '../../runbook/token/identify';
import { vectorSeed } from '../runbook/token/vectors';
import { obey } from './console';
import { VirtualToken2Single } from './token2-single';
import { VirtualReaders } from './virtual-readers';

const TARGET = { label: '' };

function clock() {
  return 1_700_000_000_000;
}

function makeConsole() {
  const token = new VirtualToken2Single({ serial: '86596220000001', clock });
  const readers = new VirtualReaders();
  let isLaid = false;
  const reader = {
    get isLaid() {
      return isLaid;
    },
    async lay() {
      isLaid = true;
      readers.lay(token);
    },
    async pull() {
      isLaid = false;
      readers.pull();
    },
  };
  return { readers, reader, type: (line: string) => obey(line, token, reader) };
}

test('what a person types is what a person sees', async () => {
  const { readers, type, reader } = makeConsole();
  expect(await type('look')).toBe('off');
  expect(await type('press')).toBe('------');
  expect(await type('lay')).toBe('on the reader');
  const { driver } = await identifyToken(await readers.card(undefined, AbortSignal.timeout(1_000)));
  await driver.burn(Seed.fromBytes(vectorSeed('aws40')), TARGET, () => 1_700_000_000);
  expect(await type('pull')).toBe('off the reader');
  expect(reader.isLaid).toBe(false);
  expect(await type('')).toBe('------');
  expect(await type('Code ')).toBe('809936');
  expect(await type('press')).toBe('off');
  expect(await type('quit')).toBeUndefined();
});

test('an unknown word is answered with those known', async () => {
  const { type } = makeConsole();
  expect(await type('seed')).toMatch(
    /^unknown command "seed"; use one of these:\npress {3}press the power button/,
  );
  expect(await type('help')).toContain('pull    take it off the reader');
});
