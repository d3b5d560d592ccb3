import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const ROOT = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mfa-guardrails-bin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Where the app was to synthesize. */
  readonly outdir: string;
}

/** Runs the app as the CDK CLI does: the command of cdk.json, with the context and the folder in the environment. */
function runApp(context: Readonly<Record<string, unknown>>, region = ''): Run {
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
      CDK_DEFAULT_REGION: region,
    },
  });
  return { exitCode: status, stderr, outdir };
}

test('the example inventory becomes one stack named after its fleet', () => {
  const { exitCode, stderr, outdir } = runApp({ operators: 'arn:aws:iam::111122223333:user/olga' });

  expect([exitCode, stderr.split('\n')]).toEqual([
    0,
    [
      'guardrails: fleet break-glass in an unknown Region',
      'guardrails: operators: arn:aws:iam::111122223333:user/olga',
      'guardrails: auditors: any IAM user of the account whose policies allow it',
      'guardrails: break-glass role: none',
      'guardrails: alarms: none; stacks of an earlier deployment remain',
      '',
    ],
  ]);
  expect(stacksIn(outdir)).toEqual(['mfa-guardrails-break-glass']);
  expect(trustOf(outdir, 'Enrolls the MFA tokens')).toContain('arn:aws:iam::111122223333:user/olga');
  expect(trustOf(outdir, 'Enrolls the MFA tokens')).not.toContain(':root');
  expect(trustOf(outdir, 'Audits the MFA tokens')).toContain(':root');
});

test('auditors, what holders may do in an emergency, and alarms are as told', () => {
  const { exitCode, stderr, outdir } = runApp(
    {
      auditors: 'arn:aws:iam::111122223333:user/paul, arn:aws:iam::111122223333:user/paula',
      breakGlass: 'AdministratorAccess',
      alarms: 'security@example.com',
    },
    'eu-central-1',
  );
  const alarms = readFileSync(join(outdir, 'mfa-guardrails-break-glass-alarms.template.json'), 'utf8');

  expect([exitCode, stderr.split('\n')]).toEqual([
    0,
    [
      'guardrails: fleet break-glass in eu-central-1',
      'guardrails: operators: any IAM user of the account whose policies allow it',
      'guardrails: auditors: arn:aws:iam::111122223333:user/paul, arn:aws:iam::111122223333:user/paula',
      'guardrails: break-glass role: AdministratorAccess',
      'guardrails: alarms: security@example.com; deploy with --all, because each Region has a stack',
      '',
    ],
  ]);
  expect(trustOf(outdir, 'Audits the MFA tokens')).toContain('arn:aws:iam::111122223333:user/paula');
  expect(trustOf(outdir, 'For emergencies')).toContain('"aws:MultiFactorAuthAge":"300"');
  expect(alarms).toContain('security@example.com');
  expect(alarms).toContain('mfa-guardrails-break-glass-break-glass');
  // The CLI sends each without a bucket, within CloudFormation's limit.
  const tooLarge = stacksIn(outdir).filter((stack) => sizeSent(outdir, stack) > 51_200);
  expect(tooLarge).toEqual([]);
  // The fleet, its alarms, their function, and each default Region.
  expect(stacksIn(outdir)).toHaveLength(20);
});

test('a setting in cdk.json may be a list', () => {
  const { exitCode, outdir } = runApp({
    operators: ['arn:aws:iam::111122223333:user/olga', 'arn:aws:iam::111122223333:user/otto'],
  });

  expect(exitCode).toBe(0);
  expect(trustOf(outdir, 'Enrolls the MFA tokens')).toContain('arn:aws:iam::111122223333:user/otto');
});

test.each([
  [
    'a Region with a letter too many',
    'eu-centrall-1',
    'security@example.com',
    "the Region is 'eu-centrall-1', which CDK does not know; did you mean eu-central-1?",
  ],
  [
    'an address that is none',
    'eu-central-1',
    'security',
    "-c alarms: [mfa-guardrails-break-glass-alarms/Alarms] emailAddresses names 'security'",
  ],
])('alarms with %s are refused', (_what, region, alarms, error) => {
  const { exitCode, stderr, outdir } = runApp({ alarms }, region);

  expect(stderr).toContain(`guardrails: error: ${error}`);
  expect([exitCode, existsSync(join(outdir, 'manifest.json'))]).toEqual([1, false]);
});

/** The bytes of a template as the CLI sends it. */
function sizeSent(outdir: string, stack: string): number {
  const template = JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8'));
  return Buffer.byteLength(stringify(template, { schema: 'yaml-1.1', lineWidth: 0 }));
}

/** The stacks that were synthesized. */
function stacksIn(outdir: string): readonly string[] {
  const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return templates.map((file) => file.replace('.template.json', ''));
}

/** Who may assume the fleet's role whose description begins so. */
function trustOf(outdir: string, description: string): string {
  const template = readFileSync(join(outdir, 'mfa-guardrails-break-glass.template.json'), 'utf8');
  const resources: readonly { readonly Properties: Readonly<Record<string, unknown>> }[] = Object.values(
    JSON.parse(template).Resources,
  );
  const role = resources.find(({ Properties: properties }) =>
    String(properties?.Description).startsWith(description),
  );
  return JSON.stringify(role?.Properties.AssumeRolePolicyDocument);
}

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
    "-c operators: MFA cannot be required: the principal trusts 'arn:aws:iam::111122223333:role/Admin': the session of a role or a federated user never carries MFA and so could never assume the role; trust the IAM user or the account",
  ],
  [
    'alarms without a Region',
    { alarms: 'security@example.com' },
    "alarms need a known Region, but the Region is '', must be one such as eu-central-1; set AWS_REGION or the Region of the profile",
  ],
  [
    'a setting with a letter missing',
    { operator: 'arn:aws:iam::111122223333:user/olga' },
    '-c operator is not a setting, must be inventory, operators, auditors, breakGlass, alarms; did you mean operators?',
  ],
  [
    'a setting without a value',
    { breakGlass: '' },
    '-c breakGlass= has an empty value; leave it out, or separate values with commas',
  ],
  [
    'a policy by its ARN',
    { breakGlass: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    "-c breakGlass names 'arn:aws:iam::aws:policy/AdministratorAccess', must be the name of an AWS managed policy, without its ARN; write one such as AdministratorAccess",
  ],
])('%s is refused in three lines, and nothing is synthesized', (_what, context, error) => {
  writeFileSync(
    join(folder, 'bad.yaml'),
    'fleet: Break Glass\nholders:\n  alice:\n    - { slot: primary, serial: "86596220000001" }\n',
  );
  const { exitCode, stderr, outdir } = runApp(context);

  expect(stderr.split('\n')).toEqual([
    `guardrails: error: ${error}`,
    'guardrails: hint: docs/constructs/guardrails-stack.md lists the settings; the inventory is tokens.yaml, or `-c inventory=FILE`',
    'guardrails: state: nothing was synthesized or deployed',
    '',
  ]);
  expect([exitCode, existsSync(join(outdir, 'manifest.json'))]).toEqual([1, false]);
});
