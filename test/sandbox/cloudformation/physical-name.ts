/** Names that CloudFormation generates for resources whose template gives none. */

import { randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const suffixLength = 12;

/**
 * Generates `{prefix}-{logicalId}-{12 random upper-case}`; prefix and logical ID are cut, evenly, when that is too
 * long.
 */
export function generateName(prefix: string, logicalId: string, maxLength: number): string {
  const suffix = Array.from({ length: suffixLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  const room = maxLength - suffixLength - 2;
  const share = Math.floor(room / 2);
  const head = prefix.slice(0, Math.max(share, room - logicalId.length));
  const middle = logicalId.slice(0, room - head.length);
  return `${head}-${middle}-${suffix}`;
}
