import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mfa-guardrails-bin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Where the app was to synthesise. */
  readonly outdir: string;
}

/** Runs the app as the CDK CLI does: the command of cdk.json, with the context and the folder in the environment. */
function runApp(context: Readonly<Record<string, string>>): Run {
  const outdir = mkdtempSync(join(folder, 'out-'));
  rmSync(outdir, { recursive: true });
  const { app } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const { status, stderr } = spawnSync(app, {
    shell: true,
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
    },
  });
  return { exitCode: status, stderr, outdir };
}

test('the example inventory becomes one stack named after its fleet', () => {
  const { exitCode, stderr, outdir } = runApp({ operators: 'arn:aws:iam::111122223333:user/olga' });
  const template = readFileSync(join(outdir, 'mfa-guardrails-break-glass.template.json'), 'utf8');

  expect([exitCode, stderr]).toEqual([0, '']);
  expect(template).toContain('arn:aws:iam::111122223333:user/olga');
  expect(template).not.toContain(':root');
});

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  [
    'an inventory with a mistake',
    { inventory: join(folder, 'bad.yaml') },
    `${join(folder, 'bad.yaml')}:1:8: fleet "Break Glass" is not a fleet name; use 1 to 32 lower-case letters, digits and inner hyphens, not beginning with aws or ssm`,
  ],
  [
    'an inventory that is not there',
    { inventory: 'no-such.yaml' },
    "ENOENT: no such file or directory, open 'no-such.yaml'",
  ],
  [
    'an operator who can never have MFA',
    { operators: 'arn:aws:iam::111122223333:role/Admin' },
    "MFA cannot be asked for: the principal trusts 'arn:aws:iam::111122223333:role/Admin': the session of a role or a federated user never carries MFA and so could never assume the role; trust the IAM user or the account",
  ],
])('%s is refused in three lines, and nothing is synthesised', (_what, context, error) => {
  writeFileSync(
    join(folder, 'bad.yaml'),
    'fleet: Break Glass\nholders:\n  alice:\n    - { slot: primary, serial: "86596220000001" }\n',
  );
  const { exitCode, stderr, outdir } = runApp(context);

  expect(stderr.split('\n')).toEqual([
    `guardrails: error: ${error}`,
    'guardrails: hint: the inventory is tokens.yaml or `-c inventory=FILE`, the operators are `-c operators=ARN,ARN`',
    'guardrails: state: nothing was synthesised or deployed',
    '',
  ]);
  expect([exitCode, existsSync(join(outdir, 'manifest.json'))]).toEqual([1, false]);
});
