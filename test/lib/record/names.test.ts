import * as fc from 'fast-check';
import {
  devicePath,
  evidenceName,
  formatDeviceArn,
  formatDeviceName,
  holderTag,
  isDeviceOf,
  isSameUser,
  manifestName,
  normalizePrintedSerial,
  pageName,
  parseDeviceArn,
  parseDeviceName,
  parseRootDeviceName,
  parseRootHolder,
  rootDeviceName,
  rootHolder,
} from '../../../lib/record/names';
import { fleetName, forAll, holderName, serial, slotName } from './random-record';

const partition = fc.constantFrom('aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-eusc');
const account = fc.stringMatching(/^\d{12}$/);
const deviceName = fc.oneof(
  fc.record({ holder: holderName, slot: slotName, serial }),
  fc.record({ holder: holderName, slot: slotName, serial, profile: fc.integer({ min: 0, max: 99 }) }),
);

test('the record is below the fleet, the devices too', () => {
  expect(manifestName('break-glass')).toBe('/mfa-guardrails/break-glass/record/manifest');
  expect(pageName('break-glass', 12)).toBe('/mfa-guardrails/break-glass/record/page/12');
  expect(devicePath('break-glass')).toBe('/mfa-guardrails/break-glass/');
});

test.each([
  ['alice.breakglass', 'alice.breakglass'],
  ['alice@example.com', 'alice_40example.com'],
  ['a_b', 'a_5Fb'],
  ['a+b=c,d-e', 'a_2Bb_3Dc_2Cd-e'],
])('the evidence of %s is below %s', (holder, segment) => {
  expect(evidenceName('f', holder, 'primary')).toBe(`/mfa-guardrails/f/evidence/${segment}/primary`);
});

test.each([
  ['alice', 'alice', true],
  ['alice', 'Alice', true],
  ['alice', 'alicia', false],
  ['alice', '', false],
])('%j and %j are one IAM user: %s', (one, other, isOne) => {
  expect(isSameUser(one, other)).toBe(isOne);
  expect(isSameUser(other, one)).toBe(isOne);
});

test('evidence names hold only what SSM allows, and tell any two slots of any two holders apart', () => {
  const slot = fc.tuple(fleetName, holderName, slotName);
  forAll(fc.tuple(slot, slot), ([a, b]) => {
    expect(evidenceName(...a)).toMatch(/^\/[a-zA-Z0-9_.\-/]+$/);
    expect(evidenceName(...a) === evidenceName(...b)).toBe(a.join('\n') === b.join('\n'));
  });
});

test('a holder can be read back from its evidence name, so no two share one', () => {
  forAll(holderName, (holder) => {
    const segment = evidenceName('f', holder, 's').split('/')[4] ?? '';
    const decoded = segment.replace(/_([0-9A-F]{2})/g, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    expect(decoded).toBe(holder);
  });
});

test('a device name is read back from the right, whatever dots the holder has', () => {
  expect(parseDeviceName('alice.b.c.primary.86596220000001')).toEqual({
    holder: 'alice.b.c',
    slot: 'primary',
    serial: '86596220000001',
  });
  forAll(deviceName, (name) => {
    expect(parseDeviceName(formatDeviceName(name))).toEqual(name);
  });
});

test.each([
  ['self', 'root'],
  ['123456789012', 'root@123456789012'],
])('the root of %s is the holder %s, and back', (id, holder) => {
  expect(rootHolder(id)).toBe(holder);
  expect(parseRootHolder(holder)).toBe(id);
  expect(evidenceName('f', holder, 'primary')).toMatch(
    /^\/mfa-guardrails\/f\/evidence\/root(_40\d{12})?\/primary$/,
  );
});

test.each(['', 'Root', 'root@', 'root@12345678901', 'root@1234567890123', 'root@alias', 'alice', 'root.x'])(
  '%j is no root',
  (holder) => {
    expect(parseRootHolder(holder)).toBeUndefined();
  },
);

test('the name of a device of root is read back', () => {
  expect(rootDeviceName({ slot: 'primary', serial: 'M1', profile: 7 })).toBe('root.primary.M1+07');
  forAll(deviceName, ({ holder: _, ...place }) => {
    expect(parseRootDeviceName(rootDeviceName(place))).toEqual(place);
  });
  for (const text of ['root', 'root-account-mfa-device', 'alice.primary.M1', 'root.M1', 'root.a.b.c']) {
    expect(parseRootDeviceName(text)).toBeUndefined();
  }
});

test.each([
  ['GAHT12345678', 'GAHT12345678'],
  ['gaht 1234-5678', 'GAHT12345678'],
  [' GAHT\u00a012345678\n', 'GAHT12345678'],
  ['straße', 'STRAßE'],
])('the printed serial %j is %s', (text, normal) => {
  expect(normalizePrintedSerial(text)).toBe(normal);
});

test.each([
  ['phone'],
  ['alice.phone'],
  ['alice..86596220000001'],
  ['.primary.86596220000001'],
  ['alice.primary.'],
  ['alice.Primary.86596220000001'],
  ['alice.primary.8659 6220'],
  ['alice.primary.8659+7'],
  ['alice.primary.8659+007'],
  ['alice.primary.+07'],
  ['alice.pri+07.8659'],
  ['ali ce.primary.86596220000001'],
  [`${'a'.repeat(65)}.primary.86596220000001`],
])('%j is not a device name of ours', (text) => {
  expect(parseDeviceName(text)).toBeUndefined();
});

test('a device ARN is read back in every partition and fits into what IAM takes', () => {
  forAll(fc.tuple(partition, account, fleetName, deviceName), ([part, id, fleet, name]) => {
    const arn = formatDeviceArn(part, id, fleet, name);
    expect(parseDeviceArn(arn)).toEqual({ account: id, fleet, ...name });
  });
  const longest = { holder: 'h'.repeat(64), slot: 's'.repeat(32), serial: 'S'.repeat(32), profile: 99 };
  const arn = formatDeviceArn('aws-us-gov', '123456789012', 'f'.repeat(32), longest);
  expect(arn).toHaveLength(218);
  expect(parseDeviceArn(arn)).toMatchObject(longest);
});

const OURS = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.primary.86596220000001';

test('a device outside our path, or of another form, is not ours', () => {
  expect(parseDeviceArn(OURS)).toBeDefined();
  for (const foreign of [
    'arn:aws:iam::123456789012:mfa/alice.primary.86596220000001',
    'arn:aws:iam::123456789012:mfa/alice',
    OURS.replace('mfa-guardrails', 'other'),
    OURS.replace('break-glass', 'break-glass/deeper'),
    OURS.replace('break-glass', 'Break_Glass'),
    OURS.replace('123456789012', '12345678901'),
    OURS.replace(':mfa/', ':u2f/'),
    OURS.replace('arn:aws:', 'arn:other:'),
    `${OURS}\n`,
    'GAHT12345678',
    '',
  ]) {
    expect([foreign, parseDeviceArn(foreign)]).toEqual([foreign, undefined]);
  }
});

test.each<[{ fleet: string; holder: string; slot?: string }, boolean]>([
  [{ fleet: 'break-glass', holder: 'alice', slot: 'primary' }, true],
  [{ fleet: 'break-glass', holder: 'alice' }, true],
  [{ fleet: 'other', holder: 'alice', slot: 'primary' }, false],
  [{ fleet: 'break-glass', holder: 'bob', slot: 'primary' }, false],
  [{ fleet: 'break-glass', holder: 'alice', slot: 'backup' }, false],
])('a device of alice in primary, compared with %j: %s', (place, expected) => {
  expect(isDeviceOf(OURS, place)).toBe(expected);
});

test('a device of another form belongs to no place of a fleet', () => {
  expect(isDeviceOf('GAHT12345678', { fleet: 'break-glass', holder: 'alice' })).toBe(false);
});

test('a holder with a comma can be the value of a tag, and no two holders have the same one', () => {
  const holders = ['alice', 'a,b', 'a_2Cb', 'a.b', 'ops+x=y@example.com', ',,'];
  const tags = holders.map(holderTag);
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
  expect(tags.filter((tag) => !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(tag))).toEqual([]);
  expect(new Set(tags).size).toBe(holders.length);
  expect(holderTag('alice.breakglass')).toBe('alice.breakglass');
});
