/** The parts that replacements of users and of root share: the reason that they were started with, and what is left to do. */
import { placeOf } from '../../lib/record/place';
import type { Ceremony, CeremonyRequest } from '../ceremony/ceremony';
import { REPLACE_REASONS, type ReplaceReason } from '../evidence/evidence';
import { SESSIONS_CHECK } from '../operator/open-sessions';
import { isSpare, moveSpare } from '../record/declared-token';
import type { ReplaceRequest } from './replace-state';

/** Returns the check for sessions that may still be open, if somebody else may have the token. */
export function sessionChecks(reason: ReplaceReason): readonly string[] {
  return reason === 'lost' || reason === 'stolen' ? [SESSIONS_CHECK] : [];
}

/** Parses the reason that a journal names. */
export function reasonOf(text: string | undefined): ReplaceReason {
  return REPLACE_REASONS.find((each) => each === text) ?? 'lost';
}

/** Continues a replacement with the reason that it was started with, which decides what comes first. */
export function asStarted<R extends CeremonyRequest & Pick<ReplaceRequest, 'reason' | 'spare'>>(
  c: Ceremony<R>,
): Ceremony<R> {
  const { reason = c.request.reason, spare } = c.effects.journal.request;
  if (reason !== c.request.reason) {
    c.ports.terminal.note(`this replacement was started with --reason ${reason}, and continues with that`);
  }
  return { ...c, request: { ...c.request, reason: reasonOf(reason), spare: c.request.spare ?? spare } };
}

/** Reminds of the manual step that an enrolled spare leaves: the record still has it as a spare. */
export function remindOfSpare({ ports: { terminal }, request, deployed, token }: Ceremony): void {
  const { holder, slot } = request;
  if (isSpare(deployed.record, token)) {
    terminal.note(`the record still has the token as a spare: ${moveSpare(token, holder, slot)}`);
    terminal.event('record-to-change', { ...placeOf(token), holder, slot });
  }
}
