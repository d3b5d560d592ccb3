/** What one replacement has done so far: to the new device, as in an enrolment, and to the old one. */

import { World } from '../ceremony/world';
import type { Outgoing } from '../device/remove-device';

/** The state of a replacement: the new device, and the old one. */
export class ReplacementWorld extends World {
  public outgoing: Outgoing | undefined;
  /** Devices of the holder beside the old one, once they were counted. */
  public others: number | undefined;

  /** @param options the common options as they were given, for the command that goes on */
  public constructor(private readonly options: string) {
    super();
  }

  /** The holder is without the old device, and not yet with the new one. */
  public get isCutOff(): boolean {
    return this.outgoing?.isTouched === true && this.device !== 'enabled';
  }

  public override describe(): string {
    const { outgoing } = this;
    if (outgoing === undefined) {
      return super.describe();
    }
    if (!this.isCutOff) {
      return `${super.describe()}, ${outgoing.describe()}`;
    }
    // Once a device was cut off, IAM is not as before.
    const made = super.describe().replace(', IAM is as before', '');
    const goOn = `\`mfa-runbook resume${this.options}\` goes on with the new one`;
    const left = this.others === undefined ? '' : `, ${meanwhile(outgoing.holder, this.others)}`;
    return `${outgoing.describe()}${left}; ${made}; ${goOn}`;
  }
}

/** How many devices a holder has without the old one. */
export function meanwhile(holder: string, others: number): string {
  return others === 0
    ? `${holder} has no other device, and cannot sign in until the new one is enrolled`
    : `${holder} has ${others} other ${others === 1 ? 'device' : 'devices'} meanwhile`;
}
