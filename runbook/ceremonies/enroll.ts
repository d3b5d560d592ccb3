/** Enrolment of one token: the ceremony around its steps, and what happens to IAM when one of them refuses. */
import { formatDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import {
  type Ceremony,
  type CeremonyPlan,
  holdCeremony,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import { performSteps, settleFound } from '../ceremony/effects';
import type { Ports } from '../ceremony/ports';
import { World } from '../ceremony/world';
import { compensate } from '../device/compensate';
import { tokenLabel } from '../operator/typed-code';
import { declaredToken } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { AT_THE_TABLE, BEFORE_THE_SERIAL, ENROL_STEPS, WITH_AWS } from './enroll-steps';
import { deviceRequestOf, type Enrolling, type EnrollRequest } from './enrolling';

/** A finished enrolment. */
export interface Enrolment {
  readonly outcome: 'enrolled' | 'already-enrolled';
  readonly deviceArn: string;
  readonly token: SlotToken;
}

/** What a sitting of many enrolments has at hand already. */
export interface AtHand {
  readonly preamble: Preamble;
  /** The account's virtual devices. */
  readonly listed: readonly VirtualDevice[];
  /** The token lies on the reader, in this phase. */
  readonly laid: LaidToken;
  readonly phase: SeedPhase;
  /** Told when nobody is needed any more: the rest is between the runbook and AWS. */
  readonly onHandedOver: () => void;
}

/**
 * Enrols one token.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enroll(
  request: EnrollRequest,
  ports: Ports,
  signal: AbortSignal,
  atHand?: AtHand,
): Promise<Enrolment> {
  const phase = atHand?.phase ?? ports.openSeedPhase();
  phase.warm();
  try {
    return await holdCeremony(planOf(request, phase, atHand), new World(), ports, signal, atHand?.preamble);
  } finally {
    await phase.end();
  }
}

function planOf(
  request: EnrollRequest,
  phase: SeedPhase,
  atHand: AtHand | undefined,
): CeremonyPlan<EnrollRequest, Enrolment> {
  return {
    kind: 'enroll',
    request,
    facts: {
      codes: String(request.codes),
      ...(request.witness === undefined ? {} : { witness: request.witness }),
    },
    declared: ({ deployed }) => declaredToken(deployed, request.holder, request.slot),
    perform: async (ceremony) => enrollSteps(ceremony, phase, atHand),
    undo: async ({ ports, world }) => compensate(ports, world),
    isOpen: isEnrolmentOpen,
  };
}

/** A device that may be left, or an enabled one whose evidence is not complete. */
export function isEnrolmentOpen({ world, progress }: Ceremony): boolean {
  return world.mayHaveLeftADevice || (world.device === 'enabled' && progress.journal.steps.length > 0);
}

async function enrollSteps(
  ceremony: Ceremony<EnrollRequest>,
  phase: SeedPhase,
  atHand: AtHand | undefined,
): Promise<Enrolment> {
  const context = enrolling(ceremony, phase, atHand);
  await settleEnrolment(context);
  await performSteps(BEFORE_THE_SERIAL, context, ceremony.progress);
  announce(ceremony);
  await performSteps(AT_THE_TABLE, context, ceremony.progress);
  atHand?.onHandedOver();
  await performSteps(WITH_AWS, context, ceremony.progress);
  return {
    outcome: context.enabledBefore === undefined ? 'enrolled' : 'already-enrolled',
    deviceArn: ceremony.world.deviceArn,
    token: ceremony.token,
  };
}

function announce({ ports, request, token, deployed }: Ceremony<EnrollRequest>): void {
  ports.terminal.heading(`enrol ${tokenLabel(request.holder, token)}`);
  const { generation } = deployed.manifest;
  tellStep(ports, 'record', `record ${generation.slice(0, 12)} declares this token`, { generation });
}

/** The shared state at the beginning of the steps. */
export function enrolling(
  ceremony: Ceremony<EnrollRequest>,
  phase: SeedPhase,
  atHand: AtHand | undefined,
): Enrolling {
  return {
    ceremony,
    device: deviceRequestOf(ceremony),
    phase,
    listed: atHand?.listed,
    seedInHand: false,
    laid: atHand?.laid,
    clockOffsetSeconds: undefined,
    enabledBefore: undefined,
    witness: undefined,
    pair: undefined,
    generation: undefined,
    hasEvidence: false,
  };
}

/** Finds out what an earlier run left of this enrolment. */
async function settleEnrolment(context: Enrolling): Promise<void> {
  const { progress, world, identity, request, token } = context.ceremony;
  if (progress.find('device') !== undefined) {
    const name = { holder: request.holder, slot: request.slot, serial: progress.journal.serial };
    world.deviceArn = formatDeviceArn(identity.partition, identity.account, request.fleet, name);
    // Until it is settled: what fails before must leave the journal open.
    world.device = 'unknown';
  }
  await settleFound(ENROL_STEPS, context, progress);
  if (progress.journal.serial === token.serial) {
    return;
  }
  if (progress.journal.steps.length === 0) {
    return progress.retarget(token.serial);
  }
  throw new RunbookError(
    'record/changed',
    `the token ${progress.journal.serial} was enrolled, and the record now declares ${token.serial} for ${request.slot} of ${request.holder}`,
    {
      hints: [
        'deploy the record as it was and run `mfa-runbook resume`, or give the enrolment up with `mfa-runbook resume --abandon`',
      ],
      exitCode: 3,
    },
  );
}
