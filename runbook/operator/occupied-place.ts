/** Looks at the place that a seed is burned to, before a device is made: what is there may be in use elsewhere. */
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { burnTarget } from './burn';
import { confirmInPerson } from './confirm-in-person';

/**
 * Asks before something that the token holds is replaced; `--yes` does not answer that.
 *
 * @throws RunbookError `token/filled`
 */
export async function checkPlace(c: Ceremony, phase: Pick<SeedPhase, 'occupancy'>): Promise<void> {
  const { ports, token } = c;
  const occupancy = await phase.occupancy(burnTarget(c));
  if (occupancy.state !== 'filled') {
    return;
  }
  const { label } = occupancy;
  const place = token.profile === undefined ? token.serial : `profile ${token.profile} of ${token.serial}`;
  ports.terminal.event('place-filled', { serial: token.serial, profile: token.profile, label });
  const question = {
    name: 'replace-filled',
    message: `${place} holds "${label}" already; replace it? its codes can never be had again`,
  };
  if (!(await confirmInPerson(ports.terminal, question, ports.signal))) {
    throw new RunbookError('token/filled', `${place} holds "${label}" already`, {
      hints: [
        'find out what it is for; if nobody needs it, run `{command}` again and answer yes',
        'or use another token, or another profile, declared in tokens.yaml',
      ],
      exitCode: 3,
    });
  }
}
