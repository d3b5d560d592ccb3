/** Waits for what a person does with a device of root in the console. Ctrl-C is safe: nothing is changed in the meantime. */
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import { findRootDevice, type RootView } from './root-view';

/** Between two looks: milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** A session of sts:AssumeRoot lasts 15 minutes, and is as old as the person's work in the console. */
const WAIT_MS = 10 * 60_000;

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
  const { clock, terminal, signal } = c.ports;
  const begun = clock.now();
  function text(): string {
    const left = Math.max(0, Math.ceil((begun + WAIT_MS - clock.now()) / 1000));
    const what = until === 'listed' ? `AWS lists ${arn}` : `AWS no longer lists ${arn}`;
    return `waiting until ${what} for ${c.request.holder} (${left} s; Ctrl-C is safe)`;
  }
  async function look(): Promise<string | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const found = await findRootDevice(c, view, arn);
      if ((found !== undefined) === (until === 'listed')) {
        return found?.arn ?? arn;
      }
      if (clock.now() - begun >= WAIT_MS) {
        return undefined;
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
  const seen = await terminal.during(text, look());
  if (seen !== undefined) {
    return seen;
  }
  throw new RunbookError(
    'iam/not-confirmed',
    until === 'listed'
      ? `AWS does not list ${arn} for ${c.request.holder} after ${WAIT_MS / 60_000} minutes`
      : `AWS still lists ${arn} for ${c.request.holder} after ${WAIT_MS / 60_000} minutes`,
    {
      hints: [
        'finish the page in the console, then run `{command}`: it looks again',
        'if that page is gone: `mfa-runbook resume --abandon{options}`, then begin again',
      ],
      exitCode: 3,
    },
  );
}
