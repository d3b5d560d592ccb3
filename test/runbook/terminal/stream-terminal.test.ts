import { LinePrompter } from '../../../runbook/terminal/line-prompter';
import { StreamTerminal } from '../../../runbook/terminal/stream-terminal';

function open(options: Partial<ConstructorParameters<typeof StreamTerminal>[0]> = {}) {
  const written = { people: '', data: '' };
  const terminal = new StreamTerminal({
    writePeople: (text) => {
      written.people += text;
    },
    writeData: (text) => {
      written.data += text;
    },
    prompter: new LinePrompter(
      async () => 'yes',
      () => undefined,
    ),
    live: false,
    color: false,
    json: false,
    verbose: false,
    yes: false,
    ...options,
  });
  return { terminal, written };
}

afterEach(() => {
  jest.useRealTimers();
});

const signal = new AbortController().signal;
const question = { name: 'delete-leftover', message: 'delete it?' };

test('people’s text and data go to streams of their own', () => {
  const { terminal, written } = open();
  terminal.heading('enroll');
  terminal.say('done');
  terminal.note('next');
  terminal.data('arn');
  expect(written).toEqual({ people: 'enroll\n✓ done\n→ next\n', data: 'arn\n' });
});

test('with --json only events are printed, one a line', async () => {
  const { terminal, written } = open({ json: true });
  terminal.heading('enroll');
  terminal.say('done');
  terminal.note('next');
  terminal.data('arn');
  await terminal.during('waiting', Promise.resolve());
  terminal.event('step', { step: 'record' });
  await terminal.ask(question, signal);
  expect(written).toEqual({
    people: '',
    data: [
      '{"event":"note","message":"next"}\n',
      '{"event":"waiting","message":"waiting"}\n',
      '{"event":"step","step":"record"}\n',
      '{"event":"ask","name":"delete-leftover","message":"delete it?"}\n',
    ].join(''),
  });
});

test('events are not printed without --json', () => {
  const { terminal, written } = open();
  terminal.event('step', { step: 'record' });
  expect(written).toEqual({ people: '', data: '' });
});

test('details are printed with --verbose only', () => {
  const quiet = open();
  quiet.terminal.detail('aws iam:GetUser ok 12 ms');
  expect(quiet.written.people).toBe('');
  const verbose = open({ verbose: true });
  verbose.terminal.detail('aws iam:GetUser ok 12 ms');
  expect(verbose.written.people).toBe('  aws iam:GetUser ok 12 ms\n');
});

test('--yes confirms without asking, and says so', async () => {
  const asked = open({
    yes: true,
    prompter: {
      ask: () => Promise.reject(new Error('asked')),
      askHidden: () => Promise.reject(new Error('asked')),
      confirm: () => Promise.reject(new Error('asked')),
    },
  });
  expect(await asked.terminal.confirm(question, signal)).toBe(true);
  expect(asked.written.people).toBe('→ delete it? yes, by --yes\n');
  const two = { name: 'cut-off', message: 'cut it off? nothing is left' };
  expect(await asked.terminal.confirm(two, signal)).toBe(true);
  expect(asked.written.people).toContain('→ cut it off? nothing is left: yes, by --yes\n');
});

test('a live terminal redraws its progress, and leaves the line empty', async () => {
  jest.useFakeTimers();
  const { terminal, written } = open({ live: true });
  let left = 3;
  let end: (text: string) => void = () => undefined;
  const during = terminal.during(() => `in ${left--} s`, new Promise((resolve) => (end = resolve)));
  jest.advanceTimersByTime(100);
  end('done');
  expect(await during).toBe('done');
  expect(written.people).toMatch(/in 3 s.*in 2 s/s);
  expect(written.people.endsWith('\r\u001B[2K')).toBe(true);
});

test('progress is silent while a question is open', async () => {
  jest.useFakeTimers();
  let answer: (text: string) => void = () => undefined;
  const { terminal, written } = open({
    live: true,
    prompter: {
      ask: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      askHidden: async () => '',
      confirm: async () => true,
    },
  });
  let end: () => void = () => undefined;
  const during = terminal.during('signing in', new Promise<void>((resolve) => (end = resolve)));
  const asked = terminal.ask(question, signal);
  const before = written.people;
  expect(before).toContain('signing in');
  jest.advanceTimersByTime(300);
  expect(written.people).toBe(before);
  answer('123456');
  expect(await asked).toBe('123456');
  jest.advanceTimersByTime(100);
  expect(written.people.length).toBeGreaterThan(before.length);
  end();
  await during;
});

test('progress ends when the work fails', async () => {
  jest.useFakeTimers();
  const { terminal, written } = open({ live: true });
  await expect(terminal.during('waiting', Promise.reject(new Error('no')))).rejects.toThrow('no');
  const { people } = written;
  expect(people).toContain('waiting');
  jest.advanceTimersByTime(250);
  expect(written.people).toBe(people);
});

test('colors are only used where asked for', () => {
  const { terminal, written } = open({ color: true });
  terminal.say('done');
  expect(written.people).toBe('\u001B[32m✓\u001B[0m done\n');
});

test('what is said while a question is open on a terminal comes after the answer', async () => {
  let answer: (text: string) => void = () => undefined;
  const prompter = {
    ask: () => new Promise<string>((resolve) => (answer = resolve)),
    askHidden: async () => '',
    confirm: async () => true,
  };
  const { terminal, written } = open({ live: true, prompter });
  const asking = terminal.ask(question, signal);
  const shown = written.people;
  terminal.say('enabled in the background');
  expect(written.people).toBe(shown);
  answer('yes');
  await asking;
  expect(written.people).toBe(`${shown}✓ enabled in the background\n`);
});

test('a message during progress on a terminal gets a line of its own', async () => {
  const { terminal, written } = open({ live: true });
  let end: () => void = () => undefined;
  const working = terminal.during('waiting', new Promise<void>((resolve) => (end = resolve)));
  terminal.say('done');
  expect(written.people.endsWith('waiting\r\u001B[2K✓ done\n')).toBe(true);
  end();
  await working;
});
