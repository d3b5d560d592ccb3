/**
 * The hardware tokens whose seeds AWS has from their makers: known by the serial printed on them, in every account, and
 * each enabled for one user of one account at most.
 */

import type { Synchronization } from './code-judgment';
import { DeviceCodes } from './device-codes';

interface PrintedToken {
  readonly codes: DeviceCodes;
  readonly synchronization: Synchronization;
  readonly isInUse: boolean;
}

export class PrintedTokens {
  readonly #tokens = new Map<string, PrintedToken>();

  /** @param seed wiped */
  public add(serial: string, seed: Uint8Array): void {
    this.#tokens.set(serial, {
      codes: DeviceCodes.create(seed).codes,
      synchronization: { offsetSteps: 0, lastPairCounter: undefined },
      isInUse: false,
    });
  }

  public get(serial: string): PrintedToken | undefined {
    return this.#tokens.get(serial);
  }

  /** Notes that a token was enabled, synchronized or deactivated. */
  public note(serial: string, change: Omit<PrintedToken, 'codes'>): void {
    const token = this.#tokens.get(serial);
    if (token) {
      this.#tokens.set(serial, { ...token, ...change });
    }
  }
}
