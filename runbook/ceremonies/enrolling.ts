/** What the steps of an enrolment share. */
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import type { Ceremony, CeremonyRequest } from '../ceremony/ceremony';
import type { Step } from '../ceremony/effects';
import type { DeviceRequest } from '../device/own-device';
import type { TypedCodes } from '../operator/prove-codes';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';

/** What to enrol. */
export interface EnrollRequest extends CeremonyRequest {
  readonly codes: TypedCodes;
}

/** What is carried through the steps of one enrolment. */
export interface Enrolling {
  readonly ceremony: Ceremony<EnrollRequest>;
  readonly device: DeviceRequest;
  readonly phase: SeedPhase;
  /** The account's virtual devices, where the caller has listed them already. */
  readonly listed: readonly VirtualDevice[] | undefined;
  /** The seed was made in this run, and the phase still holds it. */
  seedInHand: boolean;
  /** The token on the reader. */
  laid: LaidToken | undefined;
  /** Of a token that an earlier run burned: its clock minus ours, seconds. */
  clockOffsetSeconds: number | undefined;
  /** The very token was enabled before this ceremony began. */
  enabledBefore: AssignedDevice | undefined;
  witness: string | undefined;
  pair: readonly [string, string] | undefined;
  /** Generation of the record that still declares the token at the end. */
  generation: string | undefined;
  hasEvidence: boolean;
}

/** One step of an enrolment. */
export type EnrolStep = Step<Enrolling>;

/** Whether an effect is done, in this run or in one before. */
export function isDone({ ceremony }: Enrolling, name: string): boolean {
  return ceremony.progress.find(name)?.state === 'done';
}

/** The device is not enabled yet, as far as is known. */
export function isAhead(context: Enrolling): boolean {
  return context.enabledBefore === undefined && !isDone(context, 'enable');
}

/** What a device is created with; its path and name carry the join key. */
export function deviceRequestOf(ceremony: Ceremony<EnrollRequest>): DeviceRequest {
  return {
    fleet: ceremony.request.fleet,
    name: { holder: ceremony.request.holder, slot: ceremony.request.slot, serial: ceremony.token.serial },
    generation: ceremony.deployed.manifest.generation,
    identity: ceremony.identity,
    command: ceremony.request.command,
  };
}
