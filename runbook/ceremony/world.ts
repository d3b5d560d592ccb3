/** What one run has done to IAM and to the token so far: the `state:` line of every failure. */
import { randomUUID } from 'node:crypto';

/** Where the device of this run stands. */
export type DeviceState =
  | 'none'
  | 'created'
  | 'deleted'
  /** IAM shows no such device: gone, or not shown yet. */
  | 'not-shown'
  /** Somebody else deleted or replaced it. */
  | 'taken-away'
  | 'enabled'
  | 'unknown';

/** Where the token stands. */
export type TokenState = 'untouched' | 'perhaps-written' | 'written';

/** The only mutable thing a flow carries along. */
export class World {
  /** Of the ceremony; the journal's, once one is open. Tells its device from one that another made under the same name. */
  public id: string = randomUUID();
  public device: DeviceState = 'none';
  public deviceArn = '';
  /** An unassigned device that an earlier run had left was deleted. */
  public leftoverDeleted = false;
  public token: TokenState = 'untouched';
  #describer: (() => string) | undefined;

  /** There may be a device of this ceremony that is not enabled: somebody has to look after it. */
  public get mayHaveLeftADevice(): boolean {
    return this.device === 'created' || this.device === 'unknown' || this.device === 'not-shown';
  }

  /** Has a ceremony that makes no device speak for itself in the `state:` line. */
  public describeAs(describer: () => string): void {
    this.#describer = describer;
  }

  /** One sentence for the `state:` line. */
  public describe(): string {
    if (this.#describer !== undefined) {
      return this.#describer();
    }
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
      case 'not-shown':
        return `IAM shows no device ${this.deviceArn}; one created just now may still appear`;
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
