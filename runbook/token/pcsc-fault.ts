/** Reads the PC/SC error code out of an error of nfc-pcsc, which gives it as text only. */
import type { ReaderFault } from './readers';

/** SCARD_E_SHARING_VIOLATION */
export const SHARING_VIOLATION = 0x8010000b;

/** SCARD_E_INSUFFICIENT_BUFFER */
export const INSUFFICIENT_BUFFER = 0x80100008;

/** The codes with a remedy of their own; every other one is explained by where it happened. */
const FAULTS: ReadonlyMap<number, ReaderFault> = new Map([
  [SHARING_VIOLATION, 'card-in-use'],
  // SCARD_W_SECURITY_VIOLATION: polkit refused this user.
  [0x8010006a, 'no-access'],
  // SCARD_F_COMM_ERROR and SCARD_E_NO_SERVICE: pcscd closed the connection, which is how it refuses a user, too.
  [0x80100013, 'service-closed'],
  [0x8010001d, 'service-closed'],
]);

/** Finds `(0x8010000b)` in the message of an error, or of the native error that it wraps. */
export function pcscCode(error: unknown): number | undefined {
  for (let each = error; each instanceof Error; each = (each as { previous?: unknown }).previous) {
    const [, digits] = /\(0x([0-9a-f]{8})\)/i.exec(each.message) ?? [];
    if (digits !== undefined) {
      return Number.parseInt(digits, 16);
    }
  }
  return undefined;
}

/** Names the fault that an error of nfc-pcsc tells of. @param otherwise for every error without a fault of its own */
export function faultOf(error: unknown, otherwise: ReaderFault): ReaderFault {
  return FAULTS.get(pcscCode(error) ?? 0) ?? otherwise;
}

/** Names the reason why nfc-pcsc could not be loaded. */
export function faultOfModule(error: unknown): ReaderFault {
  const message = error instanceof Error ? error.message : '';
  return /NODE_MODULE_VERSION|different Node\.js version/.test(message) ? 'other-node' : 'no-module';
}
