import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatJournal, JournalError, type Subject } from '../../../runbook/ceremony/journal';
import { readIfPresent } from '../../../runbook/files/durable-file';
import { fileJournals } from '../../../runbook/files/file-journals';
import { formatIdentity } from '../../../runbook/files/processes';
import { journalsContract } from '../../support/journals-contract';
import { journalOf, subjectOf } from '../../support/sample-journals';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { compileScript } from './compiled-script';
import { deadProcess } from './dead-process';

const ALICE = subjectOf('alice.o+neil=x,y@example_com');

function placeIn(folder: string, { fleet, account, holder, slot }: Subject): string {
  return join(folder, fleet, 'journal', `${account}.${holder}.${slot}.journal`);
}

journalsContract('journals on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'journals-'));
  return {
    journals: fileJournals(folder),
    tamper: async (subject, text) => {
      const place = placeIn(folder, subject);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, text);
      return place;
    },
    read: readIfPresent,
    dispose: () => rm(folder, { recursive: true }),
  };
});

test('a journal is a private file named after its subject, next to its lock', () =>
  withTemporaryFolder(async (folder) => {
    const journals = fileJournals(join(folder, 'state'));
    const open = await journals.open(ALICE);
    await open.write(journalOf(ALICE, []));
    const place = placeIn(join(folder, 'state'), ALICE);
    expect((await stat(place)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(place))).mode & 0o777).toBe(0o700);
    const names = [`${place}`, `${place}.lock`].map((path) => path.slice(dirname(place).length + 1));
    expect((await readdir(dirname(place))).sort()).toEqual(names);
    await open.remove();
    expect(await readdir(dirname(place))).toEqual([]);
  }));

test.each<Subject>([
  { ...ALICE, fleet: '../..' },
  { ...ALICE, account: '../56789012' },
  { ...ALICE, account: '' },
  { ...ALICE, holder: '../alice' },
  { ...ALICE, holder: 'a\0b' },
  { ...ALICE, slot: 'primary.backup' },
  { ...ALICE, slot: 'a/b' },
])('refuses names that are not AWS names, and makes nothing: %j', (subject) =>
  withTemporaryFolder(async (folder) => {
    await expect((async () => fileJournals(folder).open(subject))()).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual([]);
  }),
);

test('sets aside only journals of its own', () =>
  withTemporaryFolder(async (folder) => {
    const foreign = join(folder, 'other', 'break-glass', 'journal', 'x.journal');
    const evidence = join(folder, 'state', 'break-glass', 'evidence.jsonl');
    for (const place of [foreign, evidence]) {
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, 'kept');
      await expect(fileJournals(join(folder, 'state')).setAside(place)).rejects.toThrow(RangeError);
      expect(await readFile(place, 'utf8')).toBe('kept');
    }
  }));

test('names what it sets aside by the time, without a character Windows would refuse', () =>
  withTemporaryFolder(async (folder) => {
    const place = placeIn(folder, ALICE);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, 'torn');
    const journals = fileJournals(folder, { now: () => Date.parse('2026-11-22T10:00:00.250Z') });
    expect(await journals.setAside(place)).toBe(`${place}.unreadable-20261122T100000.250Z`);
  }));

test('lists a file with a strange name as unreadable, not as nothing', () =>
  withTemporaryFolder(async (folder) => {
    const place = join(folder, ALICE.fleet, 'journal', 'copy of alice.journal');
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, formatJournal(journalOf(ALICE, [])));
    const [listed] = await fileJournals(folder).list(ALICE.fleet);
    expect(listed).toMatchObject({ place, journal: undefined, error: { fault: 'unreadable' } });
  }));

test('a journal that cannot be read at all is unreadable, alone', () =>
  withTemporaryFolder(async (folder) => {
    const journals = fileJournals(folder);
    const open = await journals.open(ALICE);
    await open.write(journalOf(ALICE, []));
    await open.release();
    const bob = subjectOf('bob');
    await mkdir(placeIn(folder, bob));
    await expect(journals.open(bob)).rejects.toBeInstanceOf(JournalError);
    const listed = await journals.list(ALICE.fleet);
    expect(listed.map(({ error }) => error?.fault)).toEqual([undefined, 'unreadable']);
  }));

test('neither a lock nor what a dead process was writing is taken for a journal', () =>
  withTemporaryFolder(async (folder) => {
    const place = placeIn(folder, ALICE);
    const torn = `${place}.${formatIdentity(await deadProcess())}-00000000.tmp`;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(torn, formatJournal(journalOf(ALICE, [])));
    expect(await fileJournals(folder).list(ALICE.fleet)).toEqual([]);
    expect(await readdir(dirname(place))).toEqual([]);
    await writeFile(torn, formatJournal(journalOf(ALICE, [])));
    const open = await fileJournals(folder).open(ALICE);
    expect(open.found).toBeUndefined();
    expect(await readdir(dirname(place))).toEqual([`${place.slice(dirname(place).length + 1)}.lock`]);
    expect(await fileJournals(folder).list(ALICE.fleet)).toEqual([]);
    await open.release();
  }));

test('a folder that cannot be read is an error, not "nothing was begun"', () =>
  withTemporaryFolder(async (folder) => {
    const journals = fileJournals(folder);
    await mkdir(join(folder, ALICE.fleet));
    await writeFile(join(folder, ALICE.fleet, 'journal'), 'not a folder');
    await expect(journals.list(ALICE.fleet)).rejects.toThrow('ENOTDIR');
  }));

test('where no lock can be written, nothing is begun, and the error says why', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'state'), 'not a folder');
    await expect(fileJournals(join(folder, 'state')).open(ALICE)).rejects.toMatchObject({
      fault: 'not-written',
      place: placeIn(join(folder, 'state'), ALICE),
      detail: expect.stringContaining('ENOTDIR'),
    });
    expect(await readdir(folder)).toEqual(['state']);
  }));

test('another process holds its journal until it dies, and then what it wrote is found', () =>
  withTemporaryFolder(async (folder) => {
    const script = compileScript('journal-holder', folder);
    const child = spawn(process.execPath, [script, folder, JSON.stringify(journalOf(ALICE, []))]);
    await once(child.stdout, 'data');
    const locked = { fault: 'locked', detail: expect.stringContaining(`process ${child.pid} `) };
    await expect(fileJournals(folder).open(ALICE)).rejects.toMatchObject(locked);
    await expect(fileJournals(folder).setAside(placeIn(folder, ALICE))).rejects.toMatchObject(locked);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const open = await fileJournals(folder).open(ALICE);
    expect(open.found).toMatchObject({ subject: ALICE, ceremony: 'enroll' });
    await open.remove();
  }));

test('killed at any moment, what it wrote last is found whole, and nothing is left over', () =>
  withTemporaryFolder(async (folder) => {
    const script = compileScript('journal-holder', folder);
    const journals = fileJournals(folder);
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, [script, folder, JSON.stringify(journalOf(ALICE, []))]);
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        if (said.length === data.length) {
          setTimeout(() => child.kill('SIGKILL'), Math.random() * 25);
        }
      });
      await once(child, 'close');
      const acknowledged = Number(said.trim().split('\n').at(-1));
      const open = await journals.open(ALICE);
      const found = Number(open.found?.request.writes);
      // The last write may have become durable without a chance to say so.
      expect([acknowledged, acknowledged + 1]).toContain(found);
      await open.remove();
      expect(await readdir(dirname(placeIn(folder, ALICE)))).toEqual([]);
    }
  }));
