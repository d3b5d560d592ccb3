/** What one run has done to IAM and to the token so far: the `state:` line of every failure. */

import { randomUUID } from 'node:crypto';

/** Where the device of this run stands. */
export type DeviceState = 'none' | 'created' | 'deleted' | 'enabled' | 'unknown';

/** Where the token stands. */
export type TokenState = 'untouched' | 'perhaps-written' | 'written';

/** The only mutable thing a flow carries along. */
export class World {
  /** Tells this run's device from one that another run left. */
  public readonly runId: string = randomUUID();
  public device: DeviceState = 'none';
  public deviceArn = '';
  public token: TokenState = 'untouched';

  /** One sentence for the `state:` line. */
  public describe(): string {
    return `${this.#iam()}, ${this.#hardware()}`;
  }

  #iam(): string {
    switch (this.device) {
      case 'none':
        return 'nothing was created in IAM';
      case 'created':
        return `the device ${this.deviceArn} is left in IAM, assigned to nobody`;
      case 'deleted':
        return 'the device created for it was deleted again, IAM is as before';
      case 'enabled':
        return `the device ${this.deviceArn} is enabled`;
      case 'unknown':
        return `whether the device ${this.deviceArn} exists or is enabled could not be found out`;
    }
  }

  #hardware(): string {
    switch (this.token) {
      case 'untouched':
        return 'the token was not written';
      case 'perhaps-written':
        return 'the token may have been written';
      case 'written':
        return this.device === 'enabled'
          ? 'the token holds its seed'
          : 'the token was written and its new seed belongs to no device';
    }
  }
}
