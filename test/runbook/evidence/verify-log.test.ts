import { hashOf, linesOf } from '../../../runbook/evidence/evidence-log';
import { verifyLog } from '../../../runbook/evidence/verify-log';
import { repetitions } from '../../support/extent';
import { ceremonyId, edited, LOG_ID, logOf, nth, OTHER_LOG_ID } from './evidence-samples';

const FLEET = 'break-glass';
const WHOLE = logOf([nth(1), nth(2), nth(3)]);
/** The header, and lines 2 to 4. */
const LINES = linesOf(WHOLE) as readonly [string, string, string, string];
function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Makes the chain from a line on again, as an attacker would who knows the algorithm. */
function rechained(lines: readonly string[]): readonly string[] {
  return lines.reduce<string[]>((done, line) => {
    const last = done.at(-1);
    done.push(edited(line, { previous: last === undefined ? '0'.repeat(64) : hashOf(last) }));
    return done;
  }, []);
}

test('a log as it was written holds, and tells its ceremonies in order', () => {
  const report = verifyLog(WHOLE, FLEET);
  expect(report).toMatchObject({ id: LOG_ID, lines: 4, torn: [], faults: [] });
  expect(report.entries).toEqual(
    [1, 2, 3].map((n) => ({ line: n + 1, hash: hashOf(LINES[n] ?? ''), evidence: nth(n) })),
  );
});

test('an empty log is no log', () => {
  expect(verifyLog('', FLEET)).toEqual({ id: undefined, lines: 0, entries: [], torn: [], faults: [] });
});

test.each<[string, readonly string[], readonly [number, RegExp][]]>([
  [
    'the first line is taken out',
    LINES.slice(1),
    [
      [1, /not the beginning of a log: the lines before/],
      [1, /no log id/],
    ],
  ],
  ['a line in the middle is taken out', [LINES[0], LINES[1], LINES[3]], [[3, /does not continue line 2/]]],
  [
    'two lines are swapped',
    [LINES[0], LINES[2], LINES[1], LINES[3]],
    [
      [2, /does not continue line 1/],
      [3, /does not continue line 2/],
      [4, /does not continue line 3/],
    ],
  ],
  [
    'a line is edited',
    [LINES[0], LINES[1].replace('olga', 'oleg'), LINES[2], LINES[3]],
    [[3, /does not continue line 2: that line was changed/]],
  ],
  [
    'a line is cut short',
    [LINES[0], LINES[1].slice(0, 40), LINES[2], LINES[3]],
    [
      [2, /is incomplete/],
      [3, /does not continue line 2/],
    ],
  ],
  [
    'a blank line is put in',
    [LINES[0], LINES[1], '', LINES[2], LINES[3]],
    [
      [3, /is incomplete/],
      [4, /does not continue/],
    ],
  ],
  [
    'the first line is edited',
    [edited(LINES[0], { log: 'mine' }), ...LINES.slice(1)],
    [
      [1, /no log id/],
      [2, /does not continue line 1/],
    ],
  ],
])('finds the line where %s', (_name, lines, expected) => {
  const { faults } = verifyLog(textOf(lines), FLEET);
  const found = faults.filter(({ line }) => expected.some(([number]) => number === line));
  for (const [line, problem] of expected) {
    expect(found).toContainEqual({ line, problem: expect.stringMatching(problem) });
  }
  expect(faults.map(({ line }) => line)[0]).toBe(expected[0]?.[0]);
});

test.each<[string, readonly string[], number, RegExp]>([
  ['a value that is none', [LINES[0], edited(LINES[1], { at: 'soon' })], 2, /at "soon" is not a time/],
  ['a ceremony twice', [LINES[0], LINES[1], LINES[1]], 3, /repeats the ceremony of line 2/],
  [
    'a second beginning',
    [LINES[0], edited(LINES[0], { log: OTHER_LOG_ID }), LINES[1]],
    2,
    /begins another log/,
  ],
  ['a beginning of another version', [edited(LINES[0], { schema: 2 }), LINES[1]], 1, /log schema 2/],
  ['another fleet', [LINES[0], edited(LINES[1], { fleet: 'payments' })], 2, /belongs to fleet payments/],
  ['a torn line that was not', [LINES[0], edited(LINES[1], { torn: [40] })], 2, /were torn \(\[40\]\)/],
  [
    'a torn line of another length',
    [LINES[0], '{"previous"', edited(LINES[1], { torn: [40] })],
    2,
    /is incomplete/,
  ],
])('refuses %s even in a chain that was made again', (_name, lines, line, problem) => {
  const chained = lines.some((each) => !each.endsWith('}')) ? lines : rechained(lines);
  expect(verifyLog(textOf(chained), FLEET).faults).toContainEqual({
    line,
    problem: expect.stringMatching(problem),
  });
});

test('every single character that is changed is found', () => {
  const text = logOf([nth(1), nth(2)]);
  const last = linesOf(text).at(-1)?.length ?? 0;
  // The last line has no successor: what is changed there is found by the copy in SSM only.
  const missed: number[] = [];
  for (let index = 0; index < text.length - last - 1; index++) {
    const changed = text[index] === '0' ? '1' : '0';
    const report = verifyLog(text.slice(0, index) + changed + text.slice(index + 1), FLEET);
    if (report.faults.length === 0) {
      missed.push(index);
    }
  }
  expect(missed).toEqual([]);
  expect(text.length - last).toBeGreaterThan(500);
});

test('tells a line torn by a crash from one cut short by hand', () => {
  const torn = WHOLE.slice(0, -30);
  expect(verifyLog(torn, FLEET)).toMatchObject({
    torn: [{ line: 4, isMarked: false, wholeOn: undefined }],
    faults: [],
  });
  expect(verifyLog(`${torn}\n`, FLEET)).toMatchObject({ torn: [], faults: [{ line: 4 }] });
});

test('names the line on which a torn ceremony is whole', () => {
  const resumed = logOf([nth(3), nth(4)]).slice(logOf([nth(3)]).length);
  expect(resumed).toContain(ceremonyId(4));
  const torn = WHOLE.slice(0, -30);
  const piece = linesOf(torn).at(-1) ?? '';
  const after = edited(resumed, { ...nth(3), previous: hashOf(piece), torn: [piece.length] });
  expect(verifyLog(`${torn}\n${after}\n`, FLEET)).toMatchObject({
    torn: [{ line: 4, isMarked: true, wholeOn: 5 }],
    faults: [],
  });
});

test('each line of a long file that is something else is a fault', () => {
  const lines = repetitions(50_000);
  expect(verifyLog('not a log\n'.repeat(lines), FLEET).faults).toHaveLength(lines);
});
