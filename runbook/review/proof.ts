/** The last proof of a token: when it last showed the codes of its device, according to the evidence in Parameter Store. */
import { evidencePath } from '../../lib/record/names';
import type { RecordParameter } from '../../lib/record/pages';
import { formatPlace } from '../../lib/record/place';
import type { VirtualDevice } from '../aws/aws';
import { placeOfEvidence } from '../evidence/evidence';
import { parseEvidence } from '../evidence/evidence-text';

/** The evidence of a fleet's slots, by the name of its parameter; one that cannot be read proves nothing. */
export type Proofs = ReadonlyMap<string, ReturnType<typeof parseEvidence>>;

/** Parses the parameters below the fleet's evidence path. */
export function parseProofs(fleet: string, parameters: readonly RecordParameter[]): Proofs {
  const below = `${evidencePath(fleet)}/`;
  const ours = parameters.filter(({ name }) => name.startsWith(below));
  return new Map(ours.map(({ name, value }) => [name, parseEvidence(value)]));
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
  proof: ReturnType<Proofs['get']>,
  device: VirtualDevice,
  { nowMs, everyDays }: { readonly nowMs: number; readonly everyDays: number },
): string | undefined {
  if (proof === undefined) {
    return 'never proven: it has no evidence';
  }
  const { evidence, fault } = proof;
  if (evidence === undefined) {
    return `its evidence cannot be read: ${fault}`;
  }
  const atMs = Date.parse(evidence.at);
  const day = formatDay(atMs);
  // Parameter Store keeps one piece of evidence for a slot: it may be about an earlier token's device.
  if (evidence.deviceArn !== device.arn) {
    return `its evidence of ${day} is about the token ${formatPlace(placeOfEvidence(evidence))}`;
  }
  if (evidence.ceremony === 'retire') {
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
