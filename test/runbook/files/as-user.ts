/** Runs a script as root and as nobody, whoever runs the tests: only root can become nobody. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const NOBODY = 65_534;

/** The users that this machine can test as, by name; each is a uid. */
export const USERS: readonly (readonly [string, number])[] =
  userInfo().uid === 0
    ? [
        ['root', 0],
        ['nobody', NOBODY],
      ]
    : [[userInfo().username, userInfo().uid]];

/** A folder of a user, for one test. */
export async function withFolderOf<T>(uid: number, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'as-user-'));
  chownSync(folder, uid, uid);
  chmodSync(folder, 0o700);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The end of a script. */
interface Ended {
  /** The value that it returned, or the code or the name of its error. */
  readonly outcome: string;
  readonly stdout: string;
}

/** One bundle for every script: `files`, `privateFiles`, `journals`, `evidenceLog`. */
const bundle = build({
  stdin: {
    contents: `
      export { diskFiles } from './runbook/files/disk-files';
      export { fileEvidenceLog } from './runbook/files/file-evidence-log';
      export { fileJournals } from './runbook/files/file-journals';
      export { localPrivateFiles } from './runbook/signin/local-private-files';
      export { editCredentials } from './runbook/signin/shared-files';`,
    resolveDir: join(__dirname, '../../..'),
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
  logLevel: 'silent',
}).then(({ outputFiles }) => outputFiles[0]?.text ?? '');

/** Runs the body of an async function with those names, as a user; ends what hangs after 90 s. */
export async function runAs(uid: number, body: string, through = '$0 -'): Promise<Ended> {
  const script = `
    const module = { exports: {} };
    ((module, exports) => {${await bundle}\n})(module, module.exports);
    const { diskFiles, fileEvidenceLog, fileJournals, localPrivateFiles: privateFiles, editCredentials } = module.exports;
    const files = diskFiles({ stateFolder: '/nowhere', cacheFolder: '/nowhere' });
    const { writeSync } = require('node:fs');
    (async () => {${body}\n})().then(
      (value) => writeSync(2, 'ended: ' + String(value)),
      (error) => writeSync(2, 'ended: ' + (error.name === 'Error' ? error.code : error.name)),
    );`;
  return new Promise((resolve, reject) => {
    const child = execFile(
      '/bin/bash',
      ['-c', through, process.execPath],
      { uid, gid: uid, env: { PATH: process.env.PATH }, cwd: '/', timeout: 90_000, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const [, outcome] = /ended: (.*)$/s.exec(stderr) ?? [];
        if (outcome === undefined) {
          reject(new Error(`${error?.killed ? 'it waited: ' : ''}${stderr.slice(0, 2_000)}`));
        } else {
          resolve({ outcome, stdout });
        }
      },
    );
    child.stdin?.end(script);
  });
}
