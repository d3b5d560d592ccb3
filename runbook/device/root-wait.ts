/** Waits for what a person does with a device of root in the console. */
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import { awaitConsole, WAIT_MINUTES } from './console-wait';
import { findRootDevice, type RootView, shownArn } from './root-view';

/**
 * Waits until the listing shows a device of root, or no longer shows it.
 *
 * @throws RunbookError `iam/not-confirmed`
 */
export async function awaitRootDevice(
  c: Ceremony,
  view: RootView,
  { arn, until }: { readonly arn: string; readonly until: 'listed' | 'unlisted' },
): Promise<string> {
  const shown = shownArn(arn);
  const what = until === 'listed' ? `AWS lists ${shown}` : `AWS no longer lists ${shown}`;
  const seen = await awaitConsole(c.ports, `${what} for ${c.request.holder}`, async () => {
    const found = await findRootDevice(c, view, arn);
    return (found !== undefined) === (until === 'listed') ? (found?.arn ?? arn) : undefined;
  });
  if (seen !== undefined) {
    return seen;
  }
  throw new RunbookError(
    'iam/not-confirmed',
    until === 'listed'
      ? `AWS does not list ${shown} for ${c.request.holder} after ${WAIT_MINUTES} minutes`
      : `AWS still lists ${shown} for ${c.request.holder} after ${WAIT_MINUTES} minutes`,
    {
      hints: [
        'finish the page in the console, then run `{command}`: it looks again',
        'if that page is gone: `mfa-runbook resume --abandon{options}`, then begin again',
      ],
      exitCode: 3,
    },
  );
}
