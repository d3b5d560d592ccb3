/** Looks at the place that a seed is burned to, before a device is made: what is there may be in use elsewhere. */
import type { Place } from '../../lib/record/place';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import type { BurnTarget } from '../token/driver';
import { confirmInPerson } from './confirm-in-person';

/** Refuses to overwrite a place on a token. */
export function placeFilled(token: Place, label: string): RunbookError {
  const place = nameOf(token);
  return new RunbookError('token/filled', `${place} holds "${label}" already`, {
    hints: [
      'find out what it is for; if nobody needs it, run `{command}` again and answer yes',
      'or use another token, or another profile, declared in tokens.yaml',
    ],
    exitCode: 3,
  });
}

function nameOf({ serial, profile }: Place): string {
  return profile === undefined ? serial : `profile ${profile} of ${serial}`;
}

/**
 * Asks before something that the token holds is replaced; `--yes` does not answer that.
 *
 * @returns the label of what may be replaced, if there is something
 * @throws RunbookError `token/filled`
 */
export async function checkPlace(
  ports: Pick<Ports, 'terminal' | 'signal'>,
  { token, target }: { readonly token: Place; readonly target: BurnTarget },
  phase: Pick<SeedPhase, 'occupancy'>,
): Promise<string | undefined> {
  const occupancy = await phase.occupancy(target);
  if (occupancy.state !== 'filled') {
    return undefined;
  }
  const { label } = occupancy;
  ports.terminal.event('place-filled', { serial: token.serial, profile: token.profile, label });
  const question = {
    name: 'replace-filled',
    message: `${nameOf(token)} holds "${label}" already; replace it? its codes can never be had again`,
  };
  if (!(await confirmInPerson(ports.terminal, question, ports.signal))) {
    throw placeFilled(token, label);
  }
  return label;
}
