/** Tokens in stock that came into use before the inventory said so. */
import type { FleetRecord } from '../../lib/record/record';

/** Whether the record declares the token as a spare. */
export function isSpare({ spares }: FleetRecord, serial: string): boolean {
  return spares.some((spare) => spare.serial === serial);
}

/** What is left to do by hand once a spare is enrolled. */
export function moveSpare(serial: string, holder: string, slot: string): string {
  return `move ${serial} from spares to ${holder} ${slot} in tokens.yaml and run \`cdk deploy\``;
}
