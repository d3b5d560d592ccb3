/** Pipes, devices, links and folders of others, where this program expects files: as root and as nobody. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runAs, USERS, withFolderOf } from './as-user';

const S = JSON.stringify;

/** A file of a user. */
function put(
  path: string,
  text: string,
  { uid, mode = 0o600 }: { readonly uid: number; readonly mode?: number },
): string {
  writeFileSync(path, text);
  lchownSync(path, uid, uid);
  chmodSync(path, mode);
  return path;
}
function folderOf(path: string, uid: number, mode = 0o700): string {
  mkdirSync(path);
  lchownSync(path, uid, uid);
  chmodSync(path, mode);
  return path;
}
function pipe(path: string, uid: number): string {
  execFileSync('mkfifo', [path]);
  lchownSync(path, uid, uid);
  return path;
}
function linkTo(target: string, path: string, uid: number): string {
  symlinkSync(target, path);
  lchownSync(path, uid, uid);
  return path;
}

const SESSION = `{ accessKeyId: 'ASIA1', secretAccessKey: 's', sessionToken: 't', expiresAt: new Date(0) }`;
function edit(path: string, profile = 'm'): string {
  return `await files.edit(${S(path)}, async (bytes) => editCredentials(bytes, ${S(profile)}, ${SESSION}), 0o600);`;
}
function write(path: string): string {
  return `await files.write(${S(path)}, 'text', 0o600);`;
}

describe.each(USERS)('as %s', (_name, uid) => {
  describe('a file that a person names', () => {
    test.each([
      ['/dev/stdout that is a pipe', '/dev/stdout', '$0 - | cat'],
      ['/dev/stdout that is a socket', '/dev/stdout', '$0 -'],
      ['a descriptor', '/dev/fd/3', '$0 - 3>&1 >/dev/null'],
      ['/proc/self/fd/1', '/proc/self/fd/1', '$0 -'],
    ])('is written to where it is %s', async (_what, path, through) => {
      expect(await runAs(uid, write(path), through)).toEqual({ outcome: 'undefined', stdout: 'text' });
    });

    test('is added to where it is a redirected /dev/stdout, after what is there', () =>
      withFolderOf(uid, async (folder) => {
        const file = join(folder, 'out');
        await runAs(uid, `writeSync(1, 'before '); ${write('/dev/stdout')}`, `$0 - > ${file}`);
        expect(readFileSync(file, 'utf8')).toBe('before text');
      }));

    test('is written to through a process substitution, and read from one', () =>
      withFolderOf(uid, async (folder) => {
        const file = join(folder, 'out');
        await runAs(uid, write('/dev/fd/5'), `$0 - 5> >(cat > ${file}); sleep 0.2`);
        expect(readFileSync(file, 'utf8')).toBe('text');
        const read = await runAs(uid, `return files.read('/dev/fd/5')`, `$0 - 5< <(sleep 0.3; echo slow)`);
        expect(read.outcome).toBe('slow\n');
      }));

    test('is a device that stays one', async () => {
      const before = statSync('/dev/null');
      expect((await runAs(uid, write('/dev/null'))).outcome).toBe('undefined');
      expect((await runAs(uid, write('/dev/full'))).outcome).toBe('ENOSPC');
      expect((await runAs(uid, `return files.read('/dev/null')`)).outcome).toBe('');
      expect((await runAs(uid, `return files.read('/dev/zero')`)).outcome).toBe('UnsafeFileError');
      expect(statSync('/dev/null').rdev).toBe(before.rdev);
    });

    test('is a pipe: read and written to its end, refused at once if nobody is there', () =>
      withFolderOf(uid, async (folder) => {
        const fifo = pipe(join(folder, 'fifo'), uid);
        expect((await runAs(uid, write(fifo))).outcome).toBe('UnsafeFileError');
        expect((await runAs(uid, `return files.read(${S(fifo)})`)).outcome).toBe('');
        const long = `await files.write(${S(fifo)}, 'x'.repeat(300_000), 0o600);`;
        expect(await runAs(uid, long, `cat ${fifo} & sleep 0.3; $0 -; wait`)).toEqual({
          outcome: 'undefined',
          stdout: 'x'.repeat(300_000),
        });
        expect(lstatSync(fifo).isFIFO()).toBe(true);
      }));

    test('is read-only: refused, and as it was', () =>
      withFolderOf(uid, async (folder) => {
        const file = put(join(folder, 'file'), 'old', { uid, mode: 0o400 });
        expect((await runAs(uid, write(file))).outcome).toBe('EACCES');
        expect((await runAs(uid, edit(file))).outcome).toBe('EACCES');
        expect(readFileSync(file, 'utf8')).toBe('old');
        expect(readdirSync(folder)).toEqual(['file']);
      }));

    test('keeps its mode, its link and its other name', () =>
      withFolderOf(uid, async (folder) => {
        const file = put(join(folder, 'file'), 'a longer text', { uid, mode: 0o640 });
        linkSync(file, join(folder, 'other'));
        const link = linkTo('file', join(folder, 'link'), uid);
        expect((await runAs(uid, write(link))).outcome).toBe('undefined');
        expect(lstatSync(link).isSymbolicLink()).toBe(true);
        expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('text');
        expect(statSync(file)).toMatchObject({ nlink: 2, uid });
        expect(statSync(file).mode & 0o777).toBe(0o640);
        expect((await runAs(uid, write(linkTo('gone', join(folder, 'dangling'), uid)))).outcome).toBe(
          'ENOENT',
        );
        expect(readdirSync(folder)).not.toContain('gone');
      }));

    test('is recorded into where it is a pipe or a device, and replaces no file', () =>
      withFolderOf(uid, async (folder) => {
        function record(path: string): string {
          return `const file = await files.create(${S(path)}, 0o600); await file.append('line'); await file.close();`;
        }
        expect((await runAs(uid, record('/dev/null'))).outcome).toBe('undefined');
        expect((await runAs(uid, record(pipe(join(folder, 'fifo'), uid)))).outcome).toBe('UnsafeFileError');
        expect((await runAs(uid, record(put(join(folder, 'file'), 'old', { uid })))).outcome).toBe('EEXIST');
      }));
  });

  describe('the credentials file', () => {
    test('keeps its link and its mode, and is refused where it is no file', () =>
      withFolderOf(uid, async (folder) => {
        const aws = folderOf(join(folder, '.aws'), uid);
        const target = put(join(folder, 'dotfile'), '[a]\nx = 1\n', { uid, mode: 0o640 });
        const link = linkTo('../dotfile', join(aws, 'credentials'), uid);
        expect((await runAs(uid, edit(link))).outcome).toBe('undefined');
        expect(lstatSync(link).isSymbolicLink()).toBe(true);
        expect(statSync(target).mode & 0o777).toBe(0o640);
        expect(readFileSync(target, 'utf8')).toMatch(/^\[a\]\nx = 1\n\n\[m\]\n/);
        expect((await runAs(uid, edit(pipe(join(aws, 'fifo'), uid)))).outcome).toBe('UnsafeFileError');
        expect((await runAs(uid, edit('/dev/null'))).outcome).toBe('UnsafeFileError');
        expect(readdirSync(aws).sort()).toEqual(['credentials', 'fifo']);
      }));

    test.each([0o777, 0o757])(
      'is refused in a folder that others may write to (%d), directly or through a link',
      (mode) =>
        withFolderOf(uid, async (folder) => {
          const open = folderOf(join(folder, 'open'), uid, mode);
          const file = put(join(open, 'credentials'), '[a]\nx = 1\n', { uid });
          expect((await runAs(uid, edit(file))).outcome).toBe('UnsafeFileError');
          expect((await runAs(uid, edit(linkTo(file, join(folder, 'link'), uid)))).outcome).toBe(
            'UnsafeFileError',
          );
          expect(readFileSync(file, 'utf8')).toBe('[a]\nx = 1\n');
        }),
    );
  });

  describe('the files of this program', () => {
    test('are not written through a link, into a pipe or in a folder of others, and nothing waits', () =>
      withFolderOf(uid, async (folder) => {
        const own = folderOf(join(folder, 'own'), uid);
        const elsewhere = put(join(folder, 'elsewhere'), 'mine', { uid });
        const places = [
          linkTo(elsewhere, join(own, 'link'), uid),
          pipe(join(own, 'fifo'), uid),
          folderOf(join(own, 'folder'), uid),
        ];
        for (const mode of [0o777, 0o770, 0o1777]) {
          places.push(join(folderOf(join(folder, `mode-${mode}`), uid, mode), 'session'));
        }
        for (const place of places) {
          expect((await runAs(uid, `await privateFiles.write(${S(place)}, 'secret')`)).outcome).toBe(
            'PrivateFileError',
          );
        }
        for (const place of places.slice(0, 3)) {
          expect((await runAs(uid, `await privateFiles.read(${S(place)})`)).outcome).toBe('PrivateFileError');
        }
        for (const place of places.slice(3)) {
          expect((await runAs(uid, `await privateFiles.claim(${S(place)})`)).outcome).toBe(
            'PrivateFileError',
          );
          put(place, 'planted', { uid });
          expect((await runAs(uid, `await privateFiles.read(${S(place)})`)).outcome).toBe('PrivateFileError');
        }
        expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
      }));

    test('journals and evidence are not kept in a folder that others may write to, nor in a pipe', () =>
      withFolderOf(uid, async (folder) => {
        const open = folderOf(join(folder, 'open'), uid, 0o777);
        const subject = `{ fleet: 'f', account: '123456789012', holder: 'alice', slot: 'primary' }`;
        expect((await runAs(uid, `await fileJournals(${S(open)}).open(${subject})`)).outcome).toBe(
          'JournalError',
        );
        expect((await runAs(uid, `await fileEvidenceLog(${S(join(open, 'log'))}).append({})`)).outcome).toBe(
          'UnsafeFileError',
        );
        expect(readdirSync(open)).toEqual([]);
        const fifo = pipe(join(folder, 'evidence.jsonl'), uid);
        expect((await runAs(uid, `return fileEvidenceLog(${S(fifo)}).read()`)).outcome).toBe(
          'UnsafeFileError',
        );
        expect((await runAs(uid, `await fileEvidenceLog(${S(fifo)}).append({})`)).outcome).toBe(
          'UnsafeFileError',
        );
      }));

    test('are kept below folders of umask 002 and a sticky one', () =>
      withFolderOf(uid, async (folder) => {
        chmodSync(folder, 0o775);
        const sticky = folderOf(join(folder, 'sticky'), uid, 0o1777);
        const place = join(sticky, 'mfa-runbook', 'session');
        expect((await runAs(uid, `await privateFiles.write(${S(place)}, 'secret')`)).outcome).toBe(
          'undefined',
        );
        expect(statSync(place).mode & 0o777).toBe(0o600);
        expect(statSync(join(place, '..')).mode & 0o777).toBe(0o700);
      }));
  });

  // Ten in each of three processes.
  test('thirty writers at once leave thirty profiles, and what was there', () =>
    withFolderOf(uid, async (folder) => {
      const file = put(join(folder, 'credentials'), '[a]\r\nx = 1\r\n', { uid, mode: 0o640 });
      const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
      const ended = await Promise.all(
        [0, 10, 20].map((first) =>
          runAs(
            uid,
            `await Promise.all(${S(names.slice(first, first + 10))}.map(async (name) => { ${edit(file).replace('"m"', 'name')} }));`,
          ),
        ),
      );
      expect(ended.map(({ outcome }) => outcome)).toEqual(['undefined', 'undefined', 'undefined']);
      const text = readFileSync(file, 'utf8');
      expect([...text.matchAll(/^\[(p\d+)\]\r$/gm)].map(([, name]) => name).sort()).toEqual(
        [...names].sort(),
      );
      expect(text.startsWith('[a]\r\nx = 1\r\n')).toBe(true);
      expect(readdirSync(folder)).toEqual(['credentials']);
      expect(statSync(file).mode & 0o777).toBe(0o640);
    }));
});
