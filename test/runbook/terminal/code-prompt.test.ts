import { askCode, countDown } from '../../../runbook/terminal/code-prompt';
import { LinePrompter } from '../../../runbook/terminal/line-prompter';

const { signal } = new AbortController();

test.each(['123456', '123 456'])('%s is a code of six digits', async (typed) => {
  const terminal = new LinePrompter(
    async () => typed,
    () => undefined,
  );
  expect(await askCode(terminal, { name: 'code', message: 'code' }, signal)).toBe('123456');
});

test('anything else is asked for again', async () => {
  const answers = ['', '12345', '1234567', '12 34 56', '123  456', '12345x', '654321'];
  let asked = 0;
  const terminal = new LinePrompter(
    async () => answers[asked++],
    () => undefined,
  );
  expect(await askCode(terminal, { name: 'code', message: 'code' }, signal)).toBe('654321');
  expect(asked).toBe(answers.length);
});

test('a countdown shows the seconds that are left, and nothing once the time has come', async () => {
  let nowMs = 0;
  const shown: string[] = [];
  const clock = { now: () => nowMs, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  async function during<T>(text: string | (() => string), work: Promise<T>): Promise<T> {
    shown.push(typeof text === 'string' ? text : text());
    return work;
  }
  for (nowMs of [0, 29_000, 29_001, 40_000]) {
    await countDown(
      { untilMs: 29_001, text: 'the next code comes in' },
      { clock, terminal: { during } },
      signal,
    );
  }
  expect(shown).toEqual(['the next code comes in 30 s', 'the next code comes in 1 s']);
});
