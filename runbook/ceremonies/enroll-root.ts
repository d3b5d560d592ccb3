/**
 * Enrollment of a token for a root user: a person creates the device in the console, which alone can, and the seed comes
 * from the QR code there.
 *
 * Rules: nothing is changed in AWS; the console has the device only when a listing, or else a person's word, says so, and
 * the evidence says which; a run that lost the seed before the console took two codes begins again with a new code.
 */
import type { VirtualDevice } from '../aws/aws';
import { type Ceremony, hold, type Preamble, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import type { Ports } from '../ceremony/ports';
import {
  deviceNameOf,
  findRootDevice,
  lookAtRootSlot,
  openRootView,
  type RootView,
  rootAccount,
  rootDeviceArn,
} from '../device/root-view';
import { checkUnused } from '../device/slot';
import { takeToConsole } from '../operator/console-codes';
import { stepsToCode, tellConsoleSteps } from '../operator/console-steps';
import { askWitness } from '../operator/witness';
import { offerToDelete } from './burn-seed';
import { announce, checkSameToken } from './enrollment';
import {
  confirmAdded,
  evidenceOfRoot,
  giveWord,
  listedCheck,
  settleAdded,
  takeAsEnrolled,
} from './root-added';
import { burnForRoot, layAndOpen, takeSecret } from './root-burn';
import { type EnrollRootRequest, type RootMaking, RootState } from './root-state';
import { rootPlan, wayOf } from './root-subject';

/**
 * Enrolls one token of a root user.
 *
 * @param request names the root user in full
 * @returns the ARN of its device; nothing if it was not waited for
 * @throws RunbookError with the state of AWS and of the token
 */
export async function enrollRoot(
  request: EnrollRootRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string | undefined> {
  const phase = ports.openSeedPhase();
  phase.warm();
  const state = new RootState();
  try {
    return await hold(
      {
        kind: 'enroll',
        request,
        state,
        ...rootPlan(request),
        perform: async (c) => perform(c, { state, phase }),
      },
      ports,
      preamble,
    );
  } finally {
    await phase.end();
  }
}

async function perform(c: Ceremony<EnrollRootRequest>, making: RootMaking): Promise<string | undefined> {
  const { effects } = c;
  const { state } = making;
  await effects.settle({ burn: byItsWord, added: byItsWord, evidence: byItsWord }); // what an earlier run left
  checkSameToken(c);
  noteEarlierRun(c, state);
  const witness = effects.isDone('codes') ? undefined : await askWitness(c, c.token);
  announce(c); // 1 was done before the journal was opened
  const view = await openRootView(c, wayOf(c));
  tellView(c, view);
  const listed = effects.isDone('added') ? undefined : await look(c, view); // 2
  if (view !== undefined && listed !== undefined && !effects.isDone('burn')) {
    return takeAsEnrolled(c, state, { listed, view });
  }
  await settleCodes(c, { state, view, listed });
  await takeCode(c, making, { view, witness }); // 3 to 6
  const isAdded = await settleAdded(c, state, view); // 7
  if (isAdded) {
    const generation = await confirmAdded(c, state); // 8
    const checks = burnedChecks(c);
    await effects.once('evidence', () => evidenceOfRoot(c, state, { checks, generation })); // 9
  }
  await deletePicture(c, state); // 10
  return isAdded ? state.arn : undefined;
}

/** Steps 3 to 6: the secret of the console's code gets onto the token, and two codes of it get into the console. */
export async function takeCode(
  c: Ceremony<EnrollRootRequest>,
  making: RootMaking,
  { view, witness }: { readonly view: RootView | undefined; readonly witness: string | undefined },
): Promise<void> {
  const { effects, ports } = c;
  if (effects.isDone('codes')) {
    return;
  }
  const open = await layAndOpen(c, making.phase); // 3
  tellConsoleSteps(ports.terminal, stepsToCode(rootAccount(c)), deviceNameOf(c)); // 4
  const name = await takeSecret(c, making, { laid: open.laid, view });
  await effects.once('burn', () => burnForRoot(c, making, { open, name, witness })); // 5
  const codes = await takeToConsole(c, making.phase, open.laid); // 6
  await effects.keep('codes', { codes });
  await making.phase.end(); // two codes are all that is needed of the seed
  making.state.device = 'awaited';
}

/** Names what was checked of a device whose seed was burned. */
export function burnedChecks(c: Ceremony): readonly string[] {
  const { codes = 'by-aws' } = c.effects.facts('codes');
  return ['record', 'clock', 'serial', 'burn', `codes:${codes}`, listedCheck(c)];
}

/** Takes over what the journal says of an earlier run. */
export function noteEarlierRun(c: Ceremony<EnrollRootRequest>, state: RootState): void {
  const { effects } = c;
  const { name } = effects.facts('burn');
  state.source = c.request.source;
  state.arn = effects.facts('added').arn ?? rootDeviceArn(c, name);
  state.token = effects.isDone('burn') ? 'written' : 'untouched';
  if (effects.isDone('codes')) {
    state.device = effects.isDone('added') ? 'added' : 'awaited';
  }
}

export function tellView(c: Ceremony, view: RootView | undefined): void {
  const { ports, request, identity } = c;
  if (view !== undefined) {
    const text = `${identity.arn} may see the devices of ${request.holder}; the clocks agree`;
    tellStep(ports, 'preflight', text, { caller: identity.arn, seenBy: view.by });
    return;
  }
  ports.terminal.note(
    `these credentials do not see the devices of ${request.holder}, so a person has to confirm them; with --view-role or --assume-root, AWS shows them`,
  );
}

/** Step 2: an enrolled device of this very token, if AWS lists one. */
async function look(c: Ceremony, view: RootView | undefined): Promise<VirtualDevice | undefined> {
  const { effects, ports, token } = c;
  const { name } = effects.facts('burn');
  if (view === undefined) {
    return undefined;
  }
  if (name !== undefined) {
    return findRootDevice(c, view, rootDeviceArn(c, name));
  }
  const enrolled = await lookAtRootSlot(c, view);
  if (enrolled === undefined) {
    checkUnused(c, token, await ports.aws.virtualDevices());
  }
  return enrolled;
}

/** A run that died between the burn and the console's codes: the console may have them, or the seed is lost. */
export async function settleCodes(
  c: Ceremony<EnrollRootRequest>,
  {
    state,
    view,
    listed,
  }: {
    readonly state: RootState;
    readonly view: RootView | undefined;
    readonly listed: VirtualDevice | undefined;
  },
): Promise<void> {
  const { effects, ports } = c;
  if (!effects.isDone('burn') || effects.isDone('codes')) {
    return;
  }
  if (listed !== undefined || (view === undefined && (await giveWord(c, state.arn)) !== undefined)) {
    await effects.keep('codes', { codes: 'by-aws' });
    state.device = 'awaited';
    return;
  }
  ports.terminal.note(
    'the run that burned the token ended before the console took its codes, and the secret is lost: cancel that page in the console, and show a new code',
  );
  ports.terminal.event('code-lost', { deviceArn: state.arn });
  await effects.forgetFrom('burn');
}

/** Does step 10: offers to delete the picture, because whoever has it has the codes. */
export async function deletePicture(
  { ports, request }: Ceremony<EnrollRootRequest>,
  state: RootState,
): Promise<void> {
  const { source } = state;
  if (source !== undefined && request.removeFile !== undefined) {
    await offerToDelete({ source }, ports, request.removeFile);
  }
}
