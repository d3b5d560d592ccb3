/** Finishes, or abandons, what interrupted runs left open on this machine. */
import { countOf } from '../../lib/record/text';
import { type CeremonyRequest, continuing } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import type { Journal, ListedJournal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import type { CeremonyKind } from '../evidence/evidence';
import { RunbookError } from '../runbook-error';
import { abandon } from './abandon';
import { enrollDeclared, proveDeclared, replaceDeclared, resyncDeclared } from './by-kind';
import { shortId, subjectLabel, tellOpen } from './open-ceremonies';
import { reasonOf } from './replacement';
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

/** A request to one ceremony, or to one after the other. */
type PassRequest = ResumeRequest & Pick<CeremonyRequest, 'isLookOnly'>;

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
  tellOpen(listed, ports);
  if (request.what === 'list') {
    return;
  }
  if (request.what === 'set-aside') {
    return setAside(listed, ports);
  }
  const failed: Failed[] = [];
  let left = listed;
  if (request.what === 'finish' && listed.length > 1) {
    // Finish the others before waiting for the console. A drill in the console always waits.
    const drillsLast = [...listed].sort((a, b) => Number(isDrill(a)) - Number(isDrill(b)));
    const look = { ...request, isLater: true, isLookOnly: !request.isLater };
    await settleEach(drillsLast, failed, { request: look, listed }, ports);
    const isOpen = await stillOpen(ports, request.fleet);
    left = listed.filter((entry) => isOpen(entry) && !failed.some(([each]) => each === entry));
  }
  if (!request.isLater || listed.length === 1) {
    await settleEach(left, failed, { request, listed }, ports);
  }
  const [first] = failed;
  if (first !== undefined) {
    const failure = notFinished(failed, await stillOpen(ports, request.fleet), ports);
    throw failed.length === 1 ? afterOthers(listed.length - 1, first[0], failure) : failure;
  }
}

/** A ceremony that was not finished, and why. */
type Failed = readonly [ListedJournal, RunbookError];

function isDrill({ journal }: ListedJournal): boolean {
  return journal?.ceremony === 'prove';
}

/** Tells which ceremonies are still open. One at the same place with another id was started by another run. */
async function stillOpen({ journals }: Ports, fleet: string): Promise<(entry: ListedJournal) => boolean> {
  function keyOf({ place, journal }: ListedJournal): string {
    return `${place} ${journal?.id ?? ''}`;
  }
  const open = new Set((await journals.list(fleet)).map(keyOf));
  return (entry) => open.has(keyOf(entry));
}

/** Settles one after the other, and collects those that fail. @throws RunbookError `cancelled` */
async function settleEach(
  entries: readonly ListedJournal[],
  failed: Failed[],
  { request, listed }: { readonly request: PassRequest; readonly listed: readonly ListedJournal[] },
  ports: Ports,
): Promise<void> {
  for (const entry of entries) {
    try {
      ports.signal.throwIfAborted();
      await settleOne(entry, request, ports);
    } catch (error) {
      const failure = explain(error, ports.line.other('resume'));
      if (failure.code === 'cancelled') {
        const isOpen = await stillOpen(ports, request.fleet);
        throw afterOthers(listed.filter((each) => !isOpen(each)).length, entry, failure);
      }
      failed.push([entry, failure]);
      if (listed.length > 1) {
        ports.terminal.note(`${subjectLabel(entry)}: ${failure.message}`);
      }
    }
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

async function settleOne(
  entry: ListedJournal,
  { what, fleet, reader, removeFile, isLater, isLookOnly = false }: PassRequest,
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
    const { witness } = request;
    const common = { fleet, holder, slot, reader, witness, id, removeFile, isLater, isLookOnly };
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

/** @param isOpen tells of a ceremony that failed whether it is still open: it may have left everything in order */
function notFinished(
  failed: readonly Failed[],
  isOpen: (entry: ListedJournal) => boolean,
  { line }: Ports,
): RunbookError {
  const hints = [
    ...new Set(failed.flatMap(([, { hints: own }]) => own)),
    ...failed.flatMap(([entry]) =>
      entry.journal !== undefined && isOpen(entry)
        ? [`or abandon it: \`${line.other('resume', shortId(entry.journal), '--abandon')}\``]
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
