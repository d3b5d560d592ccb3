/** Replacement of one token: the ceremony around its steps, and what is left to a later run when one of them fails. */
import { formatDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import {
  type Ceremony,
  type CeremonyPlan,
  type CeremonyRequest,
  holdCeremony,
  tellStep,
} from '../ceremony/ceremony';
import { performSteps, runSteps, settleFound } from '../ceremony/effects';
import type { Journal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { compensate } from '../device/compensate';
import { chosenBefore } from '../device/remove-device';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import { declaredToken } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { enrolling, isEnrolmentOpen } from './enroll';
import {
  AFTER_CUT_OFF,
  CUT_OFF_STEPS,
  chooseIncoming,
  FIND_STEPS,
  MAKE_BEFORE_BREAK,
  type ReplaceRequest,
  type ReplacingNew,
  type ReplacingOld,
  situationOf,
} from './replace-steps';
import { tokenOfRecord } from './replacement-token';
import { ReplacementWorld } from './replacement-world';

/** A finished replacement. */
export interface Replacement {
  readonly deviceArn: string;
  readonly token: SlotToken;
  /** Serial of the token that went. */
  readonly replaces: string;
}

/**
 * Replaces the token of one slot.
 *
 * @throws RunbookError with the state of IAM and of the new token
 */
export async function replace(
  request: ReplaceRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<Replacement> {
  const phase = ports.openSeedPhase();
  const world = new ReplacementWorld(request.options);
  try {
    return await holdCeremony(planOf(request, phase, world), world, ports, signal);
  } finally {
    await phase.end();
  }
}

/** The request of a replacement that was cut off. */
export function replaceRequestOf(journal: Journal, common: CeremonyRequest): ReplaceRequest {
  const { reason, spare, codes } = journal.request;
  return {
    ...common,
    reason: REPLACE_REASONS.find((each) => each === reason) ?? 'lost',
    spare,
    codes: codes === '1' ? 1 : 2,
  };
}

function planOf(
  request: ReplaceRequest,
  phase: SeedPhase,
  world: ReplacementWorld,
): CeremonyPlan<ReplaceRequest, Replacement> {
  return {
    kind: 'replace',
    request,
    facts: {
      reason: request.reason,
      codes: String(request.codes),
      ...(request.spare === undefined ? {} : { spare: request.spare }),
      ...(request.witness === undefined ? {} : { witness: request.witness }),
    },
    declared: ({ deployed }) => declaredToken(deployed, request.holder, request.slot),
    perform: async (ceremony) => replaceSteps(asBegun(ceremony), phase, world),
    undo: async (ceremony) => {
      await compensate(ceremony.ports, world);
      await forgetNewDevice(ceremony);
    },
    // Who was cut off is owed a new token.
    isOpen: (ceremony) => isEnrolmentOpen(ceremony) || world.outgoing?.isTouched === true,
  };
}

/** The reason decides what comes first: a replacement goes on with the one it was begun with. */
function asBegun(ceremony: Ceremony<ReplaceRequest>): Ceremony<ReplaceRequest> {
  const { request, progress, ports } = ceremony;
  const begun = replaceRequestOf(progress.journal, request);
  if (begun.reason !== request.reason) {
    ports.terminal.note(`it was begun with --reason ${begun.reason}, and goes on so`);
  }
  return { ...ceremony, request: { ...request, reason: begun.reason, spare: request.spare ?? begun.spare } };
}

/** A device that was deleted again is nothing a later run has to look for. */
async function forgetNewDevice({ world, progress }: Ceremony): Promise<void> {
  if (world.mayHaveLeftADevice || world.device === 'enabled') {
    return;
  }
  await progress.forgetFrom('device').catch(() => undefined);
}

async function replaceSteps(
  ceremony: Ceremony<ReplaceRequest>,
  phase: SeedPhase,
  world: ReplacementWorld,
): Promise<Replacement> {
  const { request, progress } = ceremony;
  announce(ceremony);
  noteNewDevice(ceremony);
  const isStolen = isCutOffFirst(request.reason);
  world.outgoing = chosenBefore(ceremony);
  const old: ReplacingOld = { ceremony, world, outgoing: world.outgoing };
  await runSteps(isStolen ? CUT_OFF_STEPS : FIND_STEPS, old, progress);
  const steps = isStolen ? AFTER_CUT_OFF : MAKE_BEFORE_BREAK;
  const context = await settleNew(old, steps, phase);
  await performSteps(steps, context, progress);
  const { token } = context.ceremony;
  return { deviceArn: world.deviceArn, token, replaces: old.outgoing?.serial ?? '' };
}

/** Whoever has a stolen token must not use it one minute longer. */
function isCutOffFirst(reason: ReplaceReason): boolean {
  return reason === 'stolen';
}

function announce({ ports, request, deployed }: Ceremony<ReplaceRequest>): void {
  const { generation } = deployed.manifest;
  ports.terminal.heading(`replace the token of ${request.holder} ${request.slot}`);
  tellStep(ports, 'record', `record ${generation.slice(0, 12)} declares this slot`, { generation });
}

/** Until it is settled: what fails before must leave the journal open. */
function noteNewDevice({ progress, identity, request, world }: Ceremony<ReplaceRequest>): void {
  if (progress.find('device') === undefined) {
    return;
  }
  const name = { holder: request.holder, slot: request.slot, serial: progress.journal.serial };
  world.deviceArn = formatDeviceArn(identity.partition, identity.account, request.fleet, name);
  world.device = 'unknown';
}

/** Finds out what an earlier run left of the new device, and takes its token or another. */
async function settleNew(
  old: ReplacingOld,
  steps: typeof MAKE_BEFORE_BREAK,
  phase: SeedPhase,
): Promise<ReplacingNew> {
  const { ceremony } = old;
  const { progress, request } = ceremony;
  const { serial } = progress.journal;
  const earlier = tokenOfRecord(situationOf(old), serial);
  if (progress.find('device') !== undefined) {
    const context = withToken(old, earlier ?? ceremony.token, phase);
    await settleFound(steps, context, progress);
    if (progress.find('device') !== undefined && earlier !== undefined) {
      return context;
    }
    if (progress.find('device') !== undefined) {
      throw recordChanged(serial, request);
    }
  }
  const { token, laid, listed } = await chooseIncoming(old, phase);
  progress.retarget(token.serial);
  return { ...withToken(old, token, phase), laid, listed };
}

function withToken(old: ReplacingOld, token: SlotToken, phase: SeedPhase): ReplacingNew {
  const ceremony = { ...old.ceremony, token };
  return { ...enrolling(ceremony, phase, undefined), ...old, ceremony };
}

function recordChanged(serial: string, { holder, slot }: ReplaceRequest): RunbookError {
  return new RunbookError(
    'record/changed',
    `the token ${serial} was enrolled for ${slot} of ${holder}, and the record no longer declares it, not even as a spare`,
    {
      hints: [
        `declare ${serial} for ${slot} of ${holder} in tokens.yaml, run \`cdk deploy\`, then \`mfa-runbook resume{options}\``,
      ],
      exitCode: 3,
    },
  );
}
