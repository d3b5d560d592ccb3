import { DeviceCodes } from './device-codes';
import { StsView } from './sts-view';
import { TokenCodes } from './test-clients';

const arn = 'arn:aws:iam::123456789012:mfa/one';
const start = Date.UTC(2026, 0, 1, 12, 0, 0);

function boundDevice(view: StsView, nowMs = start) {
  const { codes, base32 } = DeviceCodes.create();
  view.announce(arn, { userId: 'AIDA1', codes, offsetSteps: 0 }, nowMs);
  return { codes, token: new TokenCodes(base32) };
}

test('a change reaches STS after ten seconds, not a moment before', () => {
  const view = new StsView(10_000);
  const { token } = boundDevice(view);
  expect(view.verify(arn, 'AIDA1', token.at(start), start + 9_999)).toBe('unavailable');
  expect(view.verify(arn, 'AIDA1', token.at(start), start + 10_000)).toBe('accepted');
});

test('an attempt before the change reaches STS costs budget', () => {
  const view = new StsView(10_000);
  boundDevice(view);
  const outcomes = Array.from({ length: 10 }, (_, attempt) =>
    view.verify(arn, 'AIDA1', 'wrong!', attempt === 0 ? start : start + 10_000),
  );
  expect(outcomes).toEqual(['unavailable', ...Array.from({ length: 8 }, () => 'wrong-code'), 'unavailable']);
});

test('a removed device still signs in until STS hears of it', () => {
  const view = new StsView(10_000);
  const { token } = boundDevice(view);
  view.announce(arn, undefined, start + 60_000);
  expect(view.verify(arn, 'AIDA1', token.at(start + 60_000), start + 69_999)).toBe('accepted');
  expect(view.verify(arn, 'AIDA1', token.at(start + 60_000, 1), start + 70_000)).toBe('unavailable');
});

test('a new seed under the same ARN takes the place of the old one in order', () => {
  const view = new StsView(10_000);
  const old = boundDevice(view);
  view.announce(arn, undefined, start + 60_000);
  const renewed = boundDevice(view, start + 65_000);
  expect(view.verify(arn, 'AIDA1', old.token.at(start + 60_000), start + 66_000)).toBe('accepted');
  expect(view.verify(arn, 'AIDA1', renewed.token.at(start + 60_000), start + 71_000)).toBe('unavailable');
  expect(view.verify(arn, 'AIDA1', renewed.token.at(start + 60_000), start + 75_000)).toBe('accepted');
});

test("somebody else's device is unavailable, and asking does not cost its owner", () => {
  const view = new StsView(0);
  const { token } = boundDevice(view);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    expect(view.verify(arn, 'AIDA2', token.at(start), start)).toBe('unavailable');
  }
  expect(view.verify(arn, 'AIDA1', token.at(start), start)).toBe('accepted');
});

test('nine verifications in three minutes of UTC, right or wrong; the window then opens again', () => {
  const view = new StsView(0);
  const { token } = boundDevice(view);
  const outcomes = Array.from({ length: 10 }, (_, attempt) =>
    view.verify(arn, 'AIDA1', attempt === 0 ? token.at(start) : 'wrong!', start + attempt),
  );
  expect(outcomes).toEqual(['accepted', ...Array.from({ length: 8 }, () => 'wrong-code'), 'unavailable']);
  expect(view.verify(arn, 'AIDA1', token.at(start, 5), start + 179_999)).toBe('unavailable');
  expect(view.verify(arn, 'AIDA1', token.at(start, 6), start + 180_000)).toBe('accepted');
});

test('the budget belongs to the ARN: a new seed does not renew it', () => {
  const view = new StsView(0);
  boundDevice(view);
  for (let attempt = 0; attempt < 9; attempt += 1) {
    view.verify(arn, 'AIDA1', 'wrong!', start);
  }
  const renewed = boundDevice(view, start + 1);
  expect(view.verify(arn, 'AIDA1', renewed.token.at(start), start + 2)).toBe('unavailable');
});
