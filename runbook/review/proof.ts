/** The last proof of a token: when somebody last saw it show the codes of its device, by the evidence in SSM. */
import { evidencePath } from '../../lib/record/names';
import type { RecordParameter } from '../../lib/record/pages';
import type { Evidence } from '../evidence/evidence';
import { parseEvidence } from '../evidence/evidence-text';

/** What the evidence of one slot says, as far as a plan needs it. */
export type Proof =
  | (Pick<Evidence, 'ceremony' | 'tokenSerial' | 'deviceArn'> & {
      /** Unix milliseconds. */
      readonly atMs: number;
    })
  /** Why it cannot be read. */
  | { readonly fault: string };

/** The proofs of a fleet, by the name of their parameter. */
export type Proofs = ReadonlyMap<string, Proof>;

/** Reads what SSM holds below the fleet's evidence path. What cannot be read is kept as such: it proves nothing. */
export function parseProofs(fleet: string, parameters: readonly RecordParameter[]): Proofs {
  const below = `${evidencePath(fleet)}/`;
  return new Map(
    parameters
      .filter(({ name }) => name.startsWith(below))
      .map(({ name, value }) => {
        const { evidence, fault } = parseEvidence(value);
        return [name, evidence === undefined ? { fault } : proofOf(evidence)];
      }),
  );
}

function proofOf({ ceremony, tokenSerial, deviceArn, at }: Evidence): Proof {
  return {
    ceremony,
    tokenSerial,
    deviceArn,
    atMs: Date.parse(at),
  };
}

/** The device that is to be proven. */
export interface ProvenDevice {
  readonly arn: string;
  readonly enabledAt: Date | undefined;
}

/** Evidence is dated by the machine that wrote it, devices by AWS: a runbook's clock is off by less than this. */
const CLOCK_TOLERANCE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A day, as people write it. */
export function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * Why a device is to be proven anew; `undefined` where its proof is good and young enough.
 *
 * @param everyDays how old a proof may be
 */
export function whyProve(
  proof: Proof | undefined,
  device: ProvenDevice,
  nowMs: number,
  everyDays: number,
): string | undefined {
  if (proof === undefined) {
    return 'never proven: there is no evidence of it';
  }
  if ('fault' in proof) {
    return `its evidence cannot be read: ${proof.fault}`;
  }
  const { atMs } = proof;
  function day() {
    return formatDay(atMs);
  }
  // The evidence in SSM is of the slot: it may be about an earlier token's device.
  if (proof.deviceArn !== device.arn) {
    return `its evidence, of ${day()}, is of the token ${proof.tokenSerial}`;
  }
  if (proof.ceremony === 'retire') {
    return `its evidence says that it was retired on ${day()}`;
  }
  if (device.enabledAt !== undefined && atMs + CLOCK_TOLERANCE_MS < device.enabledAt.getTime()) {
    return `its evidence, of ${day()}, is older than its device, of ${formatDay(device.enabledAt.getTime())}`;
  }
  if (atMs > nowMs + CLOCK_TOLERANCE_MS) {
    return `its evidence is dated ${day()}, in the future`;
  }
  const ageMs = nowMs - atMs;
  return ageMs > everyDays * DAY_MS
    ? `last proven ${day()}, ${Math.floor(ageMs / DAY_MS)} days ago`
    : undefined;
}
