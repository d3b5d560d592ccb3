import type { promises } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent, removeDurably, writeDurably } from '../../../runbook/files/durable-file';
import { formatIdentity, thisProcess } from '../../../runbook/files/processes';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { deadProcess } from './dead-process';

/** Records the operations on the disk, in order; `real` still happens. */
const calls: string[] = [];
jest.mock('node:fs/promises', () => {
  const real = jest.requireActual<typeof promises>('node:fs/promises');
  function record(line: string): void {
    return void calls.push(line.replace(/\.\d+-[0-9a-f-]+\.tmp/, '.TMP'));
  }
  return {
    ...real,
    mkdir: async (path: string, options: { mode: number }) => {
      const made = await real.mkdir(path, options as never);
      if (made !== undefined) {
        record(`mkdir ${path} ${options.mode?.toString(8)}`);
      }
      return made;
    },
    open: async (path: string, flags: string, mode?: number) => {
      const handle = await real.open(path, flags, mode);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        record(`sync ${path}`);
        await sync();
      };
      if (flags !== 'r') {
        record(`open ${path} ${flags} ${mode?.toString(8)}`);
      }
      return handle;
    },
    rename: async (from: string, to: string) => {
      record(`rename ${from} ${to}`);
      if (to.endsWith('refused')) {
        throw Object.assign(new Error('disk gone'), { code: 'EIO' });
      }
      await real.rename(from, to);
    },
    unlink: async (path: string) => {
      await real.unlink(path);
      record(`unlink ${path}`);
    },
  };
});

beforeEach(() => {
  calls.length = 0;
});

function within(folder: string): readonly string[] {
  return calls.map((line) => line.replaceAll(folder, '~'));
}

test('forces the text to the disk before the rename and the folder after it', () =>
  withTemporaryFolder(async (folder) => {
    await writeDurably(join(folder, 'file'), 'text', 0o600);
    expect(within(folder)).toEqual([
      'open ~/file.TMP wx 600',
      'sync ~/file.TMP',
      'rename ~/file.TMP ~/file',
      'sync ~',
    ]);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('text');
    expect((await stat(join(folder, 'file'))).mode & 0o777).toBe(0o600);
  }));

test('makes missing folders private, and forces each into the one above', () =>
  withTemporaryFolder(async (folder) => {
    await writeDurably(join(folder, 'a', 'b', 'file'), 'text', 0o600);
    expect(within(folder).slice(0, 3)).toEqual(['mkdir ~/a/b 700', 'sync ~/a', 'sync ~']);
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
  }));

test('replaces what was there, its mode included', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'file');
    await writeFile(file, 'a longer text', { mode: 0o644 });
    await writeDurably(file, 'new', 0o600);
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['file']);
  }));

test('a write that fails leaves the file as it was, and no other file', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'refused');
    await writeFile(file, 'old');
    await expect(writeDurably(file, 'new', 0o600)).rejects.toThrow('disk gone');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['refused']);
  }));

test('sweeps what a dead process left of this file, and nothing else', () =>
  withTemporaryFolder(async (folder) => {
    const [dead, own] = [formatIdentity(await deadProcess()), formatIdentity(await thisProcess())];
    const elsewhere = formatIdentity({ ...(await deadProcess()), place: 'ffffffff' });
    const stays = [
      `file.${own}-00000000.tmp`,
      `file.${elsewhere}-00000000.tmp`,
      `other.${dead}-00000000.tmp`,
      'file.1.tmp',
      'file.tmp',
    ];
    for (const name of [...stays, `file.${dead}-00000000.tmp`]) {
      await writeFile(join(folder, name), 'torn');
    }
    await writeDurably(join(folder, 'file'), 'text', 0o600);
    expect((await readdir(folder)).sort()).toEqual([...stays, 'file'].sort());
  }));

test('removes a file and forces the folder; an absent one is no error', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'file');
    await writeFile(file, 'text');
    await removeDurably(file);
    expect(within(folder)).toEqual(['unlink ~/file', 'sync ~']);
    await removeDurably(file);
    await removeDurably(join(folder, 'no', 'folder'));
    expect(await readdir(folder)).toEqual([]);
  }));

test('reads what is there; what is not there is not an error, what cannot be read is', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'file'), 'Zürich\n');
    await mkdir(join(folder, 'sub'));
    expect(await readIfPresent(join(folder, 'file'))).toBe('Zürich\n');
    expect(await readIfPresent(join(folder, 'none'))).toBeUndefined();
    await expect(readIfPresent(join(folder, 'sub'))).rejects.toThrow('EISDIR');
  }));
