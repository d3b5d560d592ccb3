/** The facts, read from a folder that stands for `/`. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readMachineFacts } from '../../../runbook/files/linux-machine';
import { withTemporaryFolder } from '../../support/temporary-folder';

const LINUX = { platform: 'linux', env: { PCSCLITE_CSOCK_NAME: '/tmp/x' } } as const;

const PLIST = `<dict>
  <key>ifdVendorID</key>
  <array><string>0x072F</string><string>0x076B</string></array>
  <key>ifdProductID</key>
  <array><string>0x223B</string><string>0x5022</string></array>
</dict>`;

const FILES = {
  'usr/sbin/pcscd': '',
  'usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist': PLIST,
  'proc/modules': 'pn533_usb 20480 0 - Live 0x0\nnfc 135168 1 pn533, Live 0x0\n',
  'proc/12/status': 'Name:\tpcscd\nUid:\t994\t994\t994\t994\n',
  'proc/13/status': 'Name:\tModemManager\nUid:\t0\t0\t0\t0\n',
  'sys/bus/usb/devices/1-2/idVendor': '072f\n',
  'sys/bus/usb/devices/1-2/idProduct': '223b\n',
  'sys/bus/usb/devices/1-2/product': 'ACR1252\n',
  'sys/bus/usb/devices/1-2/busnum': '1\n',
  'sys/bus/usb/devices/1-2/devnum': '7\n',
  'sys/bus/usb/devices/1-2:1.0/bInterfaceClass': '0b\n',
  'dev/bus/usb/001/007': '',
};

test('reads service, driver, modules and USB devices', () =>
  withTemporaryFolder(async (root) => {
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text, { mode: 0o600 });
    }
    await symlink('../../../bus/usb/drivers/usbfs', join(root, 'sys/bus/usb/devices/1-2:1.0/driver'));
    expect(await readMachineFacts(LINUX, root)).toEqual({
      platform: 'linux',
      socketVariable: '/tmp/x',
      hasService: true,
      hasCcidDriver: true,
      ccidIds: new Set(['072f:223b', '076b:5022']),
      modules: ['pn533_usb', 'nfc'],
      usb: [
        { id: '072f:223b', product: 'ACR1252', drivers: ['usbfs'], isCcid: true, isOpenToService: false },
      ],
      hasModemManager: true,
    });
  }));

test('a machine of which nothing can be read has nothing', () =>
  withTemporaryFolder(async (root) => {
    expect(await readMachineFacts({ platform: 'darwin', env: {} }, root)).toEqual({
      platform: 'darwin',
      socketVariable: undefined,
      hasService: false,
      hasCcidDriver: false,
      ccidIds: new Set(),
      modules: [],
      usb: [],
      hasModemManager: false,
    });
  }));
