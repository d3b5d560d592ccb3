/** Asks what lies on the reader, without authentication, and picks its driver. */
import type { TokenDriver, TokenInfo } from './driver';
import type { Transport } from './transport';

/**
 * Reads the token's info and returns the driver for its serial prefix.
 *
 * @throws ForeignCardError when it is not a token that may be written to; nothing but get-info was sent (and, to
 *   name a foreign card, SELECTs of well-known applets)
 * @throws CardGoneError
 */
export async function identifyToken(
  _transport: Transport,
): Promise<{ driver: TokenDriver; info: TokenInfo }> {
  throw new Error('being written');
}
