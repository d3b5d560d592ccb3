/** Tells people which ceremonies are open on this machine, and how far each got. */
import { CEREMONY_NOUNS, type Journal, type ListedJournal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { keptOldDevice } from '../device/old-device';
import { deviceStepOf } from './enrollment';

/** Names a ceremony: kind, slot, holder and token. */
export function subjectLabel({ journal, place }: ListedJournal): string {
  return journal === undefined
    ? place
    : `${CEREMONY_NOUNS[journal.ceremony]} of ${journal.subject.slot} of ${journal.subject.holder}, ${tokensOf(journal)}`;
}

/** A replacement is about two tokens, and the new one may not be chosen yet. */
function tokensOf(journal: Journal): string {
  const old = journal.ceremony === 'replace' ? keptOldDevice(journal) : undefined;
  if (old === undefined) {
    return `token ${journal.serial}`;
  }
  const next =
    deviceStepOf(journal) === undefined ? 'new token not chosen yet' : `new token ${journal.serial}`;
  return `token ${old.serial} (${journal.request.reason ?? 'out of use'}), ${next}`;
}

/** Prints a row for each ceremony. */
export function tellOpen(listed: readonly ListedJournal[], { terminal }: Ports): void {
  if (listed.length === 0) {
    terminal.say('no ceremony is open');
  }
  for (const entry of listed) {
    const { journal, error, place } = entry;
    if (journal === undefined) {
      terminal.event('open', { place, error: error.detail });
      terminal.table([{ cells: ['unreadable', `${place}: ${error.detail}`] }]);
      continue;
    }
    terminal.event('open', { ...journal });
    const { startedAt, by } = journal;
    const text = `${subjectLabel(entry)}, account ${journal.subject.account}, started ${startedAt} by ${by}, ${progressOf(journal)}`;
    terminal.table([{ cells: [shortId(journal), text] }]);
  }
}

/** Says how far it got. */
function progressOf({ steps }: Journal): string {
  const last = steps.at(-1);
  if (last === undefined) {
    return 'nothing done yet';
  }
  return last.state === 'done' ? `done up to ${last.name}` : `interrupted in ${last.name}`;
}

/** Shortens an id; what is left distinguishes it from the others on one machine. */
export function shortId({ id }: Journal): string {
  return id.slice(0, 8);
}
