/** The published bundles carry the licenses of all packages in them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withTemporaryFolder } from '../support/temporary-folder';

/** For pictures of codes. */
const PICTURES = ['qr', 'pngjs', 'jpeg-js'];
const ALLOWED = '(MIT|ISC|Apache-2\\.0|BSD-3-Clause)';

const RUNBOOK = join(__dirname, '..', '..', 'runbook');

test('each package in the bundles is named, with the text of its license', () => {
  const text = readFileSync(join(RUNBOOK, 'build', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of [
    'commander',
    '@clack/prompts',
    'otpauth',
    'valibot',
    'yaml',
    '@aws-sdk/client-iam',
    ...PICTURES,
  ]) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(${ALLOWED}\\)$`, 'm'));
  }
  expect(text).toContain('Permission is hereby granted, free of charge');
  expect(text).toContain('Apache License');
  // Packages that only tests may use are not in a bundle.
  expect(text).not.toContain('cloud-copilot');
});

test.each([
  ['AGPL-3.0', 'viral 1.0.0 is under AGPL-3.0, must be'],
  ['(AGPL-3.0 OR GPL-3.0)', 'viral 1.0.0 is under (AGPL-3.0 OR GPL-3.0), must be'],
  [undefined, 'viral 1.0.0 is under no license, must be'],
])('a package under %s stops the build', async (license, message) => {
  await withTemporaryFolder(async (root) => {
    await mkdir(join(root, 'node_modules', 'viral'), { recursive: true });
    const description = JSON.stringify({ name: 'viral', version: '1.0.0', license });
    await writeFile(join(root, 'node_modules', 'viral', 'package.json'), description);
    const script = `
      import { licenseTexts, packageFolders } from ${JSON.stringify(join(RUNBOOK, 'third-party-licenses.mjs'))};
      const folders = packageFolders([{ inputs: { 'node_modules/viral/a/index.js': {}, 'runbook/main.ts': {} } }]);
      await licenseTexts(${JSON.stringify(root)}, folders);`;
    const args = ['--input-type=module', '-e', script];
    expect(() => execFileSync(process.execPath, args, { stdio: 'pipe' })).toThrow(message);
  });
});
