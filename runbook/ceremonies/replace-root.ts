/**
 * Replacement of a root user's token: another one is enrolled in the same slot, and a person removes the old device in the
 * console after that; that of a stolen token first.
 */
import { parsePlace } from '../../lib/record/place';
import { type Ceremony, type CeremonyState, hold, type Preamble } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import { facts } from '../ceremony/journal';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { lookAtRootSlot, openRootView, type RootView, rootAccount } from '../device/root-view';
import { checkUnused } from '../device/slot';
import { eraseReplaced } from '../operator/erase';
import { tellOpenSessions } from '../operator/open-sessions';
import { askWitness } from '../operator/witness';
import { isBurned } from '../record/token-kinds';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { askToAssign } from './assign-root';
import { burnedChecks, deletePicture, noteEarlierRun, settleCodes, takeCode, tellView } from './enroll-root';
import { asStarted, remindOfSpare, sessionChecks } from './replacement';
import { confirmAdded, listedCheck, settleAdded } from './root-added';
import { settleRemoved } from './root-removal';
import { chooseRootToken, keptOld, type OldRootDevice, type ReplaceRootRequest } from './root-replacement';
import { type RootMaking, RootState } from './root-state';
import { type RootRequest, rootPlan, wayOf } from './root-subject';

/** Both devices of a replacement. */
class ReplaceRootState implements CeremonyState {
  public readonly made = new RootState();
  public old: OldRootDevice | undefined;
  public removal: 'not-asked' | 'asked' | 'removed' = 'not-asked';

  public get isPaused(): boolean {
    return this.made.isPaused;
  }

  public isOpen(): boolean {
    return this.made.isOpen() || this.removal !== 'not-asked';
  }

  public describe(): string {
    const made = this.made.describe(this.removal === 'not-asked');
    if (this.old === undefined) {
      return made;
    }
    const { arn } = this.old;
    const old = {
      'not-asked': `the device ${arn} is still enabled for root`,
      asked: `the device ${arn} may still be enabled for root`,
      removed: `the device ${arn} is removed`,
    };
    return `${made}; ${old[this.removal]}`;
  }
}

/**
 * Replaces the token of one slot of a root user.
 *
 * @param request names the root user in full
 * @returns the ARN of the new device, or its serial; nothing if a person has something to do first
 * @throws RunbookError with the state of AWS and of the new token
 */
export async function replaceRoot(
  request: ReplaceRootRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string | undefined> {
  const phase = ports.openSeedPhase();
  const state = new ReplaceRootState();
  const { reason, spare } = request;
  try {
    return await hold(
      {
        kind: 'replace',
        request,
        state,
        ...rootPlan(request, facts({ reason, spare })),
        perform: async (c) => perform(asStarted(c), state, phase),
      },
      ports,
      preamble,
    );
  } finally {
    await phase.end();
  }
}

async function perform(
  declared: Ceremony<ReplaceRootRequest>,
  state: ReplaceRootState,
  phase: SeedPhase,
): Promise<string | undefined> {
  const { effects, request, ports } = declared;
  const isCutOffFirst = request.reason === 'stolen';
  await effects.settle({ burn: byItsWord, added: byItsWord, evidence: byItsWord }); // what an earlier run left
  noteState(declared, state);
  ports.terminal.heading(`replace the token of ${request.holder} ${request.slot}`); // 1 was done before
  const view = await openRootView(declared, wayOf(declared));
  tellView(declared, view);
  const { token, old } = await chooseRootToken(declared, view); // 2
  const c = { ...declared, token };
  effects.retarget(token);
  noteState(c, state, old);
  await effects.keep('old', { ...old });
  if (isCutOffFirst && !(await remove(c, state, view))) {
    return undefined;
  }
  const checks = await makeNew(c, { state: state.made, phase }, { old, view }); // 2 to 7
  const isReplaced = checks !== undefined && (isCutOffFirst || (await remove(c, state, view)));
  if (!isReplaced) {
    await deletePicture(c, state.made); // 10: the codes of the picture are burned already
    return undefined;
  }
  const generation = await confirmAdded(c, state.made); // 8
  await effects.once('evidence', () => evidence(c, state, { checks, generation })); // 9
  await deletePicture(c, state.made); // 10
  if (request.reason === 'broken' || request.reason === 'expired') {
    await eraseReplaced(c, parsePlace(old.serial) ?? old, [declared.token, ...c.deployed.record.spares]);
  }
  remindOfSpare(c);
  return state.made.arn;
}

/** Takes over what the journal says of an earlier run. */
function noteState(
  c: Ceremony<ReplaceRootRequest>,
  state: ReplaceRootState,
  old: OldRootDevice | undefined = keptOld(c),
): void {
  const { effects, token } = c;
  state.old = old;
  noteEarlierRun(c, state.made);
  state.made.isBurned = isBurned(token.type);
  if (!state.made.isBurned && effects.isDone('asked')) {
    state.made.device = effects.isDone('added') ? 'added' : 'awaited';
  }
  if (effects.find('removed') !== undefined) {
    state.removal = effects.isDone('removed') ? 'removed' : 'asked';
  }
}

/** @returns what was checked of the new device; nothing if it was not waited for */
async function makeNew(
  c: Ceremony<ReplaceRootRequest>,
  making: RootMaking,
  { old, view: given }: { readonly old: OldRootDevice; readonly view: RootView | undefined },
): Promise<readonly string[] | undefined> {
  const { effects, ports, token } = c;
  const { state } = making;
  // Only a session of sts:AssumeRoot lists a device that is not virtual.
  const view = isBurned(token.type) || given?.by === 'assume-root' ? given : undefined;
  const isBegun = effects.find('burn') !== undefined || effects.find('asked') !== undefined;
  if (!isBegun && view !== undefined && !effects.isDone('added')) {
    await takeListed(c, state, { old, view }); // 2
  }
  if (!isBegun && effects.isDone('added')) {
    state.device = 'added';
    return ['record', listedCheck(c)];
  }
  if (!effects.isDone('added')) {
    checkClock(c.identity);
  }
  const witness = isBegun ? undefined : await askWitness(c, token);
  if (!isBurned(token.type)) {
    await askToAssign(c, state, witness); // 4
    const isAdded = await settleAdded(c, state, view); // 7
    return isAdded ? ['record', 'clock', listedCheck(c)] : undefined;
  }
  if (!isBegun) {
    checkUnused(c, token, await ports.aws.virtualDevices());
  }
  await settleCodes(c, { state, view, listed: await lookAgain(c, view, old) });
  await takeCode(c, making, { view, witness }); // 3 to 6
  const isAdded = await settleAdded(c, state, view); // 7
  return isAdded ? burnedChecks(c) : undefined;
}

/** The new token may be enrolled already, by a run whose journal is on another machine. */
async function takeListed(
  c: Ceremony<ReplaceRootRequest>,
  state: RootState,
  { old, view }: { readonly old: OldRootDevice; readonly view: RootView },
): Promise<void> {
  const { effects, ports, token } = c;
  const listed = await lookAtRootSlot(c, view, old.arn);
  if (listed !== undefined) {
    state.arn = listed.arn;
    ports.terminal.say(`${token.serial} is enrolled already: ${listed.arn}`);
    ports.terminal.event('already-enrolled', { deviceArn: listed.arn, serial: token.serial });
    await effects.keep('added', { arn: listed.arn, by: view.by });
  }
}

/** A run that died between the burn and the console's codes may have enrolled the token. */
async function lookAgain(c: Ceremony<ReplaceRootRequest>, view: RootView | undefined, old: OldRootDevice) {
  return view !== undefined && c.effects.isDone('burn') && !c.effects.isDone('codes')
    ? lookAtRootSlot(c, view, old.arn)
    : undefined;
}

/** Does step 7 of the old device. @returns whether it is removed; `false` only if nobody was to wait */
async function remove(
  c: Ceremony<ReplaceRootRequest>,
  state: ReplaceRootState,
  view: RootView | undefined,
): Promise<boolean> {
  const { old } = state;
  if (old === undefined || c.effects.isDone('removed')) {
    return true;
  }
  const { terminal } = c.ports;
  if (c.request.reason !== 'expired') {
    terminal.note(
      `if root has no other device to sign in with: "Troubleshoot MFA" on the sign-in page signs it in by the e-mail address and the telephone number of ${rootAccount(c)}`,
    );
  }
  state.removal = 'asked';
  // Its ARN alone tells it from the new one, whatever kind it is.
  const about: Ceremony<RootRequest> = {
    ...c,
    token: { slot: c.token.slot, serial: old.serial, type: 'programmable' },
  };
  const seen = old.isListed === 'yes' ? view : undefined;
  if (!(await settleRemoved(about, old.arn, seen))) {
    state.made.isPaused = true;
    return false;
  }
  state.removal = 'removed';
  if (sessionChecks(c.request.reason).length > 0) {
    tellOpenSessions(c, { holder: c.request.holder, serials: [old.serial] });
  }
  return true;
}

async function evidence(
  c: Ceremony<ReplaceRootRequest>,
  { made, old }: ReplaceRootState,
  seen: { readonly checks: readonly string[]; readonly generation: string },
): Promise<undefined> {
  const { effects, token, ports, request } = c;
  const { model, clockOffsetSeconds, witness = effects.facts('asked').witness } = effects.facts('burn');
  const { by = 'by-word' } = effects.facts('removed');
  const about = { place: token, deviceArn: made.arn, generation: seen.generation };
  const written = await writeEvidence(ports, {
    ...evidenceFacts(c, facts({ model, clockOffsetSeconds, witness }), {
      ...about,
      checks: [...seen.checks, `old-not-listed:${by}`, ...sessionChecks(request.reason)],
    }),
    reason: request.reason,
    ...(old === undefined ? {} : { replaces: parsePlace(old.serial)?.serial ?? old.serial }),
  });
  ports.terminal.event('replaced', { ...written });
}
