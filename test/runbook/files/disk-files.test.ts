import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFiles } from '../../../runbook/files/disk-files';
import { withTemporaryFolder } from '../../support/temporary-folder';

const files = diskFiles({ stateFolder: '/state', cacheFolder: '/cache' });

test('knows its folders, and makes none of them', () => {
  expect(files).toMatchObject({ stateFolder: '/state', cacheFolder: '/cache' });
});

test('reads back what it wrote, in a folder it made', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'cache', 'session.json');
    expect(await files.read(path)).toBeUndefined();
    await files.write(path, '{}\n', 0o600);
    expect(await files.read(path)).toBe('{}\n');
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
  }));

test('writes to the file a link leads to, and leaves the link', () =>
  withTemporaryFolder(async (folder) => {
    await mkdir(join(folder, 'dotfiles'));
    await writeFile(join(folder, 'dotfiles', 'config'), 'old');
    await symlink(join(folder, 'dotfiles', 'config'), join(folder, 'config'));
    await files.write(join(folder, 'config'), 'new', 0o600);
    expect(await readFile(join(folder, 'dotfiles', 'config'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'config'))).isSymbolicLink()).toBe(true);
  }));

test('creates a file, in order, and lets nobody else read it', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'enroll.apdu');
    const file = await files.create(path, 0o600);
    void file.append('one\n');
    void file.append('two\n');
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
  }));

test('creates no file in the place of another, or through a link', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'file'), 'old');
    await symlink(join(folder, 'file'), join(folder, 'link'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'dangling'));
    for (const name of ['file', 'link', 'dangling']) {
      await expect(files.create(join(folder, name), 0o600)).rejects.toMatchObject({ code: 'EEXIST' });
    }
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
    await expect(lstat(join(folder, 'elsewhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  }));
