import { Seed } from '../../runbook/seed';
import { identifyToken } from '../../runbook/token/identify';
import { vectorSeed } from '../runbook/token/vectors';
import { type Operated, obey, operateMolto2, operateOath, operateSingle } from './console';
import { VirtualMolto2 } from './token2-molto2';
import { VirtualToken2Single } from './token2-single';
import { VirtualReaders } from './virtual-readers';
import { VirtualYkOath } from './ykoath';

const TARGET = { label: '' };

function clock() {
  return 1_700_000_000_000;
}

function makeConsole(
  operated: Operated = operateSingle(new VirtualToken2Single({ serial: '86596220000001', clock })),
) {
  const readers = new VirtualReaders();
  let isLaid = false;
  const reader = {
    get isLaid() {
      return isLaid;
    },
    async lay() {
      isLaid = true;
      readers.lay(operated.card);
    },
    async pull() {
      isLaid = false;
      readers.pull();
    },
  };
  return { readers, reader, type: (line: string) => obey(line, operated, reader) };
}

test('what a person types is what a person sees', async () => {
  const { readers, type, reader } = makeConsole();
  expect(await type('look')).toBe('off');
  expect(await type('press')).toBe('------');
  expect(await type('lay')).toBe('on the reader');
  const { driver } = await identifyToken(await readers.card(undefined, AbortSignal.timeout(30_000)));
  await driver.burn(Seed.fromBytes(vectorSeed('aws40')), TARGET, () => 1_700_000_000);
  expect(await type('pull')).toBe('off the reader');
  expect(reader.isLaid).toBe(false);
  expect(await type('')).toBe('------');
  expect(await type('Code ')).toBe('809936');
  expect(await type('press')).toBe('off');
  expect(await type('quit')).toBeUndefined();
});

test('a Molto2 shows the code of each profile, and has a button that confirms', async () => {
  const token = new VirtualMolto2({ serial: '826658719844499', clock });
  const { type } = makeConsole(operateMolto2(token));
  expect(await type('')).toMatch(/^00 \d{6} Token2$/);
  expect(await type('code')).toMatch(/^00 \d{6} Token2$/);
  expect(await type('code 7')).toBe('07 ------');
  expect(await type('code 100')).toBe('100 nothing');
  expect(await type('up')).toBe('pressed');
  expect(await type('lay')).toBe('on the reader');
  expect(await type('press')).toContain('unknown command "press"');
});

test('an unknown word is answered with those known', async () => {
  const { type } = makeConsole();
  expect(await type('seed')).toMatch(
    /^unknown command "seed"; use one of these:\npress {3}press the power button/,
  );
  expect(await type('help')).toContain('pull    take it off the reader');
});

test('an OATH key shows the names of its credentials, and has a button to touch', async () => {
  const { readers, type } = makeConsole(operateOath(new VirtualYkOath()));
  expect(await type('look')).toBe('no credentials');
  expect(await type('touch')).toBe('touched, but it was not waiting for that');
  await type('lay');
  const { driver } = await identifyToken(await readers.card(undefined, AbortSignal.timeout(30_000)));
  await driver.burn(Seed.fromBytes(vectorSeed('aws40')), { label: 'AWS' }, () => 1_700_000_000);
  expect(await type('')).toBe('AWS');
});
