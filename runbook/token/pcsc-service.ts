/**
 * Looks for the PC/SC service before the native part does, which waits for one in a loop that blocks the whole process.
 *
 * It is asked for its version, as its own library does first (pcsc-lite, winscard_msg.h): size and command in four bytes each,
 * then two numbers of the version and a result, in the byte order of the machine. The service answers the last three.
 */
import { connect } from 'node:net';
import { endianness, platform } from 'node:os';
import { ReaderError, type ReaderFault } from './readers';

/** The sockets on which the distributions' builds of pcscd listen. */
const SERVICE_SOCKETS = ['/run/pcscd/pcscd.comm', '/var/run/pcscd/pcscd.comm'];

const COMMAND_VERSION = 0x11;
const MAJOR = 4;
const MINOR = 4;
const VERSION_BYTES = 12;

/** A pcscd that the connection starts looks for USB readers first. */
const ANSWER_MS = 5_000;

/** Says why a socket is not the service's. */
type Unfit = Extract<ReaderFault, 'no-service' | 'no-access' | 'service-closed' | 'other-service'>;

/**
 * Lists the sockets of the service: none on macOS and Windows, where it belongs to the system.
 *
 * @param variable `PCSCLITE_CSOCK_NAME`, which replaces pcscd's own
 */
export function serviceSockets(variable: string | undefined): readonly string[] {
  if (['darwin', 'win32'].includes(platform())) {
    return [];
  }
  return variable ? [variable] : SERVICE_SOCKETS;
}

/** Finds the service behind one of the sockets. @throws ReaderError with the socket that was looked at */
export async function findService(sockets: readonly string[], answerMs = ANSWER_MS): Promise<void> {
  let first: ReaderError | undefined;
  for (const path of sockets) {
    const failure = await ask(path, answerMs);
    if (failure === undefined) {
      return;
    }
    // A socket that is there counts more than one that is not.
    first =
      first === undefined || (first.fault === 'no-service' && failure.fault !== 'no-service')
        ? failure
        : first;
  }
  if (first !== undefined) {
    throw first;
  }
}

/** Asks whatever listens for its version; connecting also starts a pcscd that systemd activates on demand. */
function ask(path: string, answerMs: number): Promise<ReaderError | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect(path, () => socket.write(versionRequest()));
    const timer = setTimeout(() => settle('other-service'), answerMs);
    function settle(fault: Unfit | undefined, cause?: unknown): void {
      clearTimeout(timer);
      socket.destroy();
      resolve(fault && new ReaderError(fault, [path], cause === undefined ? {} : { cause }));
    }
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= VERSION_BYTES) {
        settle(isVersion(answer) ? undefined : 'other-service');
      }
    });
    socket.once('end', () => settle(answer.length === 0 ? 'service-closed' : 'other-service'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(faultOfConnection(error), error));
  });
}

function faultOfConnection({ code = '' }: NodeJS.ErrnoException): Unfit {
  if (code === 'EACCES' || code === 'EPERM') {
    return 'no-access';
  }
  if (code === 'EPIPE' || code === 'ECONNRESET') {
    return 'service-closed';
  }
  return code === 'EPROTOTYPE' ? 'other-service' : 'no-service';
}

function versionRequest(): Uint8Array {
  return numbers(VERSION_BYTES, COMMAND_VERSION, MAJOR, MINOR, 0);
}

/** Any minor number: the library says itself whether it works with it. */
function isVersion(answer: Uint8Array): boolean {
  return answer.length === VERSION_BYTES && Buffer.compare(answer.subarray(0, 4), numbers(MAJOR)) === 0;
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) {
    bytes.setUint32(4 * index, value, endianness() === 'LE');
  }
  return new Uint8Array(bytes.buffer);
}
