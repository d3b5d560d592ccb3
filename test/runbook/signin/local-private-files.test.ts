import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import { PrivateFileError } from '../../../runbook/signin/private-files';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-'));
  file = join(folder, 'session.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file of mode 0600 is read, a missing one is undefined', async () => {
  expect(await localPrivateFiles.read(file)).toBeUndefined();
  writeFileSync(file, 'text', { mode: 0o600 });
  expect(await localPrivateFiles.read(file)).toBe('text');
});

test.each([[0o644], [0o640], [0o620], [0o602], [0o777]])(
  'a file of mode %o is not believed',
  async (mode) => {
    writeFileSync(file, 'text');
    chmodSync(file, mode);
    await expect(localPrivateFiles.read(file)).rejects.toMatchObject({
      name: 'PrivateFileError',
      finding: `mode ${mode.toString(8).padStart(4, '0')}`,
      path: file,
    });
  },
);

test('a link and a folder are not believed, whatever they lead to', async () => {
  writeFileSync(join(folder, 'elsewhere'), 'text', { mode: 0o600 });
  symlinkSync(join(folder, 'elsewhere'), file);
  await expect(localPrivateFiles.read(file)).rejects.toThrow(PrivateFileError);
  mkdirSync(join(folder, 'folder'), { mode: 0o700 });
  await expect(localPrivateFiles.read(join(folder, 'folder'))).rejects.toThrow(PrivateFileError);
});

// Only root can give a file away.
(userInfo().uid === 0 ? test : test.skip)('a file of another user is not believed', async () => {
  writeFileSync(file, 'text', { mode: 0o600 });
  chownSync(file, 12_345, 12_345);
  await expect(localPrivateFiles.read(file)).rejects.toMatchObject({
    name: 'PrivateFileError',
    finding: 'owned by user 12345',
  });
});

test('a claim is made once, in a folder of mode 0700 made for it, and can be removed', async () => {
  const claim = join(folder, 'codes', 'claim');
  expect(await localPrivateFiles.list(join(folder, 'codes'))).toEqual([]);
  expect([await localPrivateFiles.claim(claim), await localPrivateFiles.claim(claim)]).toEqual([true, false]);
  expect(statSync(claim).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'codes')).mode & 0o777).toBe(0o700);
  expect(await localPrivateFiles.list(join(folder, 'codes'))).toEqual(['claim']);
  await localPrivateFiles.remove(claim);
  await localPrivateFiles.remove(claim);
  expect(await localPrivateFiles.claim(claim)).toBe(true);
});
