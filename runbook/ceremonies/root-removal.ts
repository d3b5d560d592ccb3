/** The removal of a root user's device: only the root user can do it, so a person is guided through the console. */
import { quote } from '../../lib/record/rules';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Facts } from '../ceremony/journal';
import { findRootDevice, type RootView, rootAccount } from '../device/root-view';
import { awaitRootDevice } from '../device/root-wait';
import { confirmInPerson } from '../operator/confirm-in-person';
import { stepsToRemoval, tellConsoleSteps } from '../operator/console-steps';
import { RunbookError } from '../runbook-error';
import { type RootRequest, tellPause } from './root-subject';

/** Returns the name in the console of a device. */
function nameOfDevice(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/**
 * Has a person remove a device of root, unless an earlier run did.
 *
 * @returns whether it is removed; `false` only if nobody was to wait
 * @throws RunbookError `iam/not-confirmed`, `cancelled`
 */
export async function settleRemoved(
  c: Ceremony<RootRequest>,
  arn: string,
  view: RootView | undefined,
): Promise<boolean> {
  const { effects, request } = c;
  if (!effects.isDone('removed') && request.isLater === true) {
    const isRemoved = view !== undefined && (await findRootDevice(c, view, arn)) === undefined;
    if (!isRemoved) {
      tellSteps(c, arn);
      tellPause(c, arn, 'no longer lists');
      return false;
    }
  }
  await effects.once('removed', () => removeInConsole(c, arn, view));
  return true;
}

function tellSteps(c: Ceremony, arn: string): void {
  if (c.request.isLookOnly !== true) {
    tellConsoleSteps(c.ports.terminal, stepsToRemoval(rootAccount(c)), nameOfDevice(arn));
  }
}

/**
 * Tells the steps, and waits until AWS no longer lists the device, or takes a person's word.
 *
 * @returns who saw that it is removed
 * @throws RunbookError `iam/not-confirmed`, `cancelled`
 */
async function removeInConsole(c: Ceremony, arn: string, view: RootView | undefined): Promise<Facts> {
  const { ports, request } = c;
  tellSteps(c, arn);
  if (view !== undefined) {
    await awaitRootDevice(c, view, { arn, until: 'unlisted' });
    tellStep(ports, 'removed', `AWS no longer lists ${arn} for ${request.holder}`, { deviceArn: arn });
    return { by: view.by };
  }
  const message = `does the console, signed in as ${request.holder}, no longer list ${quote(nameOfDevice(arn))}?`;
  if (await confirmInPerson(ports.terminal, { name: 'removed', message }, ports.signal)) {
    return { by: 'by-word' };
  }
  throw new RunbookError('iam/not-confirmed', `nobody confirmed that ${arn} is removed`, {
    hints: ['remove it in the console, then run `{command}` again'],
    exitCode: 3,
  });
}
