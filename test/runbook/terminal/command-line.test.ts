import { execFileSync } from 'node:child_process';
import { explain } from '../../../runbook/ceremony/explain';
import { RunbookError } from '../../../runbook/runbook-error';
import { CommandLine, commonAfterCommand } from '../../../runbook/terminal/command-line';

test.each([
  [['plan'], 'mfa-runbook plan', ''],
  [
    ['enroll', 'alice', '--fleet', 'payments', '--slot', 'primary', '--json', '--yes', '--verbose'],
    'mfa-runbook enroll alice --slot primary --fleet payments',
    ' --fleet payments',
  ],
  [
    ['prove', 'alice', '--slot=primary', '--profile=my ops', '--witness', 'Wanda Witt', '--trace-apdu'],
    "mfa-runbook prove alice --slot=primary --witness 'Wanda Witt' '--profile=my ops'",
    " '--profile=my ops'",
  ],
  [
    ['exec', '--region', 'eu-central-1', '--', 'aws', 's3', 'ls', '--region', 'x', '--json'],
    'mfa-runbook exec --region eu-central-1 -- aws s3 ls --region x --json',
    ' --region eu-central-1',
  ],
  [
    ['retire', "o'neill", '--all-devices', '--fleet'],
    "mfa-runbook retire 'o'\\''neill' --all-devices --fleet ''",
    " --fleet ''",
  ],
])('%j prints as %s', (args, text, options) => {
  const line = CommandLine.of(args);
  expect([String(line), line.options]).toEqual([text, options]);
});

test.each([
  [['session', '--device', 'x'], ['--device', 'arn:a/b'], 'mfa-runbook session --device arn:a/b'],
  [
    ['session', '--device=x', '--duration', '1h'],
    ['--device', 'y'],
    'mfa-runbook session --duration 1h --device y',
  ],
  [['burn', '--token-profile', '7', '--secret'], ['--token-profile'], 'mfa-runbook burn --secret'],
  [
    ['exec', '--profile', 'old', '--', 'aws', '--profile', 'old'],
    ['--profile', 'my ops'],
    "mfa-runbook exec --profile 'my ops' -- aws --profile old",
  ],
  [['plan'], ['--region', 'eu-west-1'], 'mfa-runbook plan --region eu-west-1'],
] as const)('%j with another %j is %s', (args, [option, value], text) => {
  const line = CommandLine.of(args);
  expect(String(line.with(option, value))).toBe(text);
  const hint = value === undefined ? `{command without ${option}}` : `{command with ${option} ${value}}`;
  const { hints } = explain(new RunbookError('internal', 'x', { hints: [`a ${hint} b`] }), line);
  expect(hints).toEqual([`a ${text} b`]);
});

test('another command keeps the common options and nothing else', () => {
  const line = CommandLine.of(['exec', '--duration', '1h', '--fleet', 'payments', '--', 'aws', 's3']);
  expect(String(line.other('evidence', 'list'))).toBe('mfa-runbook evidence list --fleet payments');
});

test('a shell takes every word as it was typed', () => {
  const words = [
    'plain',
    'two words',
    "o'neill",
    '$HOME `x` "y" \\ !',
    '*',
    '',
    '~',
    '#',
    'a;b&c|d<e>f(g)',
    'ü\n2',
    "{command} {options} '{command with --device ARN}'",
  ];
  const printed = String(CommandLine.of(words)).replace(/^mfa-runbook/, "printf '%s\\0'");
  expect(execFileSync('sh', ['-c', printed], { encoding: 'utf8' }).split('\0')).toEqual([...words, '']);
});

test('a hint names a command that holds the patterns of replacements', () => {
  const line = CommandLine.of(['exec', '--profile', "ca$'h$&", '--', 'grep', 'foo$$']);
  const { hints } = explain(new RunbookError('internal', 'x', { hints: ['{command}', 'a{options}'] }), line);
  expect(hints).toEqual([String(line), `a${line.options}`]);
});

test('a hint leaves the placeholders that an argument holds as they were typed, however often it is completed', () => {
  const words = ['burn', '--qr', '{command}', '--fleet', '{options}{command with --fleet b}'];
  const line = CommandLine.of(words);
  const failure = new RunbookError('internal', 'x', { hints: ['{command}', '{command with --slot a}'] });
  const { hints } = explain(explain(failure, line), CommandLine.of(['resume']));
  expect(hints).toEqual([String(line), String(line.with('--slot', 'a'))]);
  const echo = (hints[0] ?? '').replace(/^mfa-runbook/, "printf '%s\\0'");
  expect(execFileSync('sh', ['-c', echo], { encoding: 'utf8' }).split('\0')).toEqual([...words, '']);
});

test.each([
  ['--profile ops plan', 'plan --profile ops'],
  ['--profile ops --json plan --profile other', 'plan --profile ops --json --profile other'],
  ['--fleet=x token --json info --record f', 'token info --fleet=x --json --record f'],
  ['evidence --json list', 'evidence list --json'],
  ['--profile ops exec --role r -- aws --profile x', 'exec --profile ops --role r -- aws --profile x'],
  ['enroll alice --slot primary --json', 'enroll alice --slot primary --json'],
  ['--bogus plan --json', '--bogus plan --json'],
  ['--profile ops --help', '--help'],
  ['plan --profile', 'plan --profile'],
  ['', ''],
])('"%s" is read as "%s"', (given, read) => {
  expect(commonAfterCommand(given.split(' ').filter(Boolean))).toEqual(read.split(' ').filter(Boolean));
});
