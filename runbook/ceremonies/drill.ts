/**
 * What `prove` and `resync` share: the enrolled token of a slot shows two codes, AWS takes them, and evidence is renewed.
 * Neither makes a device, writes to a token, or needs the holder's credentials.
 */
import type { SlotToken } from '../../lib/record/record';
import {
  type Ceremony,
  type CeremonyPlan,
  type CeremonyRequest,
  holdCeremony,
  tellStep,
} from '../ceremony/ceremony';
import { runSteps, type Step } from '../ceremony/effects';
import { writeEvidence } from '../ceremony/evidence-step';
import type { Facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { World } from '../ceremony/world';
import { checkEnrolled, declaredDeviceArn } from '../device/enrolled-slot';
import { type DrillState, resyncDevice } from '../device/resync-device';
import { takeFreshPair } from '../operator/fresh-pair';
import { checkWitnessName, witness } from '../operator/witness';
import { confirmRecord } from '../record/confirm-record';
import { declaredToken } from '../record/declared-token';
import { RunbookError } from '../runbook-error';

/** A finished drill. */
export interface Drilled {
  readonly deviceArn: string;
  readonly token: SlotToken;
}

/** What is carried through the steps of one drill. */
export interface Drilling {
  readonly ceremony: Ceremony;
  readonly state: DrillState;
  readonly deviceArn: string;
  /** Model of the token and its clock minus ours, where it lay on a reader. */
  read: { readonly model: string; readonly offsetSeconds: number } | undefined;
  witness: string | undefined;
  pair: readonly [string, string] | undefined;
  generation: string | undefined;
}

/** A step of a drill. */
export type DrillStep = Step<Drilling>;

/** What tells one kind of drill from the other. */
export interface DrillKind {
  readonly kind: 'prove' | 'resync';
  /** What begins now, for people. */
  heading(ceremony: Ceremony): string;
  /** Make sure, before any code, that the token in hand is the declared one. */
  readonly identify: readonly DrillStep[];
  /** The checks that evidence names. */
  readonly checks: readonly string[];
  /** Name of the event that tells the evidence. */
  readonly finished: string;
}

/**
 * What an earlier run proved longer ago than this is proven again: evidence is dated when it is written. Milliseconds.
 */
const GOES_STALE_MS = 60 * 60_000;

/** Nobody is needed any more once AWS took the codes. */
export function isAhead({ state }: Drilling): boolean {
  return state.codes !== 'taken';
}

/** Holds a drill. */
export async function holdDrill(
  kind: DrillKind,
  request: CeremonyRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<Drilled> {
  const state: DrillState = { codes: 'none', isEvidenced: false, isOver: false };
  const world = new World();
  world.describeAs(() => describe(state, request));
  return holdCeremony(planOf(kind, request, state), world, ports, signal);
}

/** The `state:` line. */
function describe({ codes, isEvidenced }: DrillState, { holder, slot }: CeremonyRequest): string {
  switch (codes) {
    case 'none':
      return 'nothing was changed in IAM, the token was not written';
    case 'unknown':
      return `whether AWS took codes for ${slot} of ${holder} is not known, and at most the clock it assumes for the token has changed; the token was not written`;
    case 'taken':
      return `AWS took the codes for ${slot} of ${holder}, ${isEvidenced ? 'the evidence is complete' : 'the evidence is not complete'}, the token was not written`;
  }
}

function planOf(
  kind: DrillKind,
  request: CeremonyRequest,
  state: DrillState,
): CeremonyPlan<CeremonyRequest, Drilled> {
  return {
    kind: kind.kind,
    request,
    facts: request.witness === undefined ? {} : { witness: request.witness },
    declared: ({ deployed }) => declaredToken(deployed, request.holder, request.slot),
    perform: async (ceremony) => perform(kind, ceremony, state),
    undo: async () => undefined,
    isOpen: () => state.codes !== 'none' && !state.isOver,
  };
}

async function perform(kind: DrillKind, ceremony: Ceremony, state: DrillState): Promise<Drilled> {
  const { ports, deployed, progress, token } = ceremony;
  ports.terminal.heading(kind.heading(ceremony));
  const { generation } = deployed.manifest;
  tellStep(ports, 'record', `record ${generation.slice(0, 12)} declares a token for this slot`, {
    generation,
  });
  checkTarget(ceremony, state);
  const context: Drilling = {
    ceremony,
    state,
    deviceArn: declaredDeviceArn(ceremony),
    read: undefined,
    witness: undefined,
    pair: undefined,
    generation: undefined,
  };
  await runSteps(stepsOf(kind), context, progress);
  return { deviceArn: context.deviceArn, token };
}

/** A drill that was cut off cannot become the drill of another token. */
function checkTarget({ progress, token, request }: Ceremony, state: DrillState): void {
  const { serial } = progress.journal;
  if (serial === token.serial) {
    return;
  }
  state.isOver = true;
  throw new RunbookError(
    'record/changed',
    `what was cut off was about the token ${serial}, and the record now declares ${token.serial} for ${request.slot} of ${request.holder}`,
    {
      hints: [
        `it is given up; begin with ${token.serial}: \`mfa-runbook ${progress.journal.ceremony} ${request.holder} --slot ${request.slot}{options}\``,
      ],
      exitCode: 3,
    },
  );
}

function stepsOf(kind: DrillKind): readonly DrillStep[] {
  return [listed, ...kind.identify, codes, resynced, confirmed, evidenceOf(kind)];
}

const CANNOT_BE_PROVEN: ReadonlySet<string> = new Set(['iam/not-enrolled', 'iam/slot-taken', 'iam/no-user']);

const listed: DrillStep = {
  name: 'listed',
  isNeeded: ({ state }) => !state.isEvidenced,
  run: async ({ ceremony, state }) => {
    try {
      await checkEnrolled(ceremony);
    } catch (error) {
      // What an earlier run left is over, and must not stand in the way of enrolling or replacing.
      if (error instanceof RunbookError && CANNOT_BE_PROVEN.has(error.code)) {
        state.isOver = true;
      }
      throw error;
    }
    const { ports, identity } = ceremony;
    // Without the ARN: it holds the serial, which a person may yet be asked for.
    const text = `${identity.arn} may look; the clocks agree; IAM lists the slot's device for the holder`;
    tellStep(ports, 'listed', text, { caller: identity.arn });
    return undefined;
  },
};

/** A second person reads the token's serial off the token itself. */
export const secondPerson: DrillStep = {
  name: 'witness',
  isNeeded: (context) => isAhead(context) && context.ceremony.request.witness !== undefined,
  run: async (context) => {
    const { ports, request, signal, identity, token } = context.ceremony;
    const name = checkWitnessName(request.witness ?? '', identity.arn);
    context.witness = await witness(ports.terminal, { name, holder: request.holder, token }, signal);
    return undefined;
  },
};

function codesOf({ ceremony: { request, token }, read }: Drilling) {
  return {
    holder: request.holder,
    slot: request.slot,
    token,
    command: request.command,
    tokenOffsetSeconds: read?.offsetSeconds,
  };
}

/** Two codes in hand, which nobody but AWS can judge. */
const codes: DrillStep = {
  name: 'codes',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports, signal } = context.ceremony;
    context.pair = await takeFreshPair(codesOf(context), new Set(), ports, signal);
    return undefined;
  },
};

const resynced: DrillStep = {
  name: 'resync',
  run: async (context) => {
    const { ceremony, deviceArn, pair, state } = context;
    const { ports, signal } = ceremony;
    if (pair === undefined) {
      throw new Error('no codes were taken before AWS is to judge them');
    }
    await resyncDevice({ ...codesOf(context), deviceArn, pair }, ports, state, signal);
    const text = "AWS took both codes, and knows the token's clock; sign-in follows within about ten seconds";
    tellStep(ports, 'resynced', text, { deviceArn });
    return {
      ...(context.read === undefined
        ? {}
        : { model: context.read.model, clockOffsetSeconds: String(Math.round(context.read.offsetSeconds)) }),
      ...(context.witness === undefined ? {} : { witness: context.witness }),
    };
  },
  /** What came of a lost answer shows nowhere; newer codes are always safe. */
  settle: async ({ ceremony, state }, found) => {
    const { ports, progress } = ceremony;
    const { startedAt } = progress.journal;
    if (found.state === 'begun') {
      state.codes = 'unknown';
      ports.terminal.note('the codes of the earlier run may have been taken, so two new ones are needed');
      return 'undone';
    }
    const isEvidenced = progress.find('evidence')?.state === 'done';
    if (!isEvidenced && ports.clock.now() - Date.parse(startedAt) > GOES_STALE_MS) {
      ports.terminal.note(`what was begun ${startedAt} is too long ago for evidence of today: once more`);
      return 'undone';
    }
    state.codes = 'taken';
    ports.terminal.note(
      'AWS took the codes of the earlier run; this completes it, and a new run drills anew',
    );
    return 'done';
  },
};

const confirmed: DrillStep = {
  name: 'confirmed',
  isNeeded: ({ state }) => !state.isEvidenced,
  run: async (context) => {
    context.generation = await confirmRecord(context.ceremony);
    tellStep(context.ceremony.ports, 'confirmed', 'the record still declares the token');
    return undefined;
  },
};

function evidenceOf(kind: DrillKind): DrillStep {
  return {
    name: 'evidence',
    run: async ({ ceremony, deviceArn, generation, state }) => {
      const { ports, request, world, identity, deployed, token, progress } = ceremony;
      const facts: Facts = progress.find('resync')?.facts ?? {};
      const written = await writeEvidence(
        ports,
        {
          id: world.id,
          ceremony: kind.kind,
          fleet: request.fleet,
          holder: request.holder,
          slot: request.slot,
          tokenSerial: token.serial,
          ...(facts.model ? { tokenModel: facts.model } : {}),
          ...(facts.clockOffsetSeconds ? { clockOffsetSeconds: Number(facts.clockOffsetSeconds) } : {}),
          ...(facts.witness ? { witness: facts.witness } : {}),
          deviceArn,
          generation: generation ?? deployed.manifest.generation,
          by: identity.arn,
          checks: kind.checks,
        },
        request.command,
      );
      state.isEvidenced = true;
      ports.terminal.event(kind.finished, { ...written });
      return undefined;
    },
    // The same evidence has the same id: writing it twice is writing it once.
    settle: async ({ state }, found) => {
      state.isEvidenced = found.state === 'done';
      return found.state === 'done' ? 'done' : 'undone';
    },
  };
}
