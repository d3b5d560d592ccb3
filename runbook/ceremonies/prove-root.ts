/**
 * Drill of a root user's token. Nobody but root can have AWS judge its codes, so the proof is a console sign-in with the
 * device, in the caller's own account or, seen through a role, in the other one.
 */
import { type Ceremony, hold, type Preamble } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { findRootDevice, openRootView, type RootView, rootDeviceArn } from '../device/root-view';
import { isBurned } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import { ProofState, settleProof, takeProof, writeProof } from './console-proof';
import { checkSameToken } from './enrollment';
import { confirmRootRecord, deviceByWord, notEnrolled } from './root-added';
import { type RootRequest, rootPlan, wayOf } from './root-subject';

/**
 * Proves that a root user's token still works.
 *
 * @param request names the root user in full
 * @returns the ARN of its device
 * @throws RunbookError with the state of AWS
 */
export async function proveRoot(request: RootRequest, ports: Ports, preamble: Preamble): Promise<string> {
  const state = new ProofState('AWS');
  return hold(
    {
      kind: 'prove',
      request,
      state,
      ...rootPlan(request),
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony<RootRequest>, state: ProofState): Promise<string> {
  const { effects, ports, request } = c;
  ports.terminal.heading(`prove ${request.holder} ${request.slot}`); // 1 was done before the journal was opened
  await settleProof(c, state); // what an earlier run left
  checkSameToken(c);
  const view = await openRootView(c, wayOf(c));
  const consoleSignIns = signInsOf(c, view);
  const { arn: deviceArn, checks } = await checkListed(c, view); // 2
  await takeProof(c, state, { deviceArn, user: 'root', noun: 'token', consoleSignIns }); // 6
  const generation = await confirmRootRecord(c); // 8
  await effects.once('evidence', () =>
    writeProof(c, { deviceArn, generation, seen: [...checks, 'name:typed'] }),
  ); // 9
  return deviceArn;
}

/**
 * Returns where sign-ins with this device are seen: its ARN must be known, and the account's sign-ins visible. Without a
 * second person that is required.
 */
function signInsOf({ request, token }: Ceremony, view: RootView | undefined): RootView['consoleSignIns'] {
  const signIns = view?.consoleSignIns;
  if (signIns !== undefined && token.type !== 'fido2') {
    return signIns;
  }
  if (request.witness !== undefined) {
    return undefined;
  }
  const why =
    signIns === undefined
      ? `these credentials see no sign-ins of ${request.holder}`
      : 'AWS lists no ARN of a security key of root, so no sign-in can be matched to it';
  throw new RunbookError('evidence/no-sign-in', why, {
    hints: ['have a second person watch a sign-in: run `{command}` with `--witness NAME`'],
    exitCode: 3,
  });
}

/** A listing shows virtual devices, and all of them in a session of sts:AssumeRoot; nothing is claimed of others. */
async function checkListed(
  c: Ceremony,
  view: RootView | undefined,
): Promise<{ readonly arn: string; readonly checks: readonly string[] }> {
  if (view === undefined || !(isBurned(c.token.type) || view.by === 'assume-root')) {
    return { arn: await deviceByWord(c), checks: [] };
  }
  const found = await findRootDevice(c, view, rootDeviceArn(c));
  if (found === undefined) {
    throw notEnrolled(c);
  }
  return { arn: found.arn, checks: [`listed:${view.by}`] };
}
