/** Reads the facts of a Linux machine that decide whether a reader can be used. What cannot be read is absent. */
import { access, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineFacts, UsbDevice } from './machine-facts';

const SERVICE_PROGRAMS = ['usr/sbin/pcscd', 'usr/local/sbin/pcscd', 'usr/bin/pcscd', 'sbin/pcscd'];
const CCID_LISTS = [
  'usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist',
  'usr/lib64/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist',
  'etc/libccid_Info.plist',
];
/** bInterfaceClass of smart card readers. */
const CCID_CLASS = '0b';

/** Reads them. @param root the folder that stands for `/`; tests have their own */
export async function readMachineFacts(
  node: Pick<NodeJS.Process, 'platform' | 'env'>,
  root = '/',
): Promise<MachineFacts> {
  const processes = await readProcesses(root);
  const lists = (await Promise.all(CCID_LISTS.map((path) => textOf(join(root, path))))).filter(Boolean);
  const modules = await textOf(join(root, 'proc/modules'));
  return {
    platform: node.platform,
    socketVariable: node.env.PCSCLITE_CSOCK_NAME,
    hasService: (await Promise.all(SERVICE_PROGRAMS.map((path) => exists(join(root, path))))).includes(true),
    hasCcidDriver: lists.length > 0,
    ccidIds: new Set(lists.flatMap(parseCcidIds)),
    modules: modules.split('\n').flatMap((line) => line.split(' ', 1).filter(Boolean)),
    usb: await readUsb(root, processes.get('pcscd')),
    hasModemManager: processes.has('ModemManager'),
  };
}

/** Reads the ids out of a list of readers, where vendors and products are two arrays in the same order. */
function parseCcidIds(plist: string): readonly string[] {
  const [vendors = [], products = []] = ['ifdVendorID', 'ifdProductID'].map((key) => {
    const [, array = ''] = new RegExp(`<key>${key}</key>\\s*<array>([\\s\\S]*?)</array>`).exec(plist) ?? [];
    return [...array.matchAll(/0x([0-9a-f]{4})/gi)].map(([, digits = '']) => digits.toLowerCase());
  });
  return vendors.map((vendor, index) => `${vendor}:${products[index] ?? ''}`);
}

async function readUsb(root: string, serviceUid: number | undefined): Promise<readonly UsbDevice[]> {
  const folder = join(root, 'sys/bus/usb/devices');
  const names = await namesIn(folder);
  const devices = names.filter((name) => !name.includes(':'));
  return Promise.all(
    devices.map(async (name) => {
      const [vendor, product, title, bus, number] = await Promise.all(
        ['idVendor', 'idProduct', 'product', 'busnum', 'devnum'].map((file) =>
          textOf(join(folder, name, file)).then((text) => text.trim()),
        ),
      );
      const interfaces = names
        .filter((each) => each.startsWith(`${name}:`))
        .map((each) => join(folder, each));
      const classes = await Promise.all(interfaces.map((each) => textOf(join(each, 'bInterfaceClass'))));
      const drivers = await Promise.all(interfaces.map((each) => driverOf(each)));
      const file = join(root, 'dev/bus/usb', (bus ?? '').padStart(3, '0'), (number ?? '').padStart(3, '0'));
      return {
        id: `${vendor}:${product}`,
        product: title ?? '',
        drivers: drivers.filter((driver) => driver !== undefined),
        isCcid: classes.some((each) => each.trim() === CCID_CLASS),
        isOpenToService: await isOpenTo(serviceUid, file),
      };
    }),
  );
}

async function driverOf(folder: string): Promise<string | undefined> {
  try {
    return (await readlink(join(folder, 'driver'))).split('/').at(-1);
  } catch {
    return undefined;
  }
}

/** Tells whether a user may open a file: root may; others may if it is theirs, or of a group other than root's. */
async function isOpenTo(uid: number | undefined, file: string): Promise<boolean | undefined> {
  if (uid === undefined || uid === 0) {
    return uid === undefined ? undefined : true;
  }
  try {
    const { mode, gid, uid: owner } = await stat(file);
    return owner === uid || (mode & 0o006) === 0o006 || (gid !== 0 && (mode & 0o060) === 0o060);
  } catch {
    return undefined;
  }
}

/** Lists the processes by name, each with the user that it runs as. */
async function readProcesses(root: string): Promise<ReadonlyMap<string, number>> {
  const pids = (await namesIn(join(root, 'proc'))).filter((name) => /^\d+$/.test(name));
  const found = new Map<string, number>();
  for (const pid of pids) {
    const status = await textOf(join(root, 'proc', pid, 'status'));
    const [, name] = /^Name:\s+(.+)$/m.exec(status) ?? [];
    const [, uid] = /^Uid:\s+\d+\s+(\d+)/m.exec(status) ?? [];
    if (name !== undefined && uid !== undefined) {
      found.set(name, Number(uid));
    }
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
