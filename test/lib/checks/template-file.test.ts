import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyValidationPluginReport } from 'aws-cdk-lib';
import { MfaChecks } from '../../../lib/checks/mfa-checks';
import { newApp } from '../fixtures';

const folder = mkdtempSync(join(tmpdir(), 'mfa-checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function validate(text: string): PolicyValidationPluginReport {
  const templatePath = join(folder, 'Stack.template.json');
  writeFileSync(templatePath, text);
  return new MfaChecks().validate({
    templatePaths: [templatePath],
    stackTemplates: [{ stackConstructPath: 'Stack', templatePath, accountId: undefined, region: undefined }],
    appConstruct: newApp(),
  });
}

test('one that cannot be read is an error, not a pass', () => {
  expect(() => validate('{ oops')).toThrow(
    /^cannot read the template .*Stack\.template\.json: .*; synthesize again/,
  );
  expect(validate('{}')).toMatchObject({ success: true, violations: [] });
});
