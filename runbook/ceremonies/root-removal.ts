/** The removal of a root user's device: only the root user can do it, so a person is guided through the console. */
import { quote } from '../../lib/record/rules';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Facts } from '../ceremony/journal';
import { type RootView, rootAccount } from '../device/root-view';
import { awaitRootDevice } from '../device/root-wait';
import { confirmInPerson } from '../operator/confirm-in-person';
import { stepsToRemoval, tellConsoleSteps } from '../operator/console-steps';
import { RunbookError } from '../runbook-error';

/** Returns the name in the console of a device. */
function nameOfDevice(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/**
 * Tells the steps, and waits until AWS no longer lists the device, or takes a person's word.
 *
 * @returns who saw that it is removed
 * @throws RunbookError `iam/not-confirmed`, `cancelled`
 */
export async function removeInConsole(c: Ceremony, arn: string, view: RootView | undefined): Promise<Facts> {
  const { ports, request } = c;
  tellConsoleSteps(ports.terminal, stepsToRemoval(rootAccount(c)), nameOfDevice(arn));
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
