import fc from 'fast-check';
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

test('a command to copy is one whole line on a narrow terminal, with its ARNs, and cannot control the terminal', () => {
  const { terminal, written } = open({ columns: () => 40 });
  const line =
    'aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::123456789012:mfa/mfa-guardrails/f/alice.primary.1';
  terminal.command(line);
  terminal.command('a\u001B[2Jb');
  expect(written).toEqual({ people: `${line}\na\\x1b[2Jb\n`, data: '' });
});

test('with --json only events are printed, one a line', async () => {
  const { terminal, written } = open({ json: true });
  terminal.heading('enroll');
  terminal.command('aws iam list-users');
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

/** Lets a question stay open until it is answered. */
function slowPrompter() {
  const heard: string[] = [];
  let answer: (text: string) => void = () => undefined;
  const prompter = {
    ask: () => new Promise<string>((resolve) => (answer = resolve)),
    askHidden: async () => '',
    confirm: async () => true,
    ignoreTyping: () => {
      heard.push('ignored');
      return () => void heard.push('heard');
    },
  };
  return { prompter, heard, answer: (text: string) => answer(text) };
}

test('a line of progress is cut to the terminal, and said once in full before', async () => {
  jest.useFakeTimers();
  let columns = 40;
  const { terminal, written } = open({ live: true, columns: () => columns });
  const text = 'switch a spare on and lay it on the reader: 86596220000009, 東京, \u001b[2J';
  let end: () => void = () => undefined;
  const during = terminal.during(text, new Promise<void>((resolve) => (end = resolve)));
  jest.advanceTimersByTime(300);
  columns = 30;
  jest.advanceTimersByTime(300);
  end();
  await during;
  const [said = '', progress = ''] = written.people.split(/(?<=\n)(?=\r)/);
  expect(said.split('\n')).toEqual([
    '… switch a spare on and lay it on the',
    '  reader: 86596220000009, 東京, \\x1b[2J',
    '',
  ]);
  const drawn = progress.split('\r\u001B[2K').slice(1, -1);
  expect(drawn).toHaveLength(7);
  expect(drawn.slice(0, 4).every((line) => line.slice(2) === 'switch a spare on and lay it on the …')).toBe(
    true,
  );
  expect(drawn.slice(4).every((line) => line.slice(2) === 'switch a spare on and lay …')).toBe(true);
  expect(progress).not.toContain('\n');
});

test('what fits on a line of progress is not said twice', async () => {
  const { terminal, written } = open({ live: true, columns: () => 20 });
  await terminal.during('enabling', Promise.resolve());
  expect(written.people).not.toContain('\n');
});

test('messages, failures and tables are wrapped to their terminals', () => {
  const { terminal, written } = open({ columns: (stream) => (stream === 'people' ? 30 : 40) });
  terminal.say('arn:aws:iam::123456789012:mfa/mfa-guardrails/x/alice is deleted');
  terminal.failure(['mfa-runbook: hint: run `mfa-runbook resume --list` to see it']);
  terminal.table([
    { cells: ['alice', 'last proven 2026-03-02, 400 days ago'], command: 'mfa-runbook prove alice' },
  ]);
  terminal.data('arn:aws:iam::123456789012:mfa/mfa-guardrails/x/alice is long, and data');
  expect(written).toEqual({
    people: [
      '✓ …123456789012:mfa/…/alice is',
      '  deleted',
      'mfa-runbook: hint: run',
      '    mfa-runbook resume --list',
      '  to see it',
      '',
    ].join('\n'),
    data: [
      'alice  last proven 2026-03-02, 400 days',
      '       ago',
      '    mfa-runbook prove alice',
      'arn:aws:iam::123456789012:mfa/mfa-guardrails/x/alice is long, and data',
      '',
    ].join('\n'),
  });
});

test('a command to copy is neither wrapped nor shortened', () => {
  const command =
    'aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::123456789012:mfa/mfa-guardrails/x/alice';
  const { terminal, written } = open({ columns: () => 30 });
  terminal.command(`${command}\u001b[2J`);
  expect(written.people).toBe(`${command}\\x1b[2J\n`);
});

test('with --json everything stays whole', () => {
  const { terminal, written } = open({ json: true, columns: () => 30 });
  const deviceArn = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.primary.1';
  terminal.note(`${deviceArn} is left \u001b[2J\u202e\u009b`);
  terminal.table([{ cells: ['a'] }]);
  terminal.failure(['mfa-runbook: error: no']);
  expect(written.people).toBe('');
  expect(written.data).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  expect(JSON.parse(written.data)).toEqual({
    event: 'note',
    message: `${deviceArn} is left \u001b[2J\u202e\u009b`,
  });
});

test('what is typed is ignored while progress is shown, and heard while a question is open', async () => {
  const { prompter, heard, answer } = slowPrompter();
  const { terminal } = open({ live: true, prompter });
  let end: () => void = () => undefined;
  const during = terminal.during('enabling', new Promise<void>((resolve) => (end = resolve)));
  const within = terminal.during('waiting', Promise.resolve());
  await within;
  expect(heard).toEqual(['ignored']);
  const asking = terminal.ask(question, signal);
  expect(heard).toEqual(['ignored', 'heard']);
  answer('yes');
  await asking;
  expect(heard).toEqual(['ignored', 'heard', 'ignored']);
  end();
  await during;
  expect(heard).toEqual(['ignored', 'heard', 'ignored', 'heard']);
});

test('nobody is deaf where progress is not drawn, or after work that failed', async () => {
  for (const options of [{ live: false }, { live: true, json: true }]) {
    const { prompter, heard } = slowPrompter();
    await open({ ...options, prompter }).terminal.during('enabling', Promise.resolve());
    expect(heard).toEqual([]);
  }
  const { prompter, heard } = slowPrompter();
  const { terminal } = open({ live: true, prompter });
  await expect(terminal.during('enabling', Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(heard).toEqual(['ignored', 'heard']);
});

/** Whatever steers a terminal. */
const ANY_TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('\u001b', '\u009b', '\u202e', '\n', '\r', '\u0007', ' ', 'a', '`', '\u200b', '漢'),
  }),
);

const OWN = ['\n', '\r\u001B[2K', ...['0', '1', '2', '32', '36'].map((code) => `\u001B[${code}m`)];

/** Leaves out what the terminal itself writes: line ends, colors, and the beginning of a line of progress. */
function withoutOwn(written: string): string {
  return OWN.reduce((rest, own) => rest.replaceAll(own, ''), written);
}

test('nothing that is written has a control character of others', async () => {
  const lines = new LinePrompter(
    async () => 'yes',
    () => undefined,
  );
  await fc.assert(
    fc.asyncProperty(ANY_TEXT, fc.boolean(), fc.boolean(), async (text, live, json) => {
      const { terminal, written } = open({
        live,
        json,
        color: live,
        verbose: true,
        yes: true,
        prompter: lines,
        ...(live && { columns: () => 40 }),
      });
      terminal.heading(text);
      terminal.say(text);
      terminal.note(text);
      terminal.detail(text);
      terminal.trace(text);
      terminal.failure([text]);
      terminal.data(text);
      terminal.table([{ cells: [text, text], command: text }], '  ');
      terminal.event('any', { text, [text]: [text] });
      await terminal.confirm({ name: 'any', message: text }, signal);
      await terminal.during(text, Promise.resolve());
      for (const stream of [written.people, written.data]) {
        expect(withoutOwn(stream)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      }
      for (const line of json ? written.data.trim().split('\n') : []) {
        expect(JSON.parse(line)).toHaveProperty('event');
      }
    }),
  );
});

test('a question without a terminal has no control character of others', async () => {
  await fc.assert(
    fc.asyncProperty(ANY_TEXT, async (text) => {
      let written = '';
      const answers = ['no', 'yes'];
      const prompter = new LinePrompter(
        async () => answers.shift(),
        (piece) => {
          written += piece;
        },
      );
      await prompter.ask(
        { name: 'any', message: text, check: (given) => (given === 'no' ? text : undefined) },
        signal,
      );
      expect(written.match(/\n/g)).toHaveLength(3);
      expect(withoutOwn(written)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    }),
  );
});
