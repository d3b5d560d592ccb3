/** The steps of an enrolment, as data: what each does, and how a later run finds out what came of it. */
import type { AssignedDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { hasEvidence } from '../ceremony/evidence-step';
import { confirmDevice, createDevice, deviceGone, enableDevice } from '../device/device';
import { isOwn } from '../device/own-device';
import { checkSelf, checkUnused, findSlot, holderDevices } from '../device/preflight';
import { isAssigned, settleDevice } from '../device/settle-device';
import { burn, checkTokenClock } from '../operator/burn';
import { takeFreshPair } from '../operator/fresh-pair';
import { proveCodes } from '../operator/prove-codes';
import { awaitToken, CARD_WAIT_SECONDS, checkCapacity, checkSerial } from '../operator/token-on-reader';
import { checkWitnessName, witness } from '../operator/witness';
import { confirmRecord } from '../record/confirm-record';
import { isSpare } from '../record/spares';
import type { LaidToken } from '../seed-phase/seed-phase';
import { evidence } from './enroll-evidence';
import { type Enrolling, type EnrolStep, isAhead, isDone } from './enrolling';

/** Length of the seeds AWS makes, in bytes: a token that takes fewer is refused before a device is made. */
const AWS_SEED_BYTES = 40;

/** The holder's slot is free, and the token is nobody else's. Changes nothing. */
const slot: EnrolStep = {
  name: 'slot',
  isNeeded: (context) => !isDone(context, 'enable'),
  run: async (context) => {
    const { ceremony, device, listed } = context;
    const { identity, request, ports } = ceremony;
    const devices =
      listed
        ?.filter(({ user }) => user === request.holder)
        .map(({ arn, enabledAt }) => ({ arn, enabledAt })) ??
      (await holderDevices(ports.aws, request.holder));
    const finding = findSlot(identity, ceremony.deployed.record, device.name, devices);
    if (finding.found === 'enrolled') {
      return alreadyEnabled(context, finding.device);
    }
    await checkSelf(ports.aws, identity, request.holder, devices.length);
    const all = listed ?? (await ports.aws.virtualDevices());
    checkUnused(request.fleet, device.name, request.command, all);
    tellStep(ports, 'preflight', `${identity.arn} may begin; the clocks agree; the slot is free`, {
      caller: identity.arn,
    });
    return undefined;
  },
};

/** The very token is enabled already: nothing is left to do but what comes after. */
export async function alreadyEnabled(context: Enrolling, device: AssignedDevice): Promise<undefined> {
  const { ports, request, world, token } = context.ceremony;
  world.device = 'enabled';
  world.deviceArn = device.arn;
  context.enabledBefore = device;
  ports.terminal.say(`${token.serial} is enrolled already: ${device.arn}`);
  context.hasEvidence = await hasEvidence(ports, request, device.arn, device.enabledAt);
  ports.terminal.event('already-enrolled', { deviceArn: device.arn, serial: token.serial });
  return undefined;
}

/** The token lies on the reader and is the one the record declares. Writes nothing. */
const token: EnrolStep = {
  name: 'token',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports } = context.ceremony;
    context.laid ??= await layDeclared(
      context,
      `switch ${context.ceremony.token.serial} on and lay it on the reader (waiting for ${CARD_WAIT_SECONDS} s)`,
    );
    const { serial, model } = context.laid.info;
    checkCapacity(context.laid, AWS_SEED_BYTES);
    if (isDone(context, 'burn')) {
      context.clockOffsetSeconds = checkTokenClock(context.laid.info, ports, true);
    }
    tellStep(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });
    return undefined;
  },
};

async function layDeclared({ ceremony, phase }: Enrolling, message: string): Promise<LaidToken> {
  const { ports, signal, request } = ceremony;
  const laid = await awaitToken(ports, (either) => phase.layToken(request.reader, either), message, signal);
  checkSerial(laid.info, ceremony.token, request.command);
  return laid;
}

/** A second person reads the token's serial off the token itself. */
const secondPerson: EnrolStep = {
  name: 'witness',
  isNeeded: (context) =>
    isAhead(context) && context.witness === undefined && context.ceremony.request.witness !== undefined,
  run: async (context) => {
    const { ports, request, signal, identity } = context.ceremony;
    const name = checkWitnessName(request.witness ?? '', identity.arn);
    const about = { name, holder: request.holder, token: context.ceremony.token };
    context.witness = await witness(ports.terminal, about, signal);
    return undefined;
  },
};

/** The device is in IAM, assigned to nobody, tagged with the ceremony's id. */
const device: EnrolStep = {
  name: 'device',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports, world, signal } = context.ceremony;
    const made = await createDevice(context.device, context.phase, ports, world, signal);
    context.seedInHand = true;
    if (context.laid !== undefined) {
      checkCapacity(context.laid, made.seedBytes);
    }
    tellStep(ports, 'device', `created the device ${made.arn}`, { deviceArn: made.arn });
    return { arn: made.arn, ...(context.witness === undefined ? {} : { witness: context.witness }) };
  },
  settle: settleDevice,
};

/** The seed is on the token, and the token's clock is right. */
const burned: EnrolStep = {
  name: 'burn',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports, world, signal } = context.ceremony;
    const { serial } = context.ceremony.token;
    async function layAgain(): Promise<LaidToken> {
      const laid = await layDeclared(context, 'waiting for the token');
      await checkStillOurs(context.ceremony);
      return laid;
    }
    if (!context.seedInHand) {
      throw new Error('there is no seed to burn');
    }
    const request = { phase: context.phase, serial, layAgain };
    const clockOffsetSeconds = await burn(request, ports, world, signal);
    tellStep(ports, 'burned', 'the token took the seed, and its clock is right');
    ports.terminal.note('take the token off the reader, switch it off and on, and read its code');
    return {
      model: context.laid?.info.model ?? '',
      clockOffsetSeconds: String(clockOffsetSeconds),
    };
  },
  // Nothing else can be known: asked only once the device, whose fate hangs on the burn, is settled.
  settle: async ({ ceremony }, found) => {
    if (found.state === 'done') {
      ceremony.world.token = 'written';
    }
    return found.state === 'done' ? 'done' : 'undone';
  },
};

/**
 * The token was out of our hands: another operator may have enrolled it meanwhile, and a second burn would kill their
 * device silently.
 */
async function checkStillOurs({ ports, world, request }: Ceremony): Promise<void> {
  if ((await isOwn(ports, world)) === true) {
    return;
  }
  throw deviceGone(world.deviceArn, request);
}

/** Two codes in hand; judged here as long as the seed is. */
const codes: EnrolStep = {
  name: 'codes',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports, request, signal } = context.ceremony;
    const about = { holder: request.holder, token: context.ceremony.token, command: request.command };
    if (context.seedInHand) {
      const { phase } = context;
      context.pair = await proveCodes({ ...about, phase, typed: request.codes }, ports, signal);
      tellStep(ports, 'codes', 'the token shows the right codes');
    } else {
      ports.terminal.note(
        'the seed is gone with the run that burned it, so AWS judges the codes: take the token off the reader, switch it off and on, and type both as soon as they show',
      );
      // Read a moment ago: the step of the token's clock, and so the age of a code, is known without the seed.
      const tokenOffsetSeconds = context.clockOffsetSeconds;
      context.pair = await takeFreshPair({ ...about, tokenOffsetSeconds }, new Set(), ports, signal);
    }
    // Two codes are all that is needed of the seed from here on.
    await context.phase.end();
    return undefined;
  },
};

const enable: EnrolStep = {
  name: 'enable',
  isNeeded: (context) => context.enabledBefore === undefined,
  run: async (context) => {
    const { ports, request, world, signal } = context.ceremony;
    const { pair } = context;
    if (pair === undefined) {
      throw new Error('no codes were taken before the device is enabled');
    }
    const enabling = enableDevice(context.device, pair, ports, world, signal);
    await ports.terminal.during('enabling the device', enabling);
    tellStep(ports, 'enabled', `AWS enabled the device for ${request.holder}`, {
      deviceArn: world.deviceArn,
    });
    return { codes: context.seedInHand ? String(request.codes) : 'by-aws' };
  },
  settle: async ({ ceremony }) => {
    if (!(await isAssigned(ceremony))) {
      return 'undone';
    }
    ceremony.world.device = 'enabled';
    return 'done';
  },
};

const confirmed: EnrolStep = {
  name: 'confirmed',
  isNeeded: ({ enabledBefore }) => enabledBefore === undefined,
  run: async (context) => {
    const { ceremony } = context;
    const { ports, world, signal } = ceremony;
    await confirmDevice(context.device, ports, world, signal);
    context.generation = await confirmRecord(ceremony);
    const place = isSpare(ceremony.deployed.record, ceremony.token.serial)
      ? 'has the token as a spare'
      : 'declares the token';
    tellStep(ports, 'confirmed', `IAM lists the device for the holder, and the record still ${place}`);
    return undefined;
  },
};

/** From the token on the reader to its codes, once its place is known to be free. */
export const TOKEN_STEPS: readonly EnrolStep[] = [token, secondPerson, device, burned, codes];

/** AWS enables the device, and lists it. */
export const ENABLE_STEPS: readonly EnrolStep[] = [enable, confirmed];

/** Before anything on the screen says which serial is expected. */
export const BEFORE_THE_SERIAL: readonly EnrolStep[] = [secondPerson];

/** Up to the codes: while somebody is at the table, and the seed exists. */
export const AT_THE_TABLE: readonly EnrolStep[] = [slot, ...TOKEN_STEPS];

/** From Enable on: nobody and nothing is needed but AWS. */
export const WITH_AWS: readonly EnrolStep[] = [...ENABLE_STEPS, evidence];

/** The steps of an enrolment. */
export const ENROL_STEPS: readonly EnrolStep[] = [...AT_THE_TABLE, ...WITH_AWS];
