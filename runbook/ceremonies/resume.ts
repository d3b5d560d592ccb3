/** Finishes, or gives up, what runs that were cut off left open on this machine. */

import type { CeremonyRequest } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import { CEREMONY_NOUNS, type Journal, type ListedJournal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { chosenIn } from '../device/remove-device';
import type { CeremonyKind } from '../evidence/evidence';
import { RunbookError } from '../runbook-error';
import { abandon } from './abandon';
import { enroll } from './enroll';
import { prove } from './prove';
import { replace, replaceRequestOf } from './replace';
import { resync } from './resync';
import { finishRetirement } from './retire';

/** Which ceremonies, and what to do with them. */
export interface ResumeRequest {
  readonly fleet: string;
  readonly reader: string | undefined;
  /** Ids or beginnings of ids; all without any. */
  readonly ids: readonly string[];
  readonly what: 'finish' | 'abandon' | 'list' | 'set-aside';
  /** The common options of the command line, for hints. */
  readonly options: string;
}

/** Goes on with one ceremony as its journal says. */
type Finish = (
  journal: Journal,
  common: CeremonyRequest,
  ports: Ports,
  signal: AbortSignal,
) => Promise<{ readonly deviceArn: string } | undefined>;

function codesOf(journal: Journal): 1 | 2 {
  return journal.request.codes === '1' ? 1 : 2;
}

const FINISH: Readonly<Record<CeremonyKind, Finish>> = {
  enroll: async (journal, common, ports, signal) =>
    enroll({ ...common, codes: codesOf(journal) }, ports, signal),
  prove: async (_journal, common, ports, signal) => prove(common, ports, signal),
  resync: async (_journal, common, ports, signal) => resync(common, ports, signal),
  replace: async (journal, common, ports, signal) =>
    replace(replaceRequestOf(journal, common), ports, signal),
  retire: async (_journal, common, ports, signal) => finishRetirement(common, ports, signal),
};

/**
 * Lists, finishes, gives up or sets aside what is open.
 *
 * @throws RunbookError after all were tried, when some are still open
 */
export async function resume(
  request: ResumeRequest,
  { aws, ...others }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const ports: Ports = { ...others, aws: { ...aws, identity: once(aws.identity) } };
  const listed = chosen(await ports.journals.list(request.fleet), request.ids);
  tell(listed, ports);
  if (request.what === 'list') {
    return;
  }
  if (request.what === 'set-aside') {
    return setAside(listed, request, ports);
  }
  const failed: Failure[] = [];
  for (const [index, entry] of listed.entries()) {
    try {
      signal.throwIfAborted();
      await settleOne(entry, request, ports, signal);
    } catch (error) {
      const failure = explain(error, { command: `mfa-runbook resume${request.options}` });
      if (failure.code === 'cancelled') {
        throw stoppedAfter(index - failed.length, failure);
      }
      failed.push({ entry, failure });
      if (listed.length > 1) {
        ports.terminal.note(`${subjectLabel(entry)}: ${failure.message}`);
      }
    }
  }
  if (failed.length > 0) {
    throw notFinished(failed, await ports.journals.list(request.fleet), request);
  }
}

/** @param closed how many were finished or given up before the person stopped it */
function stoppedAfter(closed: number, failure: RunbookError): RunbookError {
  if (closed === 0) {
    return failure;
  }
  return failure.withState(
    `${closed} ${closed === 1 ? 'was' : 'were'} closed before; ${failure.state ?? 'nothing else was changed'}`,
  );
}

/** Who is calling does not change within a run; a question that failed is asked again for the next ceremony. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => {
    asked ??= ask();
    try {
      return await asked;
    } catch (error) {
      asked = undefined;
      throw error;
    }
  };
}

interface Failure {
  readonly entry: ListedJournal;
  readonly failure: RunbookError;
}

/** Those whose id begins with one of the given texts, each once; refuses a text that fits none or several. */
function chosen(listed: readonly ListedJournal[], ids: readonly string[]): readonly ListedJournal[] {
  if (ids.length === 0) {
    return listed;
  }
  const found = ids.map((id) => {
    const fitting = listed.filter(({ journal }) => journal?.id.startsWith(id));
    const [only] = fitting;
    if (only !== undefined && fitting.length === 1) {
      return only;
    }
    throw new RunbookError('usage', `${fitting.length} open ceremonies have an id that begins with "${id}"`, {
      hints: ['see their ids with `mfa-runbook resume --list`'],
      exitCode: 2,
    });
  });
  // Two texts may mean the same one, which is not there a second time.
  return [...new Set(found)];
}

function subjectLabel({ journal, place }: ListedJournal): string {
  return journal === undefined
    ? place
    : `${CEREMONY_NOUNS[journal.ceremony]} of ${journal.subject.slot} of ${journal.subject.holder}, ${tokensOf(journal)}`;
}

/** A replacement is about two tokens, and which the new one is may not be known yet. */
function tokensOf(journal: Journal): string {
  const old = journal.ceremony === 'replace' ? chosenIn(journal) : undefined;
  if (old === undefined) {
    return `token ${journal.serial}`;
  }
  const isNewChosen = journal.steps.some(({ name }) => name === 'device');
  const incoming = isNewChosen ? `new token ${journal.serial}` : 'new token not chosen yet';
  return `token ${old.serial} (${journal.request.reason ?? 'out of use'}), ${incoming}`;
}

function tell(listed: readonly ListedJournal[], ports: Ports): void {
  const { terminal } = ports;
  if (listed.length === 0) {
    terminal.say('nothing is open');
  }
  for (const entry of listed) {
    const { journal, error, place } = entry;
    const event = journal ?? { place, error: error?.detail };
    terminal.event('open', { ...event });
    terminal.data(
      journal === undefined
        ? `unreadable  ${place}: ${error?.detail ?? ''}`
        : `${journal.id.slice(0, ID_SHOWN)}  ${subjectLabel(entry)}, account ${journal.subject.account}, begun ${journal.startedAt} by ${journal.by}, ${progressOf(journal)}`,
    );
  }
}

/** How far it got, in words. */
function progressOf(journal: Journal): string {
  const last = journal.steps.at(-1);
  if (last === undefined) {
    return 'nothing done yet';
  }
  return last.state === 'done' ? `done up to ${last.name}` : `cut off in ${last.name}`;
}

async function settleOne(
  entry: ListedJournal,
  request: ResumeRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const { journal, error } = entry;
  if (journal === undefined) {
    throw error;
  }
  const identity = await ports.aws.identity();
  if (identity.account !== journal.subject.account) {
    throw otherAccount(journal, identity.account);
  }
  if (request.what === 'finish') {
    const finished = await FINISH[journal.ceremony](journal, commonRequest(journal, request), ports, signal);
    if (finished !== undefined) {
      ports.terminal.data(finished.deviceArn);
    }
    return;
  }
  const again = `mfa-runbook resume ${journal.id.slice(0, ID_SHOWN)} --abandon${request.options}`;
  const outcome = await abandon(journal, identity, ports, signal, request.options, again);
  ports.terminal.say(`gave up the ${subjectLabel(entry)}: ${outcome}`);
  ports.terminal.event('abandoned', { id: journal.id, outcome });
}

function commonRequest(journal: Journal, { fleet, reader, options }: ResumeRequest): CeremonyRequest {
  return {
    fleet,
    holder: journal.subject.holder,
    slot: journal.subject.slot,
    reader,
    witness: journal.request.witness,
    // Its own command does the same, and does it too when this run closes the journal.
    command: commandOf(journal, options),
    options,
    id: journal.id,
  };
}

function commandOf({ ceremony, subject: { holder, slot }, request }: Journal, options: string): string {
  const reason = request.reason === undefined ? '' : ` --reason ${request.reason}`;
  return `mfa-runbook ${ceremony} ${holder} --slot ${slot}${reason}${options}`;
}

/** So many digits of an id tell it from others on one machine. */
const ID_SHOWN = 8;

function otherAccount(journal: Journal, account: string): RunbookError {
  return new RunbookError(
    'journal/other-account',
    `it was begun in the account ${journal.subject.account}, these credentials are of ${account}`,
    { hints: [`run the command with a profile of ${journal.subject.account}`] },
  );
}

async function setAside(
  listed: readonly ListedJournal[],
  { options }: ResumeRequest,
  ports: Ports,
): Promise<void> {
  const unreadable = listed.filter(({ error }) => error?.fault === 'unreadable');
  if (unreadable.length === 0) {
    ports.terminal.say('every journal can be read');
  }
  for (const { place } of unreadable) {
    const name = await ports.journals.setAside(place);
    ports.terminal.say(`kept as ${name}`);
    ports.terminal.note(
      `what the cut-off run left in IAM is found by its name: run its command again, or \`mfa-runbook plan${options}\``,
    );
    ports.terminal.event('set-aside', { place, name });
  }
}

/** @param open what is open by now: a ceremony that failed may have left everything in order */
function notFinished(
  failed: readonly Failure[],
  open: readonly ListedJournal[],
  { options }: ResumeRequest,
): RunbookError {
  function isOpen({ entry }: Failure): boolean {
    return open.some(({ journal }) => journal !== undefined && journal.id === entry.journal?.id);
  }
  const giveUp = failed
    .filter(isOpen)
    .map(({ entry }) => `mfa-runbook resume ${entry.journal?.id.slice(0, ID_SHOWN)} --abandon${options}`);
  const hints = [
    ...new Set(failed.flatMap(({ failure }) => failure.hints)),
    ...giveUp.map((command) => `or give it up: \`${command}\``),
  ];
  const [first] = failed;
  if (first !== undefined && failed.length === 1) {
    const { code, message, state, exitCode, cause } = first.failure;
    return new RunbookError(code, message, {
      hints,
      exitCode,
      cause,
      ...(state === undefined ? {} : { state }),
    });
  }
  return new RunbookError('resume/not-finished', `${failed.length} ceremonies were not finished`, {
    hints,
    exitCode: 3,
    state: failed
      .map(({ entry, failure }) => `${subjectLabel(entry)}: ${failure.state ?? failure.message}`)
      .join('; '),
  });
}
