/** The steps of a replacement beside those of an enrolment: what goes, what comes, and that both are so in the end. */
import { formatDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Step } from '../ceremony/effects';
import { writeEvidence } from '../ceremony/evidence-step';
import { checkUnused, holderDevices } from '../device/preflight';
import {
  chosen,
  deactivated,
  deleted,
  Outgoing,
  type Removing,
  runTagOf,
  unlisted,
} from '../device/remove-device';
import type { ReplaceReason } from '../evidence/evidence';
import { awaitToken, CARD_WAIT_SECONDS } from '../operator/token-on-reader';
import { tokenLabel } from '../operator/typed-code';
import { isSpare, moveSpare } from '../record/spares';
import { cancelled, RunbookError } from '../runbook-error';
import type { LaidToken } from '../seed-phase/seed-phase';
import { enrolmentFacts, settleEvidence } from './enroll-evidence';
import { alreadyEnabled, ENABLE_STEPS, TOKEN_STEPS } from './enroll-steps';
import { type Enrolling, type EnrollRequest, isDone } from './enrolling';
import { devicesInSlot, incomingTokens, outgoingDevice, type SlotSituation } from './replacement-token';
import { meanwhile, type ReplacementWorld } from './replacement-world';

/** What to replace, and why. */
export interface ReplaceRequest extends EnrollRequest {
  readonly reason: ReplaceReason;
  /** Serial of the spare to take; without it what the record says, or the spare on the reader. */
  readonly spare: string | undefined;
}

/** Counts the holder's devices beside the old one, and finds the old one among them. */
async function lookAtHolder(context: ReplacingOld): Promise<AssignedDevice | undefined> {
  const { ceremony, outgoing, world } = context;
  const devices = await holderDevices(ceremony.ports.aws, ceremony.request.holder);
  world.others = devices.filter(({ arn }) => arn !== outgoing?.arn).length;
  return devices.find(({ arn }) => arn === outgoing?.arn);
}

/** What the steps that take the old device away share. */
export interface ReplacingOld extends Removing {
  readonly ceremony: Ceremony<ReplaceRequest>;
  readonly world: ReplacementWorld;
}

/** What the steps that enrol the new token share. */
export interface ReplacingNew extends Enrolling, ReplacingOld {
  readonly ceremony: Ceremony<ReplaceRequest>;
}

/** The slot, as the record and the request see it. */
export function situationOf({ ceremony, outgoing, world }: ReplacingOld): SlotSituation {
  return {
    record: ceremony.deployed.record,
    holder: ceremony.request.holder,
    declared: ceremony.token,
    spare: ceremony.request.spare,
    cutOff: outgoing?.isTouched === true ? undefined : cutOffCommand(ceremony.request, world.others),
  };
}

/** The holder's last device is not retired by its slot. */
function cutOffCommand({ holder, slot, options }: ReplaceRequest, others: number | undefined): string {
  return `mfa-runbook retire ${holder} ${others === 0 ? '--all-devices' : `--slot ${slot}`}${options}`;
}

/** Finds the device that goes. Changes nothing. */
const find: Step<ReplacingOld> = {
  name: 'find',
  isNeeded: ({ outgoing }) => outgoing === undefined,
  run: async (context) => {
    const { ceremony, world } = context;
    const { ports, request } = ceremony;
    const devices = await holderDevices(ports.aws, request.holder);
    world.others = devices.length - 1;
    const situation = situationOf(context);
    const inSlot = devicesInSlot(situation, devices);
    const { arn, serial } = outgoingDevice(situation, inSlot);
    const listed = await ports.aws.virtualDevices();
    // Nothing is cut off for want of a token that could take its place.
    incomingTokens(situation, serial, inSlot, listed);
    if (request.reason !== 'stolen' && inSlot.length === 1) {
      checkRoom(request, devices);
    }
    const run = (await runTagOf(arn, ports)) ?? '';
    context.outgoing = new Outgoing(arn, request.holder, serial, run, true);
    world.outgoing = context.outgoing;
    tellStep(
      ports,
      'find',
      `${request.slot} of ${request.holder} is enrolled with ${serial}, which is ${request.reason}`,
      {
        serial,
        deviceArn: arn,
      },
    );
    return undefined;
  },
};

function checkRoom({ holder, slot }: ReplaceRequest, devices: readonly AssignedDevice[]): void {
  if (devices.length < MAX_TOKENS_PER_HOLDER) {
    return;
  }
  throw new RunbookError(
    'iam/device-limit',
    `${holder} has ${devices.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}: there is no room for the new one beside the old one`,
    {
      hints: [
        `make room with \`mfa-runbook retire ${holder} --slot SLOT{options}\`; the devices are ${devices.map(({ arn }) => arn).join(', ')}`,
        `or have the old one cut off first: \`mfa-runbook replace ${holder} --slot ${slot} --reason stolen{options}\``,
      ],
      exitCode: 3,
    },
  );
}

function formatMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A person says that the stolen token is to be cut off. */
const consent: Step<ReplacingOld> = {
  name: 'consent',
  isNeeded: ({ ceremony }) => ceremony.progress.find('deactivate') === undefined,
  run: async (context) => {
    const { ceremony, outgoing, world } = context;
    const { ports, signal, request } = ceremony;
    const device = await lookAtHolder(context);
    // So that nobody cuts the new token off by giving the same command twice.
    const since = device?.enabledAt === undefined ? '' : `, enrolled ${formatMinute(device.enabledAt)},`;
    const question = {
      name: 'cut-off',
      message: `cut off ${outgoing?.serial ?? ''} of ${request.holder} ${request.slot}${custodyOf(ceremony, outgoing?.serial)}${since} now? ${meanwhile(request.holder, world.others ?? 0)}`,
    };
    if (!(await ports.terminal.confirm(question, signal))) {
      throw cancelled();
    }
    signal.throwIfAborted();
    return undefined;
  },
};

/** Where the record says that a token is kept. */
function custodyOf({ deployed: { record }, token }: Ceremony, serial: string | undefined): string {
  const custody = [token, ...record.spares].find((each) => each.serial === serial)?.custody;
  return custody === undefined ? '' : ` (${custody})`;
}

/** How many devices are left is said once it is true. */
const told: Step<ReplacingOld> = {
  name: 'cut-off',
  run: async (context) => {
    const { ceremony, outgoing, world } = context;
    const { ports, request } = ceremony;
    await lookAtHolder(context);
    if (ceremony.progress.find('enable')?.state === 'done') {
      return undefined;
    }
    ports.terminal.note(meanwhile(request.holder, world.others ?? 0));
    ports.terminal.event('cut-off', {
      holder: request.holder,
      serial: outgoing?.serial,
      others: world.others,
    });
    return undefined;
  },
};

/** Make before break: what goes is known, and stays. */
export const FIND_STEPS: readonly Step<ReplacingOld>[] = [find, chosen];

/** Stolen: it is cut off before anything else. */
export const CUT_OFF_STEPS: readonly Step<ReplacingOld>[] = [
  find,
  chosen,
  consent,
  deactivated,
  deleted,
  told,
];

/** What may take the old one's place, and the one that lies on the reader where there are several. */
export interface Incoming {
  readonly token: SlotToken;
  readonly laid: LaidToken | undefined;
  readonly listed: readonly VirtualDevice[];
}

/** The token that comes; of several spares, the one that is laid on the reader. */
export async function chooseIncoming(context: ReplacingOld, phase: Enrolling['phase']): Promise<Incoming> {
  const { ceremony, outgoing } = context;
  const { ports, request, signal } = ceremony;
  const listed = await ports.aws.virtualDevices();
  const others = listed.filter(({ arn, user }) => user === request.holder && arn !== outgoing?.arn);
  context.world.others ??= others.length;
  const situation = situationOf(context);
  const inSlot = devicesInSlot(situation, others);
  const candidates = incomingTokens(situation, outgoing?.serial ?? '', inSlot, listed);
  const [first] = candidates;
  const isEnrolled = inSlot.some(({ serial }) => serial === first?.serial);
  if (first !== undefined && (isEnrolled || first.serial === situation.declared.serial)) {
    return { token: first, laid: undefined, listed };
  }
  const names = candidates.map(({ serial }) => serial).join(' or ');
  const laid = await awaitToken(
    ports,
    (either) => phase.layToken(request.reader, either),
    `switch a spare on and lay it on the reader (waiting for ${CARD_WAIT_SECONDS} s): ${names}`,
    signal,
  );
  const token = candidates.find(({ serial }) => serial === laid.info.serial);
  if (token === undefined) {
    throw noCandidate(laid.info.serial, outgoing?.serial, names, request.command);
  }
  return { token, laid, listed };
}

function noCandidate(
  serial: string,
  outgoing: string | undefined,
  names: string,
  command: string,
): RunbookError {
  return new RunbookError(
    'token/wrong-serial',
    serial === outgoing
      ? `the token on the reader is ${serial}, the one that is to be replaced`
      : `the token on the reader is ${serial}, which is not the spare to take`,
    { hints: [`lay ${names} on the reader and run \`${command}\``] },
  );
}

/** There is a place for the new device, and its token is nobody else's. Changes nothing. */
const place: Step<ReplacingNew> = {
  name: 'place',
  isNeeded: (context) => !isDone(context, 'enable'),
  run: async (context) => {
    const { ceremony, device, outgoing, listed } = context;
    const { ports, request, identity } = ceremony;
    const devices = await holderDevices(ports.aws, request.holder);
    const arn = formatDeviceArn(identity.partition, identity.account, request.fleet, device.name);
    const enrolled = devices.find((each) => each.arn === arn);
    if (enrolled !== undefined) {
      return alreadyEnabled(context, enrolled);
    }
    const isCutOff = outgoing?.isTouched === true;
    checkRoom(request, isCutOff ? devices.filter((each) => each.arn !== outgoing.arn) : devices);
    checkUnused(request.fleet, device.name, request.command, listed ?? (await ports.aws.virtualDevices()));
    const text = `${identity.arn} may begin; the clocks agree; ${tokenLabel(request.holder, ceremony.token)} comes in its place`;
    tellStep(ports, 'preflight', text, { caller: identity.arn, serial: ceremony.token.serial });
    return undefined;
  },
};

const evidence: Step<ReplacingNew> = {
  name: 'evidence',
  run: async (context) => {
    const { ceremony, outgoing } = context;
    const { ports, request } = ceremony;
    const enrolled = enrolmentFacts(context);
    const written = await writeEvidence(
      ports,
      {
        ...enrolled,
        ceremony: 'replace',
        reason: request.reason,
        ...(outgoing === undefined ? {} : { replaces: outgoing.serial }),
        checks: [...enrolled.checks, 'old-deactivated', 'old-deleted', 'old-not-listed'],
      },
      request.command,
    );
    ports.terminal.event('replaced', { ...written });
    return undefined;
  },
  settle: settleEvidence,
};

/** What a spare leaves to do by hand. */
const record: Step<ReplacingNew> = {
  name: 'record',
  isNeeded: ({ ceremony: { deployed, token } }) => isSpare(deployed.record, token.serial),
  run: async (context) => {
    const { ports, token } = context.ceremony;
    const { holder } = context.ceremony.request;
    ports.terminal.note(
      `the record and IAM differ in the spare: ${moveSpare(token.serial, holder, token.slot)}`,
    );
    ports.terminal.event('record-to-change', { serial: token.serial, holder, slot: token.slot });
    return undefined;
  },
};

const ENROL_NEW: readonly Step<ReplacingNew>[] = [place, ...TOKEN_STEPS, ...ENABLE_STEPS];

/** The new token is enrolled in full, and only then the old one is taken away. */
export const MAKE_BEFORE_BREAK: readonly Step<ReplacingNew>[] = [
  ...ENROL_NEW,
  deactivated,
  deleted,
  unlisted,
  evidence,
  record,
];

/** The old one is gone already. */
export const AFTER_CUT_OFF: readonly Step<ReplacingNew>[] = [...ENROL_NEW, unlisted, evidence, record];
