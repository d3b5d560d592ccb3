/** Lists the kinds of tokens that take a seed, in the order in which a card is asked. */
import type { DriverKind } from './driver';
import { token2Molto2 } from './token2-molto2';
import { token2Single } from './token2-single';
import { ykoath } from './ykoath';

export const DRIVERS: readonly DriverKind[] = [token2Molto2, token2Single, ykoath];
