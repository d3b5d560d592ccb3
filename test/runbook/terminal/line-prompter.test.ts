import { RunbookError } from '../../../runbook/runbook-error';
import { LinePrompter } from '../../../runbook/terminal/line-prompter';

function prompter(lines: readonly string[]) {
  const rest = [...lines];
  let written = '';
  const prompt = new LinePrompter(
    async () => rest.shift(),
    (text) => {
      written += text;
    },
  );
  return { prompt, written: () => written, left: rest };
}

const signal = new AbortController().signal;
const digits = {
  name: 'code',
  message: 'code',
  check: (text: string) => (/^\d+$/.test(text) ? undefined : 'digits'),
};

test('takes one line for each question, trimmed', async () => {
  const { prompt, left } = prompter([' 123 ', 'next']);
  expect(await prompt.ask(digits, signal)).toBe('123');
  expect(left).toEqual(['next']);
});

test('takes a secret as it was typed, blanks included', async () => {
  const { prompt, written } = prompter([' pass word ']);
  expect(await prompt.askHidden({ name: 'token-secret', message: 'password' }, signal)).toBe(' pass word ');
  expect(written()).toBe('? password\n');
});

test('says what is wrong with an answer and asks again', async () => {
  const { prompt, written } = prompter(['x', '7']);
  expect(await prompt.ask(digits, signal)).toBe('7');
  expect(written()).toBe('? code\n! digits\n? code\n');
});

test('is cancelled at the end of input', async () => {
  const refused = await prompter(['x'])
    .prompt.ask(digits, signal)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RunbookError);
  expect((refused as RunbookError).exitCode).toBe(130);
});

test('does not ask once it is aborted', async () => {
  const { prompt, written } = prompter(['1']);
  await expect(prompt.ask(digits, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  expect(written()).toBe('');
});

test.each([
  ['y', true],
  ['YES', true],
  ['n', false],
  ['no', false],
])('reads %s as an answer to yes or no', async (line, yes) => {
  expect(await prompter(['maybe', line]).prompt.confirm({ name: 'q', message: 'go on?' }, signal)).toBe(yes);
});
