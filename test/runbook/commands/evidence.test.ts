import { Command } from 'commander';
import { parseInventory } from '../../../lib/record/inventory';
import { evidenceName } from '../../../lib/record/names';
import { formatRecord } from '../../../lib/record/pages';
import { connectAws } from '../../../runbook/aws/connect';
import { writeEvidence } from '../../../runbook/ceremony/evidence-step';
import { addEvidence } from '../../../runbook/commands/evidence';
import type { Host } from '../../../runbook/commands/host';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { continueLog, linesOf } from '../../../runbook/evidence/evidence-log';
import { formatEvidence } from '../../../runbook/evidence/evidence-text';
import { RunbookError } from '../../../runbook/runbook-error';
import { CommandLine } from '../../../runbook/terminal/command-line';
import type { Terminal } from '../../../runbook/terminal/terminal';
import { Sandbox } from '../../sandbox/sandbox';
import { standingClock } from '../../support/clock';
import { parseEvents } from '../../support/json-events';
import { anchored, LOG_ID, logOf, nth, OTHER_LOG_ID } from '../evidence/evidence-samples';

const INVENTORY = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "86596220000001", custody: "HQ fireproof safe" }
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
`;
const NOW_MS = Date.parse('2026-12-25T12:00:00.000Z');
const ALICE = evidenceName('break-glass', 'alice.breakglass', 'primary');

let sandbox: Sandbox;
let endpoint: string;
let log: string;
let files: Map<string, string>;

beforeEach(async () => {
  sandbox = Sandbox.create({ clock: standingClock() });
  endpoint = await sandbox.listen();
  log = '';
  files = new Map();
});
afterEach(() => sandbox.close());

function put(name: string, value: string) {
  return sandbox.call(sandbox.administrator, 'ssm', 'PutParameter', {
    Name: name,
    Value: value,
    Type: 'String',
    Overwrite: true,
  });
}

async function deploy(): Promise<void> {
  for (const { name, value } of formatRecord(parseInventory(INVENTORY, 'tokens.yaml'))) {
    await put(name, value);
  }
}

const evidenceLog = {
  append: async (evidence: Evidence) => {
    log += continueLog(log, evidence, () => LOG_ID) ?? '';
  },
  read: async () => log,
};

function connect() {
  return connectAws({
    region: 'eu-central-1',
    endpoint,
    credentials: sandbox.administrator,
    now: () => Date.now(),
  });
}

/** Writes evidence as a ceremony does, to SSM of the sandbox and to the log. */
async function hold(...ceremonies: readonly Evidence[]): Promise<void> {
  for (const { schema: _schema, at, tool, ...facts } of ceremonies) {
    const clock = { now: () => Date.parse(at), sleep: async () => undefined };
    const terminal = { say: () => undefined, event: () => undefined } as unknown as Terminal;
    await writeEvidence({ aws: connect(), evidenceLog, clock, terminal, tool }, facts);
  }
}

/** Runs one command line of the group. */
async function run(...args: readonly string[]) {
  let people = '';
  let data = '';
  const host = {
    env: {},
    writePeople: (text: string) => {
      people += text;
    },
    writeData: (text: string) => {
      data += text;
    },
    dataLost: async () => undefined,
    live: false,
    clock: { now: () => NOW_MS, sleep: async () => undefined },
    signal: new AbortController().signal,
    connectAws: connect,
    openReaders: () => ({ close: async () => undefined }),
    evidenceLog: () => evidenceLog,
    files: {
      read: async (path: string) => files.get(path),
      write: async (path: string, text: string) => {
        if (path.startsWith('/nowhere/')) {
          throw new Error('ENOENT: no such file or directory');
        }
        files.set(path, text);
      },
      stateFolder: '/state/mfa-runbook',
      cacheFolder: '/cache/mfa-runbook',
    },
  } as unknown as Host;
  const program = new Command().exitOverride();
  const line = CommandLine.of(['evidence', ...args]);
  addEvidence(program, { host, line, exitWith: () => undefined });
  const failure = await program
    .parseAsync(['evidence', ...args], { from: 'user' })
    .then(() => undefined)
    .catch((error: unknown) => error);
  if (failure !== undefined && !(failure instanceof RunbookError)) {
    throw failure;
  }
  const events = data.startsWith('{') ? parseEvents(data) : [];
  return { people, data, failure, events };
}

/** The changes that AWS was asked for, other than by the test itself. */
function changes() {
  return sandbox.calls.filter(({ operation }) => !/^(Get|List|Describe)/.test(operation)).length;
}

describe('list', () => {
  test('shows the newest ceremony of each slot: who, when, which token', async () => {
    await hold(nth(1), nth(2), nth(4));
    const begun = changes();
    const { data, failure } = await run('list');
    expect(failure).toBeUndefined();
    expect(data.split('\n')).toEqual([
      expect.stringMatching(/^HOLDER +SLOT +CEREMONY +TOKEN +WHEN \(UTC\) +DAYS +BY +WITNESS$/),
      'alice.breakglass  primary  enroll    86596220000001  2026-11-22 14:00  32    arn:aws:sts::123456789012:assumed-role/operator/olga  Wanda Witt',
      'bob.breakglass    primary  enroll    86596220000001  2026-11-22 12:00  33    arn:aws:sts::123456789012:assumed-role/operator/olga  Wanda Witt',
      '',
    ]);
    expect(changes()).toBe(begun);
  });

  test('prints one event for each with --json', async () => {
    await hold(nth(1), nth(2));
    const { events } = await run('list', '--json');
    expect(events.filter(({ event }) => event === 'evidence')).toEqual([
      { event: 'evidence', ...anchored(nth(1), log), ageDays: 33 },
      { event: 'evidence', ...anchored(nth(2), log), ageDays: 33 },
    ]);
  });

  test('says where there is none', async () => {
    const { data, people, failure } = await run('list', '--fleet', 'payments');
    expect({ data, failure }).toEqual({ data: '', failure: undefined });
    expect(people).toContain('/mfa-guardrails/payments/evidence');
  });

  test('ends with 3 where a parameter is no evidence, and shows the others', async () => {
    await hold(nth(2));
    await put(ALICE, 'hello');
    const { data, failure } = await run('list');
    expect(data).toContain('bob.breakglass');
    expect(failure).toMatchObject({
      code: 'evidence/unreadable',
      exitCode: 3,
      message: expect.stringContaining(ALICE),
    });
    const elsewhere = await run('list', '--region', 'eu-central-1');
    expect(elsewhere.failure?.hints[0]).toContain(
      '`mfa-runbook prove HOLDER --slot SLOT --region eu-central-1`',
    );
  });
});

describe('verify', () => {
  test('a log that holds and agrees with SSM; and says what it cannot check', async () => {
    await hold(nth(1), nth(2));
    const begun = changes();
    const { data, failure } = await run('verify');
    expect(failure).toBeUndefined();
    expect(data).toContain(`log          /state/mfa-runbook/break-glass/evidence.jsonl (${LOG_ID})`);
    expect(data).toContain('3 lines, 2 ceremonies from 2026-11-22 to 2026-11-22');
    expect(data).toMatch(/^ssm +2 slots .*; 2 /m);
    expect(data.match(/^not checked {2}/gm)).toHaveLength(2);
    expect(changes()).toBe(begun);
  });

  test('of one slot speaks in the singular', async () => {
    await hold(nth(1));
    const { data } = await run('verify');
    expect(data).toMatch(/^ssm +1 slot .*; 1 /m);
  });

  test('offline calls no AWS, and says so', async () => {
    await hold(nth(1));
    const begun = sandbox.calls.length;
    const { data, failure } = await run('verify', '--offline');
    expect(failure).toBeUndefined();
    expect(data).toMatch(/^not checked {2}.*--offline/m);
    expect(sandbox.calls.length).toBe(begun);
  });

  test('names the lines where the chain is broken, and ends with 3', async () => {
    await hold(nth(1), nth(2), nth(3));
    log = log.replace('olga', 'oleg');
    const { data, failure, people } = await run('verify', '--offline');
    expect(data).toMatch(/^BROKEN {7}line 3 .*line 2/m);
    expect(failure).toMatchObject({
      code: 'evidence/broken',
      exitCode: 3,
      message: expect.stringMatching(/: line 3$/),
    });
    expect(people).not.toContain('✓');
  });

  test('finds that the end is missing, by comparing it with SSM', async () => {
    await hold(nth(1), nth(2));
    log = `${linesOf(log).slice(0, -1).join('\n')}\n`;
    expect((await run('verify', '--offline')).failure).toBeUndefined();
    const { failure, data } = await run('verify');
    expect(failure).toMatchObject({ code: 'evidence/broken', exitCode: 3 });
    expect(data).toMatch(/^BROKEN .*line 3 .*\(enroll at 2026-11-22T12:00:00.000Z\)/m);
  });

  test('a log that was removed is not verified', async () => {
    await hold(nth(1));
    log = '';
    const { failure } = await run('verify');
    expect(failure).toMatchObject({
      code: 'evidence/none',
      exitCode: 1,
      message: expect.stringContaining('/state/mfa-runbook/break-glass/evidence.jsonl'),
    });
  });

  test('reports a torn line, and holds', async () => {
    await hold(nth(1), nth(2));
    log = log.slice(0, -40);
    await hold(nth(2));
    const { data, failure } = await run('verify');
    expect(failure).toBeUndefined();
    expect(data).toMatch(/^torn +line 3 .* line 4 /m);
  });

  test('takes a copy of the log of another machine, and tells which evidence is in other logs', async () => {
    await hold(nth(1), nth(2));
    const other = logOf([nth(5)], OTHER_LOG_ID);
    await put(
      evidenceName('break-glass', 'bob.breakglass', 'primary'),
      formatEvidence(anchored(nth(5), other, OTHER_LOG_ID)),
    );
    files.set('copy.jsonl', other);
    const theirs = await run('verify', 'copy.jsonl');
    expect(theirs.failure).toBeUndefined();
    expect(theirs.data).toContain(`copy.jsonl (${OTHER_LOG_ID})`);
    expect(theirs.data).toContain(`1 in log ${LOG_ID}`);
    expect((await run('verify')).data).toContain(`1 in log ${OTHER_LOG_ID}`);
    expect((await run('verify', 'missing.jsonl')).failure).toMatchObject({
      code: 'evidence/none',
      message: expect.stringContaining('missing.jsonl'),
    });
  });

  test('with --json every finding is an event', async () => {
    await hold(nth(1), nth(2));
    log = `${log}{}\n`;
    const { events } = await run('verify', '--json');
    expect(events.filter(({ event }) => event === 'broken' || event === 'verified')).toEqual([
      { event: 'broken', line: 4, problem: expect.stringContaining('line 3') },
      { event: 'broken', line: 4, problem: expect.any(String) },
      { event: 'verified', log: LOG_ID, lines: 4, ceremonies: 2, torn: 0, matched: 2, broken: 2 },
    ]);
  });
});

describe('certificate', () => {
  const ARGS = ['certificate', 'alice.breakglass', '--slot', 'primary'] as const;

  test('is Markdown on stdout, with what evidence and record say', async () => {
    await deploy();
    await hold(nth(1));
    const begun = changes();
    const { data, failure } = await run(...ARGS);
    expect(failure).toBeUndefined();
    expect(data).toMatch(/^# /);
    expect(data).toMatch(/^\| Custody \| HQ fireproof safe /m);
    expect(data).toContain(`| SHA-256 of line 2 | \`${anchored(nth(1), log).log?.hash}\` |`);
    expect(data).toContain('Printed 2026-12-25 12:00:00 UTC');
    expect(changes()).toBe(begun);
  });

  test('is the same if the name of the holder is typed in another case', async () => {
    await deploy();
    await hold(nth(1));
    const { data } = await run(...ARGS);
    expect((await run('certificate', 'ALICE.breakglass', '--slot', 'primary')).data).toBe(data);
    const other = await run('certificate', 'ALICE.breakglass', '--slot', 'backup');
    expect(other.failure).toMatchObject({ code: 'evidence/none' });
  });

  test('is not made of evidence that is kept in the place of another slot', async () => {
    await deploy();
    await put('/mfa-guardrails/break-glass/evidence/mallory/primary', formatEvidence(nth(1)));
    expect((await run(...ARGS)).failure).toMatchObject({ code: 'evidence/none' });
  });

  test('is HTML in a file if that is asked for', async () => {
    await deploy();
    await hold(nth(1));
    const { data, people } = await run(...ARGS, '--format', 'html', '--output', 'alice.html');
    expect(data).toBe('');
    expect(people).toContain('alice.html');
    expect(files.get('alice.html')).toMatch(/^<!doctype html>/);
  });

  test('without a usable record says that, and is written anyway', async () => {
    await hold(nth(1));
    const { data, people } = await run(...ARGS);
    expect(data).toMatch(/^\| Record today \| /m);
    expect(people).toMatch(/^→ /m);
  });

  test('of a slot without evidence is refused', async () => {
    const { data, failure } = await run(...ARGS, '--output', 'alice.md');
    expect(failure).toMatchObject({
      code: 'evidence/none',
      message: expect.stringContaining(ALICE),
      hints: [expect.stringContaining('evidence list'), expect.stringContaining('`mfa-runbook plan`')],
    });
    const options = ['--fleet', 'payments', '--profile', 'ops'];
    expect((await run(...ARGS, ...options)).failure?.hints).toEqual([
      expect.stringContaining('`mfa-runbook evidence list --fleet payments --profile ops`'),
      expect.stringContaining('`mfa-runbook plan --fleet payments --profile ops`'),
    ]);
    expect(data).toBe('');
    expect(files.size).toBe(0);
  });

  test.each([
    ['what is no evidence', 'hello'],
    ['evidence of somebody else', formatEvidence(nth(2))],
  ])('of %s is refused', async (_name, value) => {
    await put(ALICE, value);
    const { data, failure } = await run(...ARGS, '--output', 'alice.md');
    expect(failure).toMatchObject({
      code: 'evidence/unreadable',
      exitCode: 3,
      hints: [expect.anything(), expect.stringContaining('prove alice.breakglass --slot primary')],
    });
    expect(data).toBe('');
    expect(files.size).toBe(0);
  });

  test('into a folder that is not there is no defect of the program', async () => {
    await hold(nth(1));
    const { failure } = await run(...ARGS, '--output', '/nowhere/alice.md');
    expect(failure).toMatchObject({
      code: 'usage',
      exitCode: 2,
      message: expect.stringContaining('/nowhere/alice.md'),
    });
  });
});
