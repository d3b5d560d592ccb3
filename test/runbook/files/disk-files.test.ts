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
