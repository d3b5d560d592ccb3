import { MovableClock } from '../support/clock';
import { greetPrinted, obeyPrinted } from './console';
import { PrintedFob } from './printed-fob';

/** RFC 6238, Appendix B: the SHA-1 seed; its codes have eight digits, of which six are shown. */
const RFC_SEED = Buffer.from('12345678901234567890');

function rfcFob(unixSeconds: number, clockOffsetSeconds = 0) {
  const clock = new MovableClock(() => unixSeconds * 1000);
  const fob = new PrintedFob({
    serial: 'GAHT12345678',
    seed: RFC_SEED,
    clock: clock.now,
    clockOffsetSeconds,
  });
  return { clock, fob };
}

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('at %d it shows %s, as in RFC 6238', (unixSeconds, code) => {
  expect(rfcFob(unixSeconds).fob.readCode()).toBe(code);
});

test('the display is dark until somebody presses, keeps one code while it is lit, and goes dark', () => {
  const { clock, fob } = rfcFob(59);
  expect(fob.display).toBeUndefined();
  fob.press();
  clock.advance(20_000);
  expect(fob.display).toBe('287082');
  clock.advance(10_000);
  expect(fob.display).toBeUndefined();
  fob.press();
  fob.press();
  expect(fob.display).toBeUndefined();
});

test('its clock can be off, and nobody can set it', () => {
  expect(rfcFob(29, 30).fob.readCode()).toBe('287082');
});

test('a person operates it by lines', () => {
  const { fob } = rfcFob(59);
  const help = obeyPrinted('help', fob) ?? '';
  expect(help).toContain('press the button');
  expect([greetPrinted('GAHT1', false), greetPrinted('GAHT1', true)]).toEqual([
    'token GAHT1, switched off',
    `token GAHT1, switched off\n${help}`,
  ]);
  expect(obeyPrinted('look', fob)).toBe('off');
  expect(obeyPrinted('press', fob)).toBe('287082');
  expect(obeyPrinted('code', fob)).toBe('287082');
  expect(obeyPrinted('lay', fob)).toContain('unknown command');
  expect(obeyPrinted('quit', fob)).toBeUndefined();
});

test('no form of it shows its seed', () => {
  const { fob } = rfcFob(59);
  expect(JSON.stringify(fob)).not.toContain('123456789012345678');
  expect(fob.serial).toBe('GAHT12345678');
});
