/** Replacement: another token takes the place of one that is lost, stolen, broken or expired. */

import { deviceKind, deviceKindOf } from '../../lib/record/devices';
import { isSameUser } from '../../lib/record/names';
import { formatPlace, isSamePlace, placeOf } from '../../lib/record/place';
import type { SlotToken, TokenType } from '../../lib/record/record';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { type Ceremony, type CeremonyState, hold, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { writeEvidence } from '../ceremony/evidence-step';
import { facts } from '../ceremony/journal';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { devicesOfHolder, runTagOf } from '../device/iam';
import { NewDevice } from '../device/new-device';
import {
  confirmUnlisted,
  keepOldDevice,
  keptOldDevice,
  OldDevice,
  removalFates,
  removeOldDevice,
} from '../device/old-device';
import { checkUnused, deviceOfToken, devicesInSlot } from '../device/slot';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import { eraseReplaced } from '../operator/erase';
import { SESSIONS_CHECK, tellOpenSessions } from '../operator/open-sessions';
import { awaitToken, checkToken, layRequest } from '../operator/token-on-reader';
import { inCustody, tokenLabel } from '../operator/typed-code';
import { isSpare, moveSpare } from '../record/declared-token';
import { isBurned } from '../record/token-kinds';
import { cancelled, RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { CommandLine } from '../terminal/command-line';
import {
  type EnrollRequest,
  enrollmentFacts,
  enrollmentFates,
  enrollToken,
  noteEarlierDevice,
  takeAsEnabled,
} from './enroll';
import { askForLater, readCertifications, registerKey } from './enroll-fido';
import { enrollPrintedToken } from './enroll-printed';
import { newTokens, oldDeviceOf, type SlotSituation } from './replacement-token';

/** Options of a replacement. */
export interface ReplaceRequest extends EnrollRequest {
  readonly reason: ReplaceReason;
  /** Serial of the spare to take; without it the token that the record declares, or the spare on the reader. */
  readonly spare: string | undefined;
}

/** Both devices of a replacement. */
class ReplaceState implements CeremonyState {
  public readonly device = new NewDevice();
  public old: OldDevice | undefined;
  /** The holder's devices in addition to the old one, once they were counted. */
  public others: number | undefined;

  public constructor(private readonly line: CommandLine) {}

  public get isPaused(): boolean {
    return this.device.isPaused;
  }

  /** Open like an enrollment, and also while the old device is cut off and the holder has no new one. */
  public isOpen(c: Ceremony): boolean {
    return this.device.isOpen(c) || this.old?.isTouched === true;
  }

  public async undo(c: Ceremony): Promise<void> {
    await this.device.undo(c);
    if (!this.device.mayBeLeft && !this.device.isEnabled) {
      // The device was deleted again: a later run need not look for it.
      await c.effects.forgetFrom('device').catch(() => undefined);
    }
  }

  public describe(): string {
    const made = this.device.describe();
    if (this.old === undefined) {
      return made;
    }
    if (!this.old.isTouched || this.device.isEnabled) {
      return `${made}, ${this.old.describe()}`;
    }
    const left = this.others === undefined ? '' : `, ${devicesLeft(this.old.holder, this.others)}`;
    const next = `\`${this.line.other('resume')}\` continues with the new one`;
    return `${this.old.describe()}${left}; ${this.device.describe(false)}; ${next}`;
  }
}

/** Says how many devices a holder has without the old one. */
function devicesLeft(holder: string, others: number): string {
  return others === 0
    ? `${holder} has no other device, and cannot sign in until the new one is enrolled`
    : `${holder} has ${countOf(others, 'other device')} until the new one is enrolled`;
}

/**
 * Replaces the token of one slot.
 *
 * @returns the ARN of the new device; nothing if a person has something to do first
 * @throws RunbookError with the state of IAM and of the new token
 */
export async function replace(request: ReplaceRequest, ports: Ports): Promise<string | undefined> {
  const phase = ports.openSeedPhase();
  const state = new ReplaceState(ports.line);
  const { reason, codes, spare } = request;
  try {
    return await hold(
      {
        kind: 'replace',
        request,
        facts: facts({ reason, codes: String(codes), spare }),
        state,
        perform: async (c) => perform(asBegun(c), state, phase),
      },
      ports,
    );
  } finally {
    await phase.end();
  }
}

/** The reason decides what comes first: a replacement continues with the one that it was started with. */
function asBegun(c: Ceremony<ReplaceRequest>): Ceremony<ReplaceRequest> {
  const { reason = c.request.reason, spare } = c.effects.journal.request;
  if (reason !== c.request.reason) {
    c.ports.terminal.note(`this replacement was started with --reason ${reason}, and continues with that`);
  }
  return { ...c, request: { ...c.request, reason: reasonOf(reason), spare: c.request.spare ?? spare } };
}

/** Sessions may be open of a token that somebody else may have. */
export function sessionChecks(reason: ReplaceReason): readonly string[] {
  return reason === 'lost' || reason === 'stolen' ? [SESSIONS_CHECK] : [];
}

/** Parses the reason that a journal names. */
export function reasonOf(text: string | undefined): ReplaceReason {
  return REPLACE_REASONS.find((each) => each === text) ?? 'lost';
}

async function perform(
  declared: Ceremony<ReplaceRequest>,
  state: ReplaceState,
  phase: SeedPhase,
): Promise<string | undefined> {
  const { effects, request } = declared;
  const { device } = state;
  // Whoever has a stolen token must not be able to use it one minute longer.
  const isCutOffFirst = request.reason === 'stolen';
  announce(declared); // 1 was done before the journal was opened
  noteEarlierDevice(declared, device);
  state.old = keptOldDevice(effects.journal);
  if (isCutOffFirst) {
    await effects.settle(removalFates(declared, state.old)); // what an earlier run left of the old device
  }
  const old = state.old ?? (await findOldDevice(declared, state)); // 2
  state.old = old;
  await keepOldDevice(declared, old);
  if (isCutOffFirst) {
    await cutOff(declared, state, old);
  }
  const known = await settleNewDevice(declared, state, isCutOffFirst); // what it left of the new device
  const { token, laid, listed } =
    known === undefined ? await chooseToken(declared, state, phase) : { token: known };
  const c = { ...declared, token };
  effects.retarget(c.token);
  const enabled = effects.isDone('enable') ? undefined : await lookAtPlace(c, state, listed); // 2
  const isKey = deviceKindOf(token.type) === 'fido';
  if (request.isLater === true && isKey && enabled === undefined && !effects.isDone('register')) {
    return askForLater(c, device);
  }
  let { generation } = c.deployed.manifest;
  if (enabled === undefined) {
    generation = await enrollNew(c, { device, phase }, laid); // 3 to 8
  } else {
    await takeAsEnabled(c, device, enabled);
    await readCertifications(c, device);
  }
  if (!isCutOffFirst) {
    await removeOldDevice(c, old);
    if (request.reason === 'lost') {
      tellOpenSessions(c, { holder: request.holder, serials: [formatPlace(old.place)] });
    }
  }
  await confirmUnlisted(c, old);
  // A lost or stolen key is not at hand.
  if (request.reason === 'broken' || request.reason === 'expired') {
    await eraseReplaced(c, old.place, [declared.token, ...c.deployed.record.spares]);
  }
  await effects.once('evidence', () => evidence(c, old, { device, before: enabled, generation })); // 9
  remindOfSpare(c);
  return device.arn;
}

/** Enrolls the new token by its kind. @returns the generation of the record that declares it at the end */
async function enrollNew(
  c: Ceremony<ReplaceRequest>,
  making: { readonly device: NewDevice; readonly phase: SeedPhase },
  laid: LaidToken | undefined,
): Promise<string> {
  if (!c.effects.isDone('enable')) {
    checkClock(c.identity);
  }
  switch (deviceKindOf(c.token.type)) {
    case 'virtual':
      return enrollToken(c, making, { laid });
    case 'hardware':
      return enrollPrintedToken(c, making.device);
    case 'fido':
      return registerKey(c, making.device);
  }
}

async function evidence(
  c: Ceremony<ReplaceRequest>,
  old: OldDevice,
  seen: Parameters<typeof enrollmentFacts>[1],
): Promise<undefined> {
  const enrolled = enrollmentFacts(c, seen);
  const written = await writeEvidence(c.ports, {
    ...enrolled,
    reason: c.request.reason,
    replaces: old.serial,
    checks: [
      ...enrolled.checks,
      'old-deactivated',
      ...(old.isVirtual ? ['old-deleted'] : []),
      'old-not-listed',
      ...sessionChecks(c.request.reason),
    ],
  });
  c.ports.terminal.event('replaced', { ...written });
}

function announce({ ports, request, deployed }: Ceremony): void {
  const { generation } = deployed.manifest;
  ports.terminal.heading(`replace the token of ${request.holder} ${request.slot}`);
  tellStep(ports, 'record', `record ${generation.slice(0, 12)} declares this slot`, { generation });
}

/** Collects what the record, the request and IAM say about the slot. */
function situationOf(
  c: Ceremony<ReplaceRequest>,
  state: ReplaceState,
  devices: readonly { readonly arn: string }[],
): SlotSituation {
  const { holder, slot, spare } = c.request;
  // The holder's last device cannot be retired by its slot.
  const which = state.others === 0 ? ['--all-devices'] : ['--slot', slot];
  return {
    record: c.deployed.record,
    holder,
    declared: c.token,
    spare,
    cutOff:
      state.old?.isTouched === true ? undefined : String(c.ports.line.other('retire', holder, ...which)),
    inSlot: devicesInSlot(c, devices),
  };
}

/** Finds the device that is taken out. Changes nothing. */
async function findOldDevice(c: Ceremony<ReplaceRequest>, state: ReplaceState): Promise<OldDevice> {
  const { ports, request } = c;
  const { holder, slot, reason } = request;
  const devices = await devicesOfHolder(ports, holder);
  state.others = devices.length - 1;
  const situation = situationOf(c, state, devices);
  const { arn, ...place } = oldDeviceOf(situation);
  const { serial } = place;
  // Nothing is cut off if there is no token that could take its place.
  newTokens(situation, place, await ports.aws.virtualDevices());
  if (reason !== 'stolen' && situation.inSlot.length === 1) {
    checkRoom(request, devices);
  }
  const run = deviceKind(arn) === 'virtual' ? ((await runTagOf(ports, arn)) ?? '') : '';
  const text = `${slot} of ${holder} is enrolled with ${serial}, which is ${reason}`;
  tellStep(ports, 'find', text, { serial, deviceArn: arn });
  return new OldDevice(holder, { arn, serial, run, isAssigned: true });
}

function checkRoom({ holder, slot }: ReplaceRequest, devices: readonly AssignedDevice[]): void {
  if (devices.length >= MAX_TOKENS_PER_HOLDER) {
    throw new RunbookError(
      'iam/device-limit',
      `${holder} has ${devices.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}: there is no room for the new one`,
      {
        hints: [
          `make room with \`mfa-runbook retire ${holder} --slot SLOT{options}\`; the devices are ${devices.map(({ arn }) => arn).join(', ')}`,
          `or have the old one cut off first: \`mfa-runbook replace ${holder} --slot ${slot} --reason stolen{options}\``,
        ],
        exitCode: 3,
      },
    );
  }
}

/** Deactivates and deletes the device of a stolen token before anything else, after a yes. */
async function cutOff(c: Ceremony<ReplaceRequest>, state: ReplaceState, old: OldDevice): Promise<void> {
  const { ports, request, effects } = c;
  if (effects.find('deactivate') === undefined) {
    await askConsent(c, state, old);
  }
  await removeOldDevice(c, old);
  await countOthers(c, state, old);
  if (!effects.isDone('enable')) {
    const { holder } = request;
    ports.terminal.note(devicesLeft(holder, state.others ?? 0));
    ports.terminal.event('cut-off', { holder, serial: old.serial, others: state.others });
    tellOpenSessions(c, { holder, serials: [formatPlace(old.place)] });
  }
}

/** Counts the holder's devices in addition to the old one, and finds the old one among them. */
async function countOthers(
  { ports, request }: Ceremony,
  state: ReplaceState,
  old: OldDevice,
): Promise<AssignedDevice | undefined> {
  const devices = await devicesOfHolder(ports, request.holder);
  state.others = devices.filter(({ arn }) => arn !== old.arn).length;
  return devices.find(({ arn }) => arn === old.arn);
}

async function askConsent(c: Ceremony<ReplaceRequest>, state: ReplaceState, old: OldDevice): Promise<void> {
  const { ports, request, deployed, token } = c;
  const enabledAt = (await countOthers(c, state, old))?.enabledAt;
  // The date keeps people from cutting off the new token by giving the same command twice.
  const since =
    enabledAt === undefined
      ? ''
      : `, enrolled ${enabledAt.toISOString().slice(0, 16).replace('T', ' ')} UTC,`;
  const known = [token, ...deployed.record.spares].find((each) => isSamePlace(each, old.place));
  const which = `${old.serial} of ${request.holder} ${request.slot}${inCustody(known ?? {})}${since}`;
  const question = {
    name: 'cut-off',
    message: `cut off ${which} now? ${devicesLeft(request.holder, state.others ?? 0)}`,
  };
  if (!(await ports.terminal.confirm(question, ports.signal))) {
    throw cancelled();
  }
  ports.signal.throwIfAborted();
}

/** Finds out what an earlier run left of the new device. @returns its token, unless another may be chosen */
async function settleNewDevice(
  c: Ceremony<ReplaceRequest>,
  { device, old }: ReplaceState,
  isCutOffFirst: boolean,
): Promise<SlotToken | undefined> {
  const { effects, deployed, request } = c;
  if (effects.find('device') === undefined) {
    return undefined;
  }
  const { serial } = effects.journal;
  const { holder, slot } = request;
  const known = [c.token, ...deployed.record.spares].find((token) => formatPlace(token) === serial);
  const token = { ...(known ?? c.token), slot };
  await effects.settle({
    ...enrollmentFates({ ...c, token }, device),
    ...(isCutOffFirst ? {} : removalFates(c, old)),
    evidence: byItsWord,
  });
  if (effects.find('device') === undefined) {
    return undefined;
  }
  if (known === undefined) {
    throw new RunbookError(
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
  return token;
}

/**
 * Chooses the new token; of several spares, the one that is laid on the reader.
 *
 * @returns the token, as read on the reader if there were several candidates, and the account's virtual devices
 */
async function chooseToken(
  c: Ceremony<ReplaceRequest>,
  state: ReplaceState,
  phase: SeedPhase,
): Promise<{ token: SlotToken; laid?: LaidToken; listed?: readonly VirtualDevice[] }> {
  const { ports, request } = c;
  const listed = await ports.aws.virtualDevices();
  const others = listed.filter(({ arn, user }) => isSameUser(user, request.holder) && arn !== state.old?.arn);
  state.others ??= others.length;
  const situation = situationOf(c, state, others);
  const old = state.old?.place ?? { serial: '' };
  const candidates = newTokens(situation, old, listed);
  const [first] = candidates;
  const isEnrolled = situation.inSlot.some((each) => first !== undefined && isSamePlace(each, first));
  if (first !== undefined && (!isBurned(first.type) || isEnrolled || isSamePlace(first, c.token))) {
    return { token: first, listed };
  }
  checkClock(c.identity); // before the person is asked for a token that would be refused
  const names = [...new Set(candidates.map(({ serial }) => serial))].join(' or ');
  const laid = await awaitToken(ports, `${layRequest('a spare', kindOf(candidates))}: ${names}`, (signal) =>
    phase.layToken(request.reader, signal),
  );
  const { serial } = laid.info;
  const [token, ...more] = candidates.filter((candidate) => candidate.serial === serial);
  if (token === undefined) {
    const why =
      serial === old.serial ? 'the one that is to be replaced' : 'which is not one that was asked for';
    throw new RunbookError('token/wrong-serial', `the token on the reader is ${serial}, ${why}`, {
      hints: [`lay ${names} on the reader and run \`{command}\``],
    });
  }
  checkToken(laid, token);
  if (more.length > 0) {
    const rest = more.map((each) => `--spare ${formatPlace(each)}`).join(' or ');
    ports.terminal.note(
      `${formatPlace(token)} is taken, the first of its spare profiles; stop now and pass ${rest} for another`,
    );
    ports.terminal.event('spare-chosen', { ...placeOf(token) });
  }
  return { token, laid, listed };
}

/** Of several types, the one whose request names no switch and no port. */
function kindOf(candidates: readonly SlotToken[]): TokenType {
  const [type = 'programmable', ...others] = new Set(candidates.map((each) => each.type));
  return others.length === 0 ? type : 'oath';
}

/**
 * Checks that there is room for the new device, and that its token is in use nowhere else. Changes nothing.
 *
 * @returns the new token's device, if it is enabled already
 */
async function lookAtPlace(
  c: Ceremony<ReplaceRequest>,
  { old }: ReplaceState,
  listed: readonly VirtualDevice[] | undefined,
): Promise<AssignedDevice | undefined> {
  const { ports, request, identity, token } = c;
  const devices = await devicesOfHolder(ports, request.holder);
  const enrolled = deviceOfToken(c, devices);
  if (enrolled !== undefined) {
    return enrolled;
  }
  checkRoom(request, old?.isTouched === true ? devices.filter(({ arn }) => arn !== old.arn) : devices);
  checkUnused(c, token, listed ?? (await ports.aws.virtualDevices()));
  const text = `${identity.arn} may start; the clocks agree; ${tokenLabel(request.holder, token)} replaces the old token`;
  tellStep(ports, 'preflight', text, { caller: identity.arn, serial: token.serial });
  return undefined;
}

/** A spare that was enrolled leaves a manual step. */
function remindOfSpare({ ports: { terminal }, request, deployed, token }: Ceremony): void {
  const { holder, slot } = request;
  if (isSpare(deployed.record, token)) {
    terminal.note(`the record still has the token as a spare: ${moveSpare(token, holder, slot)}`);
    terminal.event('record-to-change', { ...placeOf(token), holder, slot });
  }
}
