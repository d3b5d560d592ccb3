/** A secret that is typed on a terminal which cannot rewrite its lines. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HiddenLine } from '../../../runbook/terminal/hidden-line';
import { until } from '../built-command';

const PROGRAM = join(__dirname, 'prompt-on-plain-terminal.ts');

/** Starts the program at a terminal of its own. */
function start() {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const line = `exec ${process.execPath} --import ${loader} ${PROGRAM}`;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  function shows(text: string): Promise<void> {
    return until(
      text,
      () => shown.includes(text),
      () => shown,
    );
  }
  return { type: (keys: string) => void terminal.stdin.write(keys), shows, shown: () => shown };
}

test('is not shown, is edited, and the next answer is shown again', async () => {
  const { type, shows, shown } = start();
  await shows('? password');
  type('hunter22\u007f\r');
  await shows('? word');
  type('plain\r');
  await shows('7 letters, plain');
  expect(shown()).not.toMatch(/hunter|\*/);
});

test('Ctrl-C cancels', async () => {
  const { type, shows } = start();
  await shows('? password');
  type('hunter2\u0003');
  await shows('cancelled');
});

test.each([
  ['abc\r', 'abc'],
  ['abc\u007f\u007fd\r', 'ad'],
  ['abc\u0015d\r', 'd'],
  ['a\u001b[Db\u001b[3~c\r', 'abc'],
])('keys %j are %s', (keys, typed) => {
  const line = new HiddenLine();
  const goesOn = [...Buffer.from(keys)].map((key) => line.press(key));
  expect(goesOn.indexOf(false)).toBe(goesOn.length - 1);
  expect(Buffer.from(line.take()).toString()).toBe(typed);
  // Handed over once.
  expect(line.take()).toHaveLength(0);
});
