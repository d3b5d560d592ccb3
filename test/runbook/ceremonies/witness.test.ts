import { checkWitnessName, witness } from '../../../runbook/operator/witness';
import { LinePrompter } from '../../../runbook/terminal/line-prompter';
import { StreamTerminal } from '../../../runbook/terminal/stream-terminal';

const SERIAL = '86596220000001';
const REQUEST = {
  name: 'Wanda Witt',
  holder: 'alice.breakglass',
  token: { slot: 'primary', serial: SERIAL, type: 'programmable', custody: 'HQ fireproof safe' },
} as const;
const OLGA = 'arn:aws:sts::123456789012:assumed-role/operator/olga';

/** Asks the witness, who types these lines. */
async function ask(...typed: readonly string[]) {
  let people = '';
  const asked: string[] = [];
  const lines = [...typed];
  function writePeople(text: string): void {
    people += text;
  }
  const prompter = new LinePrompter(async (question) => {
    asked.push(question.message);
    return lines.shift();
  }, writePeople);
  const terminal = new StreamTerminal({
    writePeople,
    writeData: () => undefined,
    prompter,
    live: false,
    color: false,
    json: false,
    verbose: false,
    yes: true,
  });
  const outcome = await witness(terminal, REQUEST, new AbortController().signal).catch(
    (error: unknown) => error,
  );
  return { outcome, people, asked, left: lines.length };
}

test.each([[SERIAL], ['8659 6220 0000 01'], [`  ${SERIAL}\t`]])(
  'takes the serial as printed: %j',
  async (typed) => {
    const { outcome, people } = await ask(typed);
    expect(outcome).toBe('Wanda Witt');
    expect(people).toContain(SERIAL);
  },
);

test('asks by name, says which token, and never shows the serial before it was typed', async () => {
  const { outcome, asked, people } = await ask('86596220000002', '1');
  expect(asked[0]).toMatch(/^Wanda Witt, .*primary of alice\.breakglass \(HQ fireproof safe\)$/);
  expect(outcome).toMatchObject({ code: 'cancelled' });
  expect(`${asked.join()} ${people}`).not.toContain(SERIAL);
});

test('lets a wrong one be typed again, and shows what was typed', async () => {
  const { outcome, people } = await ask('86596220000002', '86596220000003', SERIAL);
  expect(people).toContain('"86596220000002"');
  expect(people).toContain('"86596220000003"');
  expect(outcome).toBe('Wanda Witt');
});

test('gives up after three, and does not tell the right one', async () => {
  const { outcome, people, left } = await ask('1', '2', '86596220000003', SERIAL);
  expect(outcome).toMatchObject({
    code: 'witness/wrong-serial',
    exitCode: 3,
    message: expect.stringContaining('"86596220000003"'),
  });
  expect(left).toBe(1);
  expect(people).toContain('"2"');
  expect(people).not.toContain(SERIAL);
});

test('an empty line is no try', async () => {
  const { outcome, asked, left } = await ask('', '  ', '1', '2', SERIAL);
  expect(outcome).toBe('Wanda Witt');
  expect([asked.length, left]).toEqual([5, 0]);
});

test('--yes does not answer for the witness', async () => {
  expect((await ask()).outcome).toMatchObject({ code: 'cancelled' });
});

test.each(['Wanda Witt', 'Zoë O’Neill', '渡辺', 'wanda.witt@example.com', 'x'.repeat(64)])(
  'takes the name %j',
  (name) => {
    expect(checkWitnessName(` ${name} `, OLGA)).toBe(name);
  },
);

test.each([
  ['', /""|empty/],
  ['   ', /""|empty/],
  ['x'.repeat(65), /65.*64/],
  ['a\nb', /"a\\nb"/],
  ['a\u001b[31mb', /"a\\x1b\[31mb"/],
  ['a\u202eb', /"aU\+202Eb"/],
])('refuses %j as a name', (name, message) => {
  function refuse() {
    return checkWitnessName(name, OLGA);
  }
  expect(refuse).toThrow(expect.objectContaining({ code: 'witness/not-a-name', exitCode: 2 }));
  expect(refuse).toThrow(message);
});

test.each([
  [OLGA, 'olga'],
  [OLGA, 'Olga'],
  [OLGA, 'olga@example.com'],
  ['arn:aws:iam::123456789012:user/team/wanda.witt', 'Wanda Witt'],
  ['arn:aws:sts::123456789012:assumed-role/sso/wanda_witt@example.com', 'wanda.witt'],
])('refuses the caller %s as %j', (caller, name) => {
  expect(() => checkWitnessName(name, caller)).toThrow(
    expect.objectContaining({ code: 'witness/same-person', message: expect.stringContaining(caller) }),
  );
  expect(checkWitnessName(`not ${name}`, caller)).toBe(`not ${name}`);
});
