/** Finishes, or abandons, what interrupted runs left open on this machine. */
import { countOf } from '../../lib/record/text';
import { type CeremonyRequest, continuing } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import { CEREMONY_NOUNS, type Journal, type ListedJournal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { keptOldDevice } from '../device/old-device';
import type { CeremonyKind } from '../evidence/evidence';
import { RunbookError } from '../runbook-error';
import { abandon } from './abandon';
import { enrollDeclared, proveDeclared, replaceDeclared, resyncDeclared } from './by-kind';
import { deviceStepOf } from './enroll';
import { reasonOf } from './replace';
import { retire } from './retire';
import { retireRoot } from './retire-root';
import { isRoot } from './root-subject';

/** The ceremonies, and what to do with them. */
export interface ResumeRequest {
  readonly fleet: string;
  readonly reader: string | undefined;
  /** Ids or beginnings of ids; all without any. */
  readonly ids: readonly string[];
  readonly what: 'finish' | 'abandon' | 'list' | 'set-aside';
  /** Deletes the picture of a QR code, after a yes. */
  readonly removeFile: (path: string) => Promise<void>;
  /** Ends without waiting for what a person does in the console. */
  readonly isLater: boolean;
}

type FinishRequest = CeremonyRequest & Pick<ResumeRequest, 'removeFile' | 'isLater'>;

/** Continues a ceremony as its journal says; returns the ARN of its device. */
const FINISH: Readonly<
  Record<CeremonyKind, (journal: Journal, common: FinishRequest, ports: Ports) => Promise<string | undefined>>
> = {
  enroll: async ({ request }, common, ports) => enrollDeclared({ ...common, codes: codesOf(request) }, ports),
  prove: async (_journal, common, ports) => proveDeclared(common, ports),
  resync: async (_journal, common, ports) => resyncDeclared(common, ports),
  replace: async ({ request }, common, ports) => {
    const { spare } = request;
    const reason = reasonOf(request.reason);
    return replaceDeclared({ ...common, codes: codesOf(request), reason, spare }, ports);
  },
  retire: async (_journal, common, ports) =>
    isRoot(common.holder)
      ? retireRoot({ ...common, isConfirmed: false }, ports)
      : (await retire(common, ports))?.deviceArn,
};

function codesOf({ codes }: Journal['request']): 1 | 2 {
  return codes === '1' ? 1 : 2;
}

/**
 * Lists, finishes, abandons or sets aside what is open.
 *
 * @throws RunbookError after all were tried, when some are still open
 */
export async function resume(request: ResumeRequest, { aws, ...others }: Ports): Promise<void> {
  const ports: Ports = { ...others, aws: { ...aws, identity: once(aws.identity) } };
  const listed = chosen(await ports.journals.list(request.fleet), request.ids);
  tell(listed, ports);
  if (request.what === 'list') {
    return;
  }
  if (request.what === 'set-aside') {
    return setAside(listed, ports);
  }
  const failed: [ListedJournal, RunbookError][] = [];
  for (const [index, entry] of listed.entries()) {
    try {
      ports.signal.throwIfAborted();
      await settleOne(entry, request, ports);
    } catch (error) {
      const failure = explain(error, ports.line.other('resume'));
      if (failure.code === 'cancelled') {
        throw afterOthers(index - failed.length, entry, failure);
      }
      failed.push([entry, failure]);
      if (listed.length > 1) {
        ports.terminal.note(`${subjectLabel(entry)}: ${failure.message}`);
      }
    }
  }
  const [first] = failed;
  if (first !== undefined) {
    const failure = notFinished(failed, await ports.journals.list(request.fleet), ports);
    throw failed.length === 1 ? afterOthers(listed.length - 1, first[0], failure) : failure;
  }
}

/** Says which ceremony a failure is of, if others were finished or abandoned before it. */
function afterOthers(closed: number, entry: ListedJournal, failure: RunbookError): RunbookError {
  if (closed === 0) {
    return failure;
  }
  const were = `${closed} ${closed === 1 ? 'ceremony was' : 'ceremonies were'} closed`;
  return failure.withState(`${were}; ${subjectLabel(entry)}: ${failure.state ?? 'nothing was done'}`);
}

/** The caller does not change within a run; a call that failed is repeated for the next ceremony. */
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

/** Selects those whose id begins with one of the given texts; refuses a text that fits none or several. */
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
      hints: ['see their ids with `mfa-runbook resume --list{options}`'],
      exitCode: 2,
    });
  });
  // Two texts may mean the same one.
  return [...new Set(found)];
}

function subjectLabel({ journal, place }: ListedJournal): string {
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

function tell(listed: readonly ListedJournal[], { terminal }: Ports): void {
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
function shortId({ id }: Journal): string {
  return id.slice(0, 8);
}

async function settleOne(
  entry: ListedJournal,
  { what, fleet, reader, removeFile, isLater }: ResumeRequest,
  ports: Ports,
): Promise<void> {
  const { journal, error } = entry;
  if (journal === undefined) {
    throw error;
  }
  const identity = await ports.aws.identity();
  const { id, ceremony, request } = journal;
  const { account, holder, slot } = journal.subject;
  if (identity.account !== account) {
    throw new RunbookError(
      'journal/other-account',
      `this was started in account ${account}, but these credentials are for ${identity.account}`,
      { hints: [`run the command with a profile of ${account}`] },
    );
  }
  if (what === 'finish') {
    // The ceremony's own command continues it, too, and still works once this run has closed the journal.
    const line = continuing(journal, ports);
    const common = { fleet, holder, slot, reader, witness: request.witness, id, removeFile, isLater };
    const finished = await FINISH[ceremony](journal, common, { ...ports, line });
    if (finished !== undefined) {
      ports.terminal.data(finished);
    }
    return;
  }
  const line = ports.line.other('resume', shortId(journal), '--abandon');
  const outcome = await abandon(journal, identity, { ...ports, line });
  ports.terminal.say(`abandoned the ${subjectLabel(entry)}: ${outcome}`);
  ports.terminal.event('abandoned', { id, outcome });
}

async function setAside(
  listed: readonly ListedJournal[],
  { terminal, journals, line }: Ports,
): Promise<void> {
  const unreadable = listed.filter(({ error }) => error?.fault === 'unreadable');
  if (unreadable.length === 0) {
    terminal.say('every journal can be read, so none was set aside');
  }
  for (const { place } of unreadable) {
    const name = await journals.setAside(place);
    terminal.say(`renamed to ${name}`);
    terminal.note(
      `the device of the interrupted run can still be found in IAM by its name: run its command again, or \`${line.other('plan')}\``,
    );
    terminal.event('set-aside', { place, name });
  }
}

/** @param open the ceremonies that are still open: one that failed may have left everything in order */
function notFinished(
  failed: readonly (readonly [ListedJournal, RunbookError])[],
  open: readonly ListedJournal[],
  { line }: Ports,
): RunbookError {
  const openIds = new Set(open.map(({ journal }) => journal?.id));
  const hints = [
    ...new Set(failed.flatMap(([, { hints: own }]) => own)),
    ...failed.flatMap(([{ journal }]) =>
      journal !== undefined && openIds.has(journal.id)
        ? [`or abandon it: \`${line.other('resume', shortId(journal), '--abandon')}\``]
        : [],
    ),
  ];
  const [first] = failed;
  if (first !== undefined && failed.length === 1) {
    return first[1].withHints(hints);
  }
  return new RunbookError(
    'resume/not-finished',
    `${countOf(failed.length, 'ceremony', 'ceremonies')} were not finished`,
    {
      hints,
      exitCode: 3,
      state: failed
        .map(([entry, { state, message }]) => `${subjectLabel(entry)}: ${state ?? message}`)
        .join('; '),
    },
  );
}
