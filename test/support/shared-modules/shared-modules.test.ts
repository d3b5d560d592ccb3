import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withTemporaryFolder } from '../temporary-folder';

const JEST = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

/** Runs suites one after the other in one process. @returns the status of each test, by name */
async function statusesOf(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  return withTemporaryFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
    }
    const config = {
      rootDir: folder,
      testMatch: ['<rootDir>/*.suite.js'],
      transform: {},
      testEnvironment: join(__dirname, 'environment.js'),
      runtime: join(__dirname, 'runtime.js'),
      testSequencer: join(folder, 'by-name.js'),
    };
    await writeFile(
      join(folder, 'by-name.js'),
      `module.exports = class { sort(tests) { return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1)); }
        shard(tests) { return tests; } cacheResults() {} allFailedTests(tests) { return tests; } };`,
    );
    const args = [JEST, '--config', JSON.stringify(config), '--runInBand', '--json'];
    const run = promisify(execFile)(process.execPath, args, { cwd: folder });
    const { stdout } = await run.catch((failure: { stdout: string }) => failure);
    const { testResults } = JSON.parse(stdout) as {
      testResults: readonly { assertionResults: readonly { title: string; status: string }[] }[];
    };
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    return Object.fromEntries(results.map(({ title, status }) => [title, status]));
  });
}

test('suites share modules, but neither variables, mocks of modules, spies nor hooks', async () => {
  const statuses = await statusesOf({
    'counted.js': 'exports.suites = []; exports.later = () => require("./late").name;',
    'late.js': 'exports.name = "late";',
    'a.suite.js': `const counted = require('./counted');
      afterEach(() => counted.suites.push('hook of a'));
      test('a', () => { counted.suites.push('a'); process.env.LEFT_BEHIND = 'a'; jest.spyOn(Date, 'now').mockReturnValue(1); });`,
    'b.suite.js': `const counted = require('./counted');
      test('b', () => {
        expect([counted.suites, counted.later()]).toEqual([['a', 'hook of a'], 'late']);
        expect([process.env.LEFT_BEHIND, Date.now() === 1]).toEqual([undefined, false]);
        counted.suites.push('b');
      });
      test('fails', () => { expect(1).toBe(2); });`,
    'c.suite.js': `jest.mock('./late', () => ({ name: 'mocked' }));
      const counted = require('./counted');
      test('c', () => expect([counted.suites, counted.later()]).toEqual([[], 'mocked']));`,
    'd.suite.js': `const { executionAsyncResource } = require('node:async_hooks');
      test('d', () => {
        expect(require('./counted').suites).toEqual(['a', 'hook of a', 'b']);
        // One storage, which is jest-circus's for this suite.
        const symbols = Object.getOwnPropertySymbols(executionAsyncResource());
        expect(symbols.filter(({ description }) => description === 'kResourceStore').length).toBeLessThan(2);
      });`,
  });
  expect(statuses).toEqual({ a: 'passed', b: 'passed', fails: 'failed', c: 'passed', d: 'passed' });
});
