/**
 * Connects to cards exclusively, which nfc-pcsc has no way to ask for.
 *
 * Nobody else can then send the card a command between two of ours. A card that another program is connected to already
 * is shared with it, because our own command may be that program; one that another program holds exclusively is refused.
 */
import type { NfcReader } from './nfc-pcsc-types';
import { pcscCode, SHARING_VIOLATION } from './pcsc-fault';

/**
 * Makes connections of a reader exclusive, including those that nfc-pcsc makes on its own.
 *
 * @param isWanted asked at each connection: one that nobody waits for is shared, because nfc-pcsc connects to every card on
 *   every reader
 */
export function connectExclusively(device: NfcReader, isWanted: () => boolean): void {
  const native = device.reader;
  if (native === undefined) {
    return;
  }
  const connectShared = device.connect.bind(device);
  device.connect = async () => {
    if (!isWanted()) {
      return connectShared();
    }
    try {
      const protocol = await new Promise<number | undefined>((resolve, reject) => {
        native.connect({ share_mode: native.SCARD_SHARE_EXCLUSIVE }, (error, given) =>
          error ? reject(error) : resolve(given),
        );
      });
      device.connection = protocol === undefined ? {} : { protocol };
      return device.connection;
    } catch (error) {
      if (pcscCode(error) === SHARING_VIOLATION) {
        return connectShared();
      }
      // As nfc-pcsc itself does: the slot learns of a failed connection from this logger only.
      device.logger.error(error);
      throw error;
    }
  };
}
