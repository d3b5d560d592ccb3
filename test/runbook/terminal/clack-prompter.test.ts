import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { RunbookError } from '../../../runbook/runbook-error';
import { ClackPrompter } from '../../../runbook/terminal/clack-prompter';

function keyboard({ columns }: { readonly columns?: number } = {}) {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const output = Object.assign(new PassThrough(), columns === undefined ? {} : { columns });
  let screen = '';
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  async function press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await pause(10);
      input.write(key);
    }
  }
  const signals: string[] = [];
  let run: () => void = () => undefined;
  const prompter = new ClackPrompter(input, output, async (name) => {
    signals.push(name);
    if (name === 'SIGTSTP') {
      await new Promise<void>((resolve) => {
        run = resolve;
      });
    }
  });
  return { prompter, press, signals, modes, runAgain: () => run(), screen: () => screen };
}

const ENTER = '\r';
const CTRL_C = '\u0003';
const ESCAPE = '\u001B';
const signal = new AbortController().signal;
const code = {
  name: 'code',
  message: 'code of alice primary',
  check: (text: string) => (/^\d{6}$/.test(text) ? undefined : `a code is six digits, not "${text}"`),
};

test('takes what is typed', async () => {
  const { prompter, press, screen } = keyboard();
  const answer = prompter.ask(code, signal);
  await press('1', '2', '3', '4', '5', '6', ENTER);
  expect(await answer).toBe('123456');
  expect(screen()).toContain('code of alice primary');
});

test('a secret is taken as typed and never shown', async () => {
  const { prompter, press, screen } = keyboard();
  const answer = prompter.askHidden({ name: 'token-secret', message: 'password of the token' }, signal);
  await press('s', 'e', ' ', 'c', 'r', ENTER);
  expect(await answer).toBe('se cr');
  expect(screen()).toContain('password of the token');
  expect(screen()).not.toContain('se cr');
});

test('says what is wrong, and takes the corrected answer', async () => {
  const { prompter, press, screen } = keyboard();
  const answer = prompter.ask(code, signal);
  await press('1', '2', '3', '4', '5', ENTER, '6', ENTER);
  expect(await answer).toBe('123456');
  expect(screen()).toContain('a code is six digits, not "12345"');
});

test.each([
  ['Ctrl-C', CTRL_C],
  ['Escape', ESCAPE],
])('%s cancels a question and a confirmation', async (_name, key) => {
  for (const kind of ['ask', 'askHidden', 'confirm'] as const) {
    const { prompter, press } = keyboard();
    const outcome: Promise<unknown> = prompter[kind](code, signal).catch((error: unknown) => error);
    await press(key);
    // Escape may begin a longer sequence: the terminal waits for the rest of it.
    const error = await outcome;
    expect(error).toBeInstanceOf(RunbookError);
    expect((error as RunbookError).code).toBe('cancelled');
  }
});

test('an aborted prompt is cancelled', async () => {
  const { prompter } = keyboard();
  const stop = new AbortController();
  const outcome = prompter.ask(code, stop.signal).catch((error: unknown) => error);
  await pause(20);
  stop.abort();
  expect(await outcome).toBeInstanceOf(RunbookError);
});

test.each([
  ['y', true],
  ['n', false],
])('takes %s as an answer to a confirmation', async (key, yes) => {
  const { prompter, press } = keyboard();
  const answer = prompter.confirm(code, signal);
  await press(key);
  expect(await answer).toBe(yes);
});

test('a prompt whose terminal is gone is cancelled all the same, though closing it fails', async () => {
  // In a process of its own: what clack throws on closing reaches nobody but the process.
  const program = join(__dirname, 'prompt-without-terminal.ts');
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', loader, program]);
  expect(stdout).toBe('cancelled\n');
});

test('a prompt that is answered leaves no listener behind', async () => {
  const { prompter, press } = keyboard();
  const stop = new AbortController();
  for (let asked = 0; asked < 3; asked++) {
    const answer = prompter.ask(code, stop.signal);
    await pause(10);
    expect(getEventListeners(stop.signal, 'abort').length).toBeGreaterThan(0);
    await press('1', '2', '3', '4', '5', '6', ENTER);
    expect(await answer).toBe('123456');
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  }
});

test('what is typed while it is ignored is not the beginning of the next answer, but Ctrl-C is heard', async () => {
  const { prompter, press, signals } = keyboard();
  const hear = prompter.ignoreTyping();
  await press('1', '2', '3', '4', '5', '6', ENTER, CTRL_C, '\u001A', '7');
  await pause(10);
  hear();
  expect(signals).toEqual(['SIGINT', 'SIGTSTP']);
  const answer = prompter.ask(code, signal);
  await press('6', '5', '4', '3', '2', '1', ENTER);
  expect(await answer).toBe('654321');
});

test.each([
  ['goes on', [true, false, true, false]],
  // The shell would be left without an echo.
  ['ended in the meantime', [true, false, false]],
])('after Ctrl-Z while the work %s, the terminal is in the mode it needs', async (when, expected) => {
  const { prompter, press, modes, runAgain } = keyboard();
  const hear = prompter.ignoreTyping();
  await press('\u001A');
  await pause(10);
  if (when === 'goes on') {
    runAgain();
    await pause(10);
    hear();
  } else {
    hear();
    runAgain();
    await pause(10);
  }
  expect(modes).toEqual(expected);
});

test.each(['ask', 'askHidden', 'confirm'] as const)(
  'Ctrl-Z at a question (%s) closes it, stops, and asks again once the process runs again',
  async (kind) => {
    const { prompter, press, signals, runAgain, screen } = keyboard();
    const answer = prompter[kind]({ name: 'any', message: 'sure?' }, signal);
    // The person types the answer again, from its beginning.
    await press(...(kind === 'confirm' ? [] : ['n']), '\u001A');
    await pause(20);
    expect(signals).toEqual(['SIGTSTP']);
    const before = screen().split('sure?').length;
    runAgain();
    await press('y', ...(kind === 'confirm' ? [] : [ENTER]));
    expect(await answer).toBe(kind === 'confirm' ? true : 'y');
    expect(screen().split('sure?').length).toBeGreaterThan(before);
    expect(signals).toEqual(['SIGTSTP']);
  },
);

test('a run that is stopped while a question is suspended is cancelled', async () => {
  const { prompter, press, runAgain } = keyboard();
  const stop = new AbortController();
  const answer = prompter.ask(code, stop.signal).catch((error: unknown) => error);
  await press('\u001A');
  await pause(20);
  stop.abort(new Error('stopped'));
  runAgain();
  expect(await answer).toMatchObject({ message: 'stopped' });
});

test('what arrives just before a question is not its answer', async () => {
  const { prompter, press } = keyboard();
  const hear = prompter.ignoreTyping();
  const typing = press('1');
  hear();
  await typing;
  const ignoring = prompter.ignoreTyping();
  await pause(10);
  ignoring();
  const answer = prompter.ask(code, signal);
  await press('6', '5', '4', '3', '2', '1', ENTER);
  expect(await answer).toBe('654321');
});

test.each(['ask', 'askHidden', 'confirm'] as const)(
  '%s breaks its lines between words and escapes them',
  async (kind) => {
    const { prompter, press, screen } = keyboard({ columns: 40 });
    const message =
      'cut off 86596220000001 of alice.breakglass primary (HQ fireproof safe)\u001b[2J now? run `mfa-runbook resume --list`';
    const answer = prompter[kind]({ name: 'any', message }, signal);
    await press(kind === 'confirm' ? 'y' : ENTER);
    await answer;
    const shown = stripVTControlCharacters(screen())
      .split('\n')
      .map((line) => line.replace(/^[│◆◇]? */, ''));
    expect(shown).toEqual(
      expect.arrayContaining([
        'cut off 86596220000001 of',
        'alice.breakglass primary (HQ',
        'fireproof safe)\\x1b[2J now? run',
        'mfa-runbook resume --list',
      ]),
    );
  },
);
