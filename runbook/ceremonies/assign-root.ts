/**
 * Enrollment of a root user's token that has no seed to burn: a person assigns a hardware TOTP token by its printed serial, or
 * registers a security key, in the console. Only a session of sts:AssumeRoot sees such a device.
 */
import { type Ceremony, hold, type Preamble } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { requireSecurityKeys } from '../device/console-device';
import { deviceNameOf, lookAtRootSlot, openRootView, rootAccount, rootDeviceArn } from '../device/root-view';
import { stepsToKey, stepsToPrinted, tellConsoleSteps } from '../operator/console-steps';
import { askWitness } from '../operator/witness';
import { announce, checkSameToken } from './enrollment';
import { confirmAdded, evidenceOfRoot, listedCheck, settleAdded, takeAsEnrolled } from './root-added';
import { RootState } from './root-state';
import { type RootRequest, rootPlan, wayOf } from './root-subject';

/**
 * Enrolls one token of a root user.
 *
 * @param request names the root user in full
 * @returns the ARN of its device, or its serial; nothing if it was not waited for
 * @throws RunbookError with the state of AWS
 */
export async function assignRoot(
  request: RootRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string | undefined> {
  const state = new RootState();
  state.isBurned = false;
  return hold(
    {
      kind: 'enroll',
      request,
      state,
      ...rootPlan(request),
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony<RootRequest>, state: RootState): Promise<string | undefined> {
  const { effects, token } = c;
  await effects.settle({ added: byItsWord, evidence: byItsWord }); // what an earlier run left
  checkSameToken(c);
  state.arn = effects.facts('added').arn ?? rootDeviceArn(c);
  const { witness = await askWitness(c, token) } = effects.facts('asked');
  announce(c); // 1 was done before the journal was opened
  const way = wayOf(c);
  const seesAll = way !== undefined && 'assumeRoot' in way;
  const view = seesAll ? await openRootView(c, way) : undefined;
  const listed = view === undefined || effects.isDone('asked') ? undefined : await lookAtRootSlot(c, view); // 2
  if (view !== undefined && listed !== undefined) {
    return takeAsEnrolled(c, state, { listed, view });
  }
  await askToAssign(c, state, witness); // 4
  if (!(await settleAdded(c, state, view))) {
    return undefined; // 7
  }
  const generation = await confirmAdded(c, state); // 8
  const checks = ['record', 'clock', listedCheck(c)];
  await effects.once('evidence', () => evidenceOfRoot(c, state, { checks, generation })); // 9
  return state.arn;
}

/**
 * Step 4: tells a person how to assign or register the token, unless the console has it already. Nobody is told before the
 * journal knows: a listing may not show what they do.
 */
export async function askToAssign(c: Ceremony, state: RootState, witness: string | undefined): Promise<void> {
  const { effects, ports, token, request } = c;
  if (!effects.isDone('asked')) {
    requireSecurityKeys(c);
    await effects.keep('asked', facts({ witness }));
  }
  if (effects.isDone('added')) {
    state.device = 'added';
    return;
  }
  state.device = 'awaited';
  const account = rootAccount(c);
  const steps = token.type === 'fido2' ? stepsToKey(account) : stepsToPrinted(account, token.serial);
  if (request.isLookOnly !== true) {
    tellConsoleSteps(ports.terminal, steps, deviceNameOf(c));
  }
}
