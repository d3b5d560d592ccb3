/** Replacement: another token takes the place of one that is lost, stolen, broken or expired. */
import { deviceKindOf } from '../../lib/record/devices';
import { formatPlace, isSamePlace } from '../../lib/record/place';
import type { SlotToken } from '../../lib/record/record';
import type { AssignedDevice } from '../aws/aws';
import { type Ceremony, hold, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { writeEvidence } from '../ceremony/evidence-step';
import { facts } from '../ceremony/journal';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { devicesOfHolder } from '../device/iam';
import type { NewDevice } from '../device/new-device';
import {
  confirmUnlisted,
  keepOldDevice,
  keptOldDevice,
  type OldDevice,
  removalFates,
  removeOldDevice,
} from '../device/old-device';
import { eraseReplaced } from '../operator/erase';
import { tellOpenSessions } from '../operator/open-sessions';
import { inCustody } from '../operator/typed-code';
import { cancelled, RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { enrollmentFates, enrollToken } from './enroll';
import { askForLater, readCertifications, registerKey } from './enroll-fido';
import { enrollPrintedToken } from './enroll-printed';
import { enrollmentFacts, noteEarlierDevice, takeAsEnabled } from './enrollment';
import { chooseToken, findOldDevice, lookAtPlace } from './replace-choice';
import { devicesLeft, type ReplaceRequest, ReplaceState } from './replace-state';
import { asStarted, remindOfSpare, sessionChecks } from './replacement';

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
        perform: async (c) => perform(asStarted(c), state, phase),
      },
      ports,
    );
  } finally {
    await phase.end();
  }
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
