/** What one run has done to IAM and to the token so far: the `state:` line of every failure. */
import { randomUUID } from 'node:crypto';

/** Where the device of this run stands. */
export type DeviceState =
  | 'none'
  | 'created'
  | 'deleted'
  /** Somebody else deleted or replaced it. */
  | 'taken-away'
  | 'enabled'
  | 'unknown';

/** Where the token stands. */
export type TokenState = 'untouched' | 'perhaps-written' | 'written';

/** The only mutable thing a flow carries along. */
export class World {
  /** Tells this run's device from one that another run made under the same name. */
  public readonly runId: string = randomUUID();
  public device: DeviceState = 'none';
  public deviceArn = '';
  /** An unassigned device that an earlier run had left was deleted. */
  public leftoverDeleted = false;
  public token: TokenState = 'untouched';

  /** One sentence for the `state:` line. */
  public describe(): string {
    const leftover = this.leftoverDeleted ? ', the unassigned device of an earlier run was deleted' : '';
    return `${this.#iam()}${leftover}, ${this.#hardware()}`;
  }

  #iam(): string {
    switch (this.device) {
      case 'none':
        return 'nothing was created in IAM';
      case 'created':
        return `the device ${this.deviceArn} is left in IAM, assigned to nobody`;
      case 'deleted':
        return this.leftoverDeleted
          ? 'the device created for it was deleted again'
          : 'the device created for it was deleted again, IAM is as before';
      case 'taken-away':
        return 'the device created for it was deleted or replaced by somebody else';
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
        return this.device === 'enabled' || this.device === 'unknown'
          ? 'the token holds its seed'
          : 'the token was written and its new seed belongs to no device';
    }
  }
}
