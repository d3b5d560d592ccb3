/** The state of a replacement: both devices, and what the holder can do between them. */
import { countOf } from '../../lib/record/text';
import type { Ceremony, CeremonyState } from '../ceremony/ceremony';
import { NewDevice } from '../device/new-device';
import type { OldDevice } from '../device/old-device';
import type { ReplaceReason } from '../evidence/evidence';
import type { CommandLine } from '../terminal/command-line';
import type { EnrollRequest } from './enroll';

/** Options of a replacement. */
export interface ReplaceRequest extends EnrollRequest {
  readonly reason: ReplaceReason;
  /** Serial of the spare to take; without it the token that the record declares, or the spare on the reader. */
  readonly spare: string | undefined;
}

/** Both devices of a replacement. */
export class ReplaceState implements CeremonyState {
  public readonly device = new NewDevice();
  public old: OldDevice | undefined;
  /** The holder's devices in addition to the old one, once they were counted. */
  public others: number | undefined;

  public constructor(private readonly line: CommandLine) {}

  public get isPaused(): boolean {
    return this.device.isPaused;
  }

  /** Open like an enrollment, and also while the old device is cut off and the holder has no new one. */
  public isOpen(c: Ceremony): boolean {
    return this.device.isOpen(c) || this.old?.isTouched === true;
  }

  public async undo(c: Ceremony): Promise<void> {
    await this.device.undo(c);
    if (!this.device.mayBeLeft && !this.device.isEnabled) {
      // The device was deleted again: a later run need not look for it.
      await c.effects.forgetFrom('device').catch(() => undefined);
    }
  }

  public describe(): string {
    const made = this.device.describe();
    if (this.old === undefined) {
      return made;
    }
    if (!this.old.isTouched || this.device.isEnabled) {
      return `${made}, ${this.old.describe()}`;
    }
    const left = this.others === undefined ? '' : `, ${devicesLeft(this.old.holder, this.others)}`;
    const next = `\`${this.line.other('resume')}\` continues with the new one`;
    return `${this.old.describe()}${left}; ${this.device.describe(false)}; ${next}`;
  }
}

/** Says how many devices a holder has without the old one. */
export function devicesLeft(holder: string, others: number): string {
  return others === 0
    ? `${holder} has no other device, and cannot sign in until the new one is enrolled`
    : `${holder} has ${countOf(others, 'other device')} until the new one is enrolled`;
}
