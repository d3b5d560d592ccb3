/** Each obstacle with facts that are made up; no file of this machine is read. */
import type { MachineFacts, UsbDevice } from '../../../runbook/files/machine-facts';
import { remediesFor } from '../../../runbook/review/reader-obstacles';
import { ReaderError, type ReaderFault } from '../../../runbook/token/readers';

const READER: UsbDevice = {
  id: '072f:223b',
  product: 'ACR1252',
  drivers: ['usbfs'],
  isCcid: true,
  isOpenToService: true,
};
const HEALTHY: MachineFacts = {
  platform: 'linux',
  socketVariable: undefined,
  hasService: true,
  hasCcidDriver: true,
  ccidIds: new Set([READER.id]),
  modules: ['usbhid'],
  usb: [{ ...READER, id: '1d6b:0002', isCcid: false, isOpenToService: false }],
  hasModemManager: true,
};

function remedies(fault: ReaderFault, facts: Partial<MachineFacts> = {}, cause?: string): string {
  const options = cause === undefined ? {} : { cause: new Error(cause) };
  return remediesFor(new ReaderError(fault, [], options), { ...HEALTHY, ...facts }).join('\n');
}

test.each<[name: string, ReaderFault, Partial<MachineFacts>, string | undefined, remedy: string]>([
  ['no library', 'no-module', {}, 'libpcsclite.so.1: cannot open shared object file', 'libpcsclite1'],
  ['no pcscd', 'no-service', { hasService: false }, undefined, 'install pcscd'],
  ['another pcscd', 'no-reader', { socketVariable: '/tmp/x' }, undefined, '/tmp/x'],
  ['another pcscd that closes', 'service-closed', { socketVariable: '/tmp/x' }, undefined, '/tmp/x'],
  [
    'a reader that the kernel holds',
    'no-reader',
    { modules: ['pn533_usb', 'pn533', 'nfc'], usb: [{ ...READER, id: '072f:2200', drivers: ['pn533_usb'] }] },
    undefined,
    'modprobe -r pn533_usb pn533 nfc',
  ],
  ['a writer without CCID', 'no-reader', { usb: [{ ...READER, id: '04cc:2533' }] }, undefined, '04cc:2533'],
  ['no driver', 'no-reader', { hasCcidDriver: false, ccidIds: new Set() }, undefined, 'install libccid'],
  [
    'a reader that the driver does not list',
    'no-reader',
    { usb: [{ ...READER, id: '1:2' }] },
    undefined,
    '1:2',
  ],
  [
    'a reader without permission',
    'no-reader',
    { usb: [{ ...READER, isOpenToService: false }] },
    undefined,
    'udev',
  ],
  [
    'a reader that ModemManager probes',
    'no-reader',
    { usb: [{ ...READER, drivers: ['cdc_acm'] }] },
    undefined,
    'stop ModemManager',
  ],
])('%s has its remedy', (_name, fault, facts, cause, remedy) => {
  expect(remedies(fault, facts, cause)).toContain(remedy);
});

test.each<ReaderFault>([
  'no-module',
  'other-node',
  'no-service',
  'no-access',
  'service-closed',
  'other-service',
  'no-reader',
  'several-readers',
  'unknown-reader',
])('a healthy machine has no remedy of its own for %s', (fault) => {
  expect(remedies(fault, { usb: [READER] })).toBe('');
});

test('the rules of Linux are for Linux', () => {
  const facts = { hasService: false, hasCcidDriver: false, socketVariable: '/tmp/x' };
  expect(remedies('no-reader', { ...facts, platform: 'darwin' })).toBe('');
});

test('another error has none', () => {
  expect(remediesFor(new Error('x'), { ...HEALTHY, hasCcidDriver: false })).toEqual([]);
});
