/** A secret that is typed or piped in, as the process of a seed gets it: the built command on a terminal, and pipes. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownInput } from '../../../runbook/seed-source/own-input';
import { MAX_FILE_BYTES } from '../../../runbook/seed-source/picture';
import { drawCode, png } from '../../support/code-pictures';
import { canSeeProcesses, descendantsOf, procFile } from '../../support/processes';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { until } from '../built-command';
import { type Bundles, bundle } from '../seed-phase/bundle';

const BUILT = join(__dirname, '..', '..', '..', 'runbook', 'build');
const COMMAND = join(BUILT, 'mfa-runbook.js');
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const never = new AbortController().signal;

let bundles: Bundles;
beforeAll(async () => {
  bundles = await bundle('../seed-source/typist.ts', '../seed-source/device-prompt.ts');
});
afterAll(() => bundles.remove());

/** Runs the typist with a standard input. */
function type(stdin: { readonly input: string } | { readonly file: string }): unknown {
  const args = [bundles.of('typist.ts'), join(BUILT, 'seed-phase.js')];
  const line =
    'file' in stdin ? ['-c', `exec "$@" < ${stdin.file}`, 'sh', process.execPath, ...args] : undefined;
  const text = execFileSync(line === undefined ? process.execPath : '/bin/sh', line ?? args, {
    ...('input' in stdin ? { input: stdin.input } : {}),
    timeout: 90_000,
  });
  return JSON.parse(String(text));
}

/** `stty -a` of a terminal that shows what is typed. */
const ECHOES = /(?<!-)\becho\b/;

// RFC 4226, appendix D: the code of counter 1.
const READ = { before: 'first', seedBytes: 20, code: '287082', after: 'last' };

test('of a pipe the secret takes one line, and the answers around it stay where they are', () => {
  expect(type({ input: `first\n${SECRET}\nlast\n` })).toEqual(READ);
  expect(type({ input: `first\r\n${SECRET.toLowerCase()}\r\nlast` })).toEqual(READ);
});

test('of a file, too', async () => {
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'answers');
    await writeFile(file, `first\n${SECRET}\nlast\n`);
    expect(type({ file })).toEqual(READ);
  });
});

/** The command on a terminal of its own, with keys as they are typed once it asks for the secret. */
async function onTerminal(
  folder: string,
  keys: string,
  look: (pid: number) => void = () => undefined,
): Promise<{ readonly shown: string; readonly exit: number | null }> {
  const line = `stty cols 200 rows 40; ${process.execPath} ${COMMAND} burn --secret --unrecorded 86596220000001; code=$?; stty -a; exit $code`;
  const holder = spawn('script', ['-qec', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: folder, TERM: 'xterm' },
  });
  try {
    let shown = '';
    holder.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => holder.on('close', resolve));
    await until(
      'the prompt',
      () => shown.includes('it is not shown'),
      () => shown,
    );
    look(holder.pid ?? 0);
    holder.stdin.write(keys);
    return { exit: await ended, shown };
  } finally {
    holder.kill('SIGKILL');
  }
}

test('on a terminal the secret is edited, never shown, and nowhere else', async () => {
  await withTemporaryFolder(async (folder) => {
    let seen = '';
    const { shown } = await onTerminal(folder, `wrong\x15${SECRET}\x1b[D\x1bOAAB\x7f\x7f\r`, (pid) => {
      for (const id of canSeeProcesses ? descendantsOf(pid) : []) {
        seen += procFile(id, 'environ') + procFile(id, 'cmdline');
      }
    });
    expect(shown).toContain('read a secret of 20 bytes');
    for (const part of ['wrong', SECRET.slice(0, 8), SECRET.slice(-8)]) {
      expect(shown).not.toContain(part);
      expect(seen).not.toContain(part);
    }
    expect(seen === '').toBe(!canSeeProcesses);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain(SECRET.slice(0, 8));
    }
  });
});

test.each([
  ['Ctrl-C', `${SECRET}\x03`],
  ['Ctrl-D on an empty line', 'x\x7f\x04'],
])('%s cancels, and the terminal echoes again', async (_name, keys) => {
  await withTemporaryFolder(async (folder) => {
    const { shown, exit } = await onTerminal(folder, keys);
    expect(exit).toBe(130);
    expect(shown).toContain('error: cancelled');
    expect(shown).not.toContain(SECRET.slice(0, 8));
    expect(shown).toMatch(ECHOES);
  });
});

(canSeeProcesses ? test : test.skip)(
  'where the process of the seed dies, the terminal echoes again',
  async () => {
    await withTemporaryFolder(async (folder) => {
      const { shown, exit } = await onTerminal(folder, 'typed', (pid) => {
        const phase = descendantsOf(pid).find((id) => procFile(id, 'cmdline').includes('seed-phase.js'));
        process.kill(phase ?? 0, 'SIGKILL');
      });
      expect(exit).toBe(1);
      expect(shown).toContain('the process that holds the seed ended');
      expect(shown).toMatch(ECHOES);
    });
  },
);

test('where standard input is the picture, answers come from the terminal itself', async () => {
  const line = `stty cols 200 rows 40; echo data | ${process.execPath} ${bundles.of('device-prompt.ts')}`;
  const holder = spawn('script', ['-qec', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, TERM: 'xterm' },
  });
  let shown = '';
  holder.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  try {
    await until(
      'the prompt',
      () => shown.includes('which code'),
      () => shown,
    );
    holder.stdin.write('123456\r');
    await until(
      'the answer',
      () => shown.includes('answered 123456, piped data'),
      () => shown,
    );
  } finally {
    holder.kill('SIGKILL');
  }
});

test('a picture is read from a named pipe', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const bytes = Buffer.alloc(100_000, 7);
    const [read] = await Promise.all([ownInput(0).picture(path, never), writeFile(path, bytes)]);
    expect(Buffer.from(read)).toEqual(bytes);
  });
});

test('a picture is read from a file as it is, and too large a one only a byte beyond the limit', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'code.png');
    await writeFile(path, png(drawCode('otpauth://totp/a', 100)));
    const { picture } = ownInput(0);
    expect(Buffer.from(await picture(path, never))).toEqual(await readFile(path));
    await writeFile(path, Buffer.alloc(MAX_FILE_BYTES + 100));
    expect((await picture(path, never)).length).toBe(MAX_FILE_BYTES + 1);
    await expect(picture(join(folder, 'none.png'), never)).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
    });
    await expect(picture(folder, never)).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
    const reason = new Error('stopped');
    await expect(picture(path, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
