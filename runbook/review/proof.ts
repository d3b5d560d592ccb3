/** The last proof of a token: when it last showed the codes of its device, according to the evidence in SSM. */
import { evidencePath } from '../../lib/record/names';
import type { RecordParameter } from '../../lib/record/pages';
import type { VirtualDevice } from '../aws/aws';
import type { Evidence } from '../evidence/evidence';
import { parseEvidence } from '../evidence/evidence-text';

/** The part of a slot's evidence that a plan needs. */
type Proof =
  | (Pick<Evidence, 'ceremony' | 'tokenSerial' | 'deviceArn'> & {
      readonly atMs: number;
    })
  /** The reason why it cannot be read. */
  | { readonly fault: string };

/** The proofs of a fleet, by the name of their parameter. */
export type Proofs = ReadonlyMap<string, Proof>;

/** Parses the parameters below the fleet's evidence path. One that cannot be read is kept with its fault, and proves nothing. */
export function parseProofs(fleet: string, parameters: readonly RecordParameter[]): Proofs {
  const below = `${evidencePath(fleet)}/`;
  return new Map<string, Proof>(
    parameters
      .filter(({ name }) => name.startsWith(below))
      .map(({ name, value }) => {
        const { evidence, fault } = parseEvidence(value);
        if (evidence === undefined) {
          return [name, { fault }];
        }
        const { ceremony, tokenSerial, deviceArn, at } = evidence;
        return [name, { ceremony, tokenSerial, deviceArn, atMs: Date.parse(at) }];
      }),
  );
}

/** The machine that writes evidence dates it, and AWS dates devices: the two clocks differ by less than this. */
const CLOCK_TOLERANCE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Formats a day: `2026-11-28`. */
export function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * Returns the reason why a device needs a new proof; `undefined` if its proof is good and recent.
 *
 * @param everyDays the maximum age of a proof
 */
export function whyProve(
  proof: Proof | undefined,
  device: VirtualDevice,
  { nowMs, everyDays }: { readonly nowMs: number; readonly everyDays: number },
): string | undefined {
  if (proof === undefined) {
    return 'never proven: it has no evidence';
  }
  if ('fault' in proof) {
    return `its evidence cannot be read: ${proof.fault}`;
  }
  const { atMs } = proof;
  const day = formatDay(atMs);
  // SSM keeps one piece of evidence for a slot: it may be about an earlier token's device.
  if (proof.deviceArn !== device.arn) {
    return `its evidence of ${day} is about the token ${proof.tokenSerial}`;
  }
  if (proof.ceremony === 'retire') {
    return `its evidence says that it was retired on ${day}`;
  }
  if (device.enabledAt !== undefined && atMs + CLOCK_TOLERANCE_MS < device.enabledAt.getTime()) {
    return `its evidence of ${day} is older than its device of ${formatDay(device.enabledAt.getTime())}`;
  }
  if (atMs > nowMs + CLOCK_TOLERANCE_MS) {
    return `its evidence is dated ${day}, in the future`;
  }
  const ageMs = nowMs - atMs;
  return ageMs > everyDays * DAY_MS
    ? `last proven ${day}, ${Math.floor(ageMs / DAY_MS)} days ago`
    : undefined;
}
