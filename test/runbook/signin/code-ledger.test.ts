import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CodeLedger } from '../../../runbook/signin/code-ledger';
import { localPrivateFiles } from '../../../runbook/signin/local-private-files';
import type { PrivateFiles } from '../../../runbook/signin/private-files';

const DEVICE = 'arn:aws:iam::123456789012:mfa/token';
const WINDOW_MS = 180_000;
/** The beginning of a window of three minutes. */
const T0 = 10_000 * WINDOW_MS;
/** Verifications that STS makes of one device in one window. */
const TRIES_PER_WINDOW = 9;

/** The `n`th code, in a 30-second step. */
interface Submission {
  readonly code: string;
  readonly atMs: number;
}
function at(step: number, n = step): Submission {
  return { code: String(n).padStart(6, '0'), atMs: step * 30_000 };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function ledger(files: PrivateFiles = localPrivateFiles): CodeLedger {
  return new CodeLedger(files, folder, DEVICE);
}

test.each<[string, Submission, readonly Submission[], string]>([
  ['the first', at(600), [], 'claimed'],
  ['another code of the same step', at(600, 1), [at(600, 2)], 'claimed'],
  ['the same code in the same step', at(600, 1), [at(600, 1)], 'used'],
  ['the same code ten minutes later', at(620, 1), [at(600, 1)], 'used'],
  ['the same digits after that', at(621, 1), [at(600, 1)], 'claimed'],
  ['the same code by a clock that runs ahead', at(600, 1), [at(603, 1)], 'used'],
  [
    'the ninth of a window',
    at(605, 99),
    [600, 600, 601, 601, 602, 602, 603, 604].map((s, n) => at(s, n)),
    'claimed',
  ],
  [
    'the tenth',
    at(605, 99),
    [600, 600, 601, 601, 602, 602, 603, 604, 604].map((s, n) => at(s, n)),
    'too-many',
  ],
  [
    'the first of the next window',
    at(606, 99),
    [600, 600, 601, 601, 602, 602, 603, 604, 605].map((s, n) => at(s, n)),
    'claimed',
  ],
])('%s is judged by what is there', async (_, { code, atMs }, others, outcome) => {
  for (const other of others) {
    expect(await ledger().claim(other.code, other.atMs)).toBeUndefined();
  }
  expect((await ledger().claim(code, atMs))?.reason ?? 'claimed').toBe(outcome);
});

test('a foreign file is no submission', async () => {
  const { code, atMs } = at(600);
  await ledger().claim(code, atMs);
  const [codes = ''] = readdirSync(join(folder, 'codes'));
  const digest = 'a'.repeat(64);
  for (const name of ['.DS_Store', `620.${digest}.tmp`, `-1.${digest}`, '620.ABC', `x.${digest}`]) {
    writeFileSync(join(folder, 'codes', codes, name), '');
  }
  expect(await ledger().freeAtMs(at(620).atMs)).toBeUndefined();
  expect(await ledger().claim(code, at(621).atMs)).toBeUndefined();
  expect(readdirSync(join(folder, 'codes', codes))).toHaveLength(6);
});

test('a code is claimed once, by whichever ledger of the folder; another device is another matter', async () => {
  expect(await ledger().claim('123456', T0)).toBeUndefined();
  expect(await ledger().claim('123456', T0 + 31_000)).toEqual({ reason: 'used', atMs: T0 + 60_000 });
  expect(await ledger().claim('654321', T0 + 31_000)).toBeUndefined();
  const other = new CodeLedger(localPrivateFiles, folder, `${DEVICE}-2`);
  expect(await other.claim('123456', T0)).toBeUndefined();
});

test('nine are claimed in a window, the tenth when it has ended, and a refused claim leaves nothing', async () => {
  for (let n = 0; n < TRIES_PER_WINDOW; n++) {
    expect(await ledger().claim(`00000${n}`, T0 + n * 1_000)).toBeUndefined();
  }
  const before = readdirSync(folder, { recursive: true }).length;
  expect(await ledger().claim('000010', T0 + 100_000)).toEqual({
    reason: 'too-many',
    atMs: T0 + WINDOW_MS,
  });
  expect(await ledger().freeAtMs(T0 + 100_000)).toEqual({ atMs: T0 + WINDOW_MS, reason: 'too-many' });
  expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  expect(await ledger().claim('000010', T0 + WINDOW_MS)).toBeUndefined();
});

test('what can no longer matter is taken away', async () => {
  await ledger().claim('111111', T0);
  await ledger().claim('222222', T0 + 1_000_000);
  expect(
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()),
  ).toHaveLength(1);
});

test('of two that claim the same code in two steps, in any interleaving, never both win', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isSameStep) => {
      const present = new Set<string>();
      const files: PrivateFiles = {
        read: async () => undefined,
        write: async () => undefined,
        claim: scheduler.scheduleFunction(async (path: string) => {
          if (present.has(path)) {
            return false;
          }
          present.add(path);
          return true;
        }),
        list: scheduler.scheduleFunction(async () =>
          [...present].map((path) => path.slice(path.lastIndexOf('/') + 1)),
        ),
        remove: scheduler.scheduleFunction(async (path: string) => {
          present.delete(path);
        }),
      };
      const claims = Promise.all([
        ledger(files).claim('123456', T0 + 29_000),
        ledger(files).claim('123456', T0 + (isSameStep ? 29_500 : 31_000)),
      ]);
      await scheduler.waitFor(claims);
      const won = (await claims).filter((hold) => hold === undefined);
      expect(won.length).toBeLessThanOrEqual(1);
    }),
  );
});

test('of eight processes that claim the same code at once exactly one sends it', async () => {
  const source = join(__dirname, '../../../runbook/signin');
  const script = `
    const { CodeLedger } = require(${JSON.stringify(join(source, 'code-ledger.ts'))});
    const { localPrivateFiles } = require(${JSON.stringify(join(source, 'local-private-files.ts'))});
    const startAt = Number(process.argv[1]);
    setTimeout(async () => {
      const claim = await new CodeLedger(localPrivateFiles, ${JSON.stringify(folder)}, 'device').claim('123456', ${T0});
      process.stdout.write(claim?.reason ?? 'claimed');
    }, startAt - Date.now());`;
  const esbuild = join(__dirname, '../../../node_modules/.bin/esbuild');
  const program = execFileSync(esbuild, ['--bundle', '--platform=node'], { input: script, encoding: 'utf8' });
  const startAt = Date.now() + 1_000;
  const outcomes = await Promise.all(
    Array.from(
      { length: 8 },
      () =>
        new Promise<string>((resolve, reject) => {
          execFile(process.execPath, ['-e', program, String(startAt)], (error, stdout) =>
            error ? reject(error) : resolve(stdout),
          );
        }),
    ),
  );
  expect(outcomes.sort()).toEqual(['claimed', ...Array.from({ length: 7 }, () => 'used')]);
});
