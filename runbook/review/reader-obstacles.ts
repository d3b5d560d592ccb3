/** Finds what keeps a reader from working, from the facts of the machine, each with its remedy. Nothing is changed. */
import type { MachineFacts, UsbDevice } from '../files/machine-facts';
import { ReaderError, type ReaderFault } from '../token/readers';

/** Kernel modules that hold readers with a chip of NXP's, such as the ACR122U. */
const NFC_MODULES = ['pn533_usb', 'pn533', 'nfc'];
/** Token2's first NFC writer: no CCID device, so PC/SC never sees it. */
const PN533_WRITER = '04cc:2533';

/** Judges one kind of obstacle. @returns the remedies; nothing if it is not in the way */
type Rule = (facts: MachineFacts, failure: Failure) => readonly string[];

interface Failure {
  readonly fault: ReaderFault;
  /** The message of the error of the native part. */
  readonly cause: string;
}

const RULES: readonly Rule[] = [
  libraryMissing,
  serviceMissing,
  socketMoved,
  heldByKernel,
  writerWithoutCcid,
  driverMissing,
  readerUnlisted,
  readerForbidden,
  heldByModemManager,
];

/** Lists the remedies for what is in the way of a reader that cannot be used. */
export function remediesFor(error: unknown, facts: MachineFacts): readonly string[] {
  if (!(error instanceof ReaderError)) {
    return [];
  }
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return (facts.platform === 'linux' ? RULES : []).flatMap((rule) =>
    rule(facts, { fault: error.fault, cause }),
  );
}

function libraryMissing(_: MachineFacts, { fault, cause }: Failure): readonly string[] {
  return fault === 'no-module' && cause.includes('libpcsclite.so')
    ? ['the library of PC/SC is missing: `sudo apt-get install libpcsclite1`']
    : [];
}

function serviceMissing({ hasService }: MachineFacts, { fault }: Failure): readonly string[] {
  return fault === 'no-service' && !hasService
    ? ['install the PC/SC service: `sudo apt-get install pcscd`']
    : [];
}

function socketMoved({ socketVariable }: MachineFacts, { fault }: Failure): readonly string[] {
  return socketVariable !== undefined && ['no-access', 'service-closed', 'no-reader'].includes(fault)
    ? [`PCSCLITE_CSOCK_NAME is set to ${socketVariable}: unset it, unless pcscd listens there`]
    : [];
}

function heldByKernel({ modules, usb }: MachineFacts, { fault }: Failure): readonly string[] {
  const loaded = NFC_MODULES.filter((name) => modules.includes(name));
  const held = usb.filter(({ drivers }) => drivers.some((driver) => NFC_MODULES.includes(driver)));
  if (fault !== 'no-reader' || (held.length === 0 && !loaded.includes('pn533_usb'))) {
    return [];
  }
  return [
    `the kernel holds ${named(held) || 'the reader'}: \`sudo modprobe -r ${loaded.join(' ') || 'pn533_usb'}\`, then plug it in again`,
    'to keep it so: put `blacklist pn533_usb`, `blacklist pn533` and `blacklist nfc` into /etc/modprobe.d/nfc.conf',
  ];
}

function writerWithoutCcid({ usb }: MachineFacts, { fault }: Failure): readonly string[] {
  return fault === 'no-reader' && usb.some(({ id }) => id === PN533_WRITER)
    ? [`the device ${PN533_WRITER} (a bare PN533) is no PC/SC reader: use another reader`]
    : [];
}

function driverMissing({ hasCcidDriver }: MachineFacts, { fault }: Failure): readonly string[] {
  return fault === 'no-reader' && !hasCcidDriver
    ? ['the driver of USB readers is missing: `sudo apt-get install libccid`, then restart pcscd']
    : [];
}

function readerUnlisted(
  { usb, hasCcidDriver, ccidIds }: MachineFacts,
  { fault }: Failure,
): readonly string[] {
  const unlisted = usb.filter(({ id, isCcid }) => isCcid && !ccidIds.has(id));
  return fault === 'no-reader' && hasCcidDriver && unlisted.length > 0
    ? [`${named(unlisted)} is not in the list of libccid: install a newer libccid, then restart pcscd`]
    : [];
}

function readerForbidden({ usb }: MachineFacts, { fault }: Failure): readonly string[] {
  const forbidden = usb.filter(({ isCcid, isOpenToService }) => isCcid && isOpenToService === false);
  return fault === 'no-reader' && forbidden.length > 0
    ? [
        `pcscd may not open ${named(forbidden)}: reinstall libccid, whose udev rules allow it, then plug the reader in again`,
      ]
    : [];
}

function heldByModemManager({ usb, hasModemManager }: MachineFacts, { fault }: Failure): readonly string[] {
  const serial = usb.filter(({ isCcid, drivers }) => isCcid && drivers.includes('cdc_acm'));
  return fault === 'no-reader' && hasModemManager && serial.length > 0
    ? [
        `ModemManager probes ${named(serial)}: \`sudo systemctl stop ModemManager\`, then plug the reader in again`,
      ]
    : [];
}

function named(devices: readonly UsbDevice[]): string {
  return devices.map(({ id, product }) => `${product || 'the reader'} (${id})`).join(', ');
}
