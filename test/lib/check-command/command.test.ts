// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// It adds toBeValidSarifLog, by the schema that OASIS publishes.
import '@microsoft/jest-sarif';
import { runCommand } from '../../../lib/check-command/command';
import { RULES } from '../../../lib/checks/rules';

const OPEN_ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } }],
    },
  },
};
const LEAVES_IAM = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      NotAction: 'iam:*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  ],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-command-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  return path;
}

function run(...args: readonly string[]) {
  let out = '';
  let err = '';
  const code = runCommand(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

function json(...args: readonly string[]) {
  const { code, out } = run('check', '--json', ...args);
  return { code, ...JSON.parse(out) };
}

function rules(...args: readonly string[]): readonly string[] {
  return json(...args).findings.map(
    ({ rule, file: at, path }: Record<string, string>) => `${rule} ${at?.slice(folder.length + 1)} ${path}`,
  );
}

describe('it reads', () => {
  test('a template in JSON', () => {
    expect(rules(file('t.json', { Resources: { Open: OPEN_ROLE } }))).toEqual([
      'RoleWithoutMfa t.json Resources.Open.Properties.AssumeRolePolicyDocument.Statement.0',
    ]);
  });

  test('a template in YAML with CloudFormation’s tags, and says the line', () => {
    const text = [
      'Resources:',
      '  Open:',
      '    Type: AWS::IAM::Role',
      '    Properties:',
      '      AssumeRolePolicyDocument:',
      '        Statement:',
      '          - Effect: Allow',
      '            Action: sts:AssumeRole',
      '            Principal: { AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root" }',
    ].join('\n');
    expect(json(file('t.yaml', text)).findings).toMatchObject([{ rule: 'RoleWithoutMfa', line: 7 }]);
  });

  test.each([
    [
      'a template',
      [
        'x: &assumed { Effect: Allow, Action: sts:AssumeRole }',
        'Resources:',
        '  Open:',
        '    Type: AWS::IAM::Role',
        '    Properties:',
        '      AssumeRolePolicyDocument:',
        '        Statement:',
        '          - { <<: *assumed, Principal: { AWS: "111122223333" } }',
      ],
      ['RoleWithoutMfa', 8],
    ],
    [
      'a policy',
      [
        'x: &guard',
        '  Effect: Deny',
        '  Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } }',
        'Statement:',
        '  - { <<: *guard, NotAction: "iam:*", Resource: "*" }',
      ],
      ['DenyLeavesOpen', 5],
    ],
    [
      'authorization details',
      [
        'x: &all { PolicyDocument: { Statement: [{ Effect: Allow, Action: "*", Resource: "*" }] } }',
        'UserDetailList:',
        '  - UserName: olga',
        '    UserPolicyList: [{ <<: *all, PolicyName: p }]',
      ],
      ['PeopleWithoutMfa', 3],
    ],
  ])('%s in YAML whose statements merge others by <<', (_name, lines, [rule, line]) => {
    expect(json(file('t.yaml', lines.join('\n'))).findings).toMatchObject([{ rule, line }]);
  });

  test('a folder, without what is no template in it', () => {
    file('a/one.template', { Resources: { Open: OPEN_ROLE } });
    file('b/policy.yml', LEAVES_IAM);
    file('package.json', { name: 'x' });
    file('values.yaml', 'a: {{ .Values.x }}');
    file('node_modules/x/t.json', { Resources: { Open: OPEN_ROLE } });
    file('notes.txt', 'Statement');
    const { code, findings, notJudged } = json(folder);
    expect([code, findings.length, notJudged]).toEqual([1, 2, []]);
  });

  test('a link to a file, but no link to a folder', () => {
    file('t.json', { Resources: { Open: OPEN_ROLE } });
    symlinkSync('../t.json', join(file('a/x.txt', ''), '../link.json'));
    symlinkSync('nowhere', join(folder, 'dangling.json'));
    symlinkSync('..', join(folder, 'a/circle'));
    expect(json(folder).findings).toHaveLength(2);
  });

  test('cdk.out: the templates that CDK wrote, each in its account, and no assets', () => {
    const withExternalId = JSON.parse(JSON.stringify(OPEN_ROLE));
    withExternalId.Properties.AssumeRolePolicyDocument.Statement[0].Condition = {
      StringEquals: { 'sts:ExternalId': 'x' },
    };
    function artifact(templateFile: string, account: string) {
      return {
        type: 'aws:cloudformation:stack',
        environment: `aws://${account}/eu-west-1`,
        properties: { templateFile },
      };
    }
    file('cdk.out', '{}');
    file('manifest.json', {
      artifacts: {
        A: artifact('A.template.json', '111122223333'),
        B: artifact('B.template.json', '444455556666'),
      },
    });
    // Of one's own account an external id is no other company's.
    file('A.template.json', { Resources: { Role: withExternalId } });
    file('B.template.json', { Resources: { Role: withExternalId } });
    file('BNested.nested.template.json', { Resources: { Open: OPEN_ROLE } });
    file('A.assets.json', { Resources: { Open: OPEN_ROLE } });
    file('asset.0a/t.template.json', { Resources: { Open: OPEN_ROLE } });
    expect(rules(folder).map((line) => line.split(' ')[1])).toEqual([
      'A.template.json',
      'BNested.nested.template.json',
    ]);
  });

  test.each<readonly [string, unknown, string]>([
    ['a policy of identities', LEAVES_IAM, 'DenyLeavesOpen p.json Statement.0'],
    ['a trust policy', OPEN_ROLE.Properties.AssumeRolePolicyDocument, 'RoleWithoutMfa p.json Statement.0'],
    [
      'the policy of a resource',
      {
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111122223333:role/ci' },
          Action: 's3:GetObject',
          Resource: '*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
      },
      'MfaRequiredOfMachines p.json Statement',
    ],
    [
      'a resource control policy',
      {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: ['s3:*', 'sts:AssumeRole'],
            Resource: '*',
            Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
          },
        ],
      },
      'MfaRequiredOfMachines p.json Statement.0',
    ],
  ])('%s on its own', (_name, document, found) => {
    expect(rules(file('p.json', document))).toEqual([found]);
  });

  test('a policy with an action of stack policies among others: IAM takes that, so it hides nothing', () => {
    const Statement = [
      { Effect: 'Allow', Action: 'Update:Modify', Resource: '*' },
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } },
    ];
    expect(rules(file('p.json', { Statement }))).toContainEqual(
      expect.stringMatching(/^RoleWithoutMfa.* p\.json Statement\.1/),
    );
  });

  test('authorization details: users, groups, roles and policies, with their places in the file', () => {
    function arn(name: string) {
      return `arn:aws:iam::111122223333:${name}`;
    }
    const details = {
      UserDetailList: [
        { UserName: 'olga', Arn: arn('user/olga'), GroupList: ['admins'], AttachedManagedPolicies: [] },
        {
          UserName: 'guarded',
          Arn: arn('user/guarded'),
          GroupList: ['admins'],
          AttachedManagedPolicies: [{ PolicyName: 'mfa', PolicyArn: arn('policy/mfa') }],
        },
        {
          UserName: 'inline',
          Arn: arn('user/inline'),
          UserPolicyList: [
            {
              PolicyName: 'p',
              PolicyDocument: {
                Statement: [{ Effect: 'Allow', Action: 'iam:DeactivateMFADevice', Resource: '*' }],
              },
            },
          ],
        },
      ],
      GroupDetailList: [
        {
          GroupName: 'admins',
          Arn: arn('group/admins'),
          AttachedManagedPolicies: [{ PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
        },
      ],
      RoleDetailList: [
        {
          RoleName: 'open',
          Arn: arn('role/open'),
          // As the API, and not the CLI, returns it.
          AssumeRolePolicyDocument: encodeURIComponent(
            JSON.stringify(OPEN_ROLE.Properties.AssumeRolePolicyDocument),
          ),
        },
      ],
      Policies: [
        {
          PolicyName: 'mfa',
          Arn: arn('policy/mfa'),
          PolicyVersionList: [
            { IsDefaultVersion: false, Document: LEAVES_IAM },
            {
              IsDefaultVersion: true,
              Document: {
                ...LEAVES_IAM,
                Statement: [
                  { ...LEAVES_IAM.Statement[0], NotAction: ['sts:GetSessionToken', 'iam:EnableMFADevice'] },
                ],
              },
            },
          ],
        },
      ],
    };
    // A number alone does not say whose it is.
    expect(
      json(file('account.json', details)).findings.map(
        ({ message }: Record<string, string>) => message?.split(': ')[0],
      ),
    ).toEqual(expect.arrayContaining([arn('user/olga'), arn('user/inline'), arn('role/open')]));
    expect(rules(file('account.json', details)).toSorted()).toEqual([
      'DeviceDeletionWithoutMfa account.json UserDetailList.2.UserPolicyList.0.PolicyDocument.Statement.0',
      'PeopleWithoutMfa account.json UserDetailList.0',
      'PeopleWithoutMfa account.json UserDetailList.2',
      'RoleWithoutMfa account.json RoleDetailList.0.AssumeRolePolicyDocument.Statement.0',
    ]);
  });
});

describe('the exit code', () => {
  test('is 0 where nothing fails, warnings included', () => {
    const warning = { Statement: [{ Effect: 'Allow', Action: 's3:NoSuchActionAtAll', Resource: '*' }] };
    const { code, findings } = json(file('p.json', warning));
    expect([code, findings[0].severity]).toEqual([0, 'warning']);
    expect(
      run(
        'check',
        file('empty.json', { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }),
      ).code,
    ).toBe(0);
  });

  test('is 1 where there is an error', () => {
    expect(run('check', file('p.json', LEAVES_IAM)).code).toBe(1);
  });

  test.each<readonly [string, readonly string[]]>([
    ['no file', ['check']],
    ['an unknown option', ['check', '--nosuch', 'x']],
    ['an unknown command', ['nosuch']],
    ['no command', []],
    ['two forms at once', ['check', '--json', '--sarif', 'x']],
    ['a file that is not there', ['check', '/nonexistent/t.json']],
  ])('is 2 for %s, and nothing is printed as a result', (_name, args) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  });

  test.each<readonly [readonly string[], string]>([
    [['check', '--jsn', 'x'], '--jsn'],
    [['check', '-x', 'x'], '-x'],
    [['check', '--constructor', 'x'], '--constructor'],
    [['check', '--__proto__'], '--__proto__'],
    [['check', '--no-json', 'x'], '--no-json'],
    [['check', '--json=1', 'x'], '--json'],
    [['check', 'nofile'], 'nofile'],
    [['check', '--', '--json'], '--json'],
    [['nosuch'], 'nosuch'],
  ])('is 2 for %j, which is named in one line of ours, with a next step in another', (args, named) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^cdk-mfa-guardrails: error: /),
      expect.stringMatching(/^cdk-mfa-guardrails: hint: .*`|did you mean/),
      '',
    ]);
    expect(err.split('\n')[0]).toContain(named);
    expect(err).not.toMatch(/positional|ENOENT/);
  });

  test.each([
    [['check', '--jsn', 'x'], '`--json`'],
    [['check', 'x', '--srif'], '`--sarif`'],
    [['chek', 'x'], '`check`'],
  ])('of %j names what was probably meant', (args, meant) => {
    expect(run(...args).err).toContain(`did you mean ${meant}?`);
  });

  test('of a missing file names the one next to it', () => {
    const there = file('template.json', '{}');
    expect(run('check', join(folder, 'templte.json')).err).toContain(`did you mean ${there}?`);
    expect(run('check', join(folder, 'nosuch/templte.json')).err).not.toContain('did you mean');
  });

  test('is 2 where nothing was judged, and the report is printed', () => {
    const { code, out, err } = run('check', '--json', folder);
    expect([code, JSON.parse(out)]).toEqual([2, { findings: [], notJudged: [] }]);
    expect(err).not.toBe('');
  });

  test('is 0 for a stack without resources', () => {
    expect(json(file('t.json', { Parameters: { BootstrapVersion: { Type: 'String' } } })).code).toBe(0);
  });

  test('is 0 for help', () => {
    expect(run('check', '--help').code).toBe(0);
    expect(run('--help').code).toBe(0);
    expect(run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('what is not judged is said', () => {
  test.each<readonly [string, string, unknown]>([
    ['a file that is neither JSON nor YAML', 't.json', '{ "Resources": '],
    ['a file that is something else', 't.json', { name: 'x' }],
    [
      'a stack policy of CloudFormation',
      'p.json',
      { Statement: [{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }] },
    ],
    ['text', 't.yaml', 'hello'],
    ['bytes', 't.json', '\0\u0001'],
    ['two documents in one', 't.yaml', 'Resources: { A: { Type: "AWS::IAM::Role" } }\n---\nb: 2'],
    ['an alias without its anchor', 't.yaml', 'Resources: { A: { Type: "AWS::IAM::Role", B: *nope } }'],
    ['an alias of itself', 't.yaml', 'Resources: &a { A: { Type: "AWS::IAM::Role", B: *a } }'],
    [
      'aliases of aliases, which would fill the memory',
      't.yaml',
      ['a: &a0 x', ...[...'123456789'].map((n) => `b${n}: &a${n} [${`*a${+n - 1},`.repeat(10)}]`)].join('\n'),
    ],
  ])('%s, if it is named', (_name, name, content) => {
    const { code, findings, notJudged } = json(file(name, content));
    expect([code, findings]).toEqual([2, []]);
    expect(notJudged).toMatchObject([{ file: join(folder, name), path: '', reason: expect.any(String) }]);
  });

  test('a broken template in a folder', () => {
    file('t.yaml', 'AWSTemplateFormatVersion: 2010-09-09\nResources: [');
    expect(json(folder).notJudged).toHaveLength(1);
  });

  test('a broken policy in a folder', () => {
    const broken = file('policy.json', '{ "Statement": [{ "Effect" : "Allow", "Action": ');
    expect(json(folder).notJudged).toMatchObject([{ file: broken }]);
  });

  test('a broken file next to another is no error', () => {
    const broken = file('t.json', '{ "Resources": ');
    const policy = { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };
    expect(json(broken, file('p.json', policy))).toMatchObject({ code: 0, notJudged: [{ file: broken }] });
  });

  test('a place in a template', () => {
    const role = JSON.parse(JSON.stringify(OPEN_ROLE).replace('"111122223333"', '{"Ref":"Who"}'));
    expect(json(file('t.json', { Resources: { Role: role } }))).toMatchObject({
      code: 0,
      findings: [],
      notJudged: [{ path: 'Resources.Role.Properties.AssumeRolePolicyDocument.Statement.0' }],
    });
  });
});

describe('a file that is written to exhaust it', () => {
  const nested = 20_000;
  const twenty = Array.from({ length: 20 }, (_, index) => `a${index}`);
  function loops(depth: number): object {
    const inner = depth === 0 ? { 'R${V1}${V5}': OPEN_ROLE } : loops(depth - 1);
    return depth === 0 ? inner : { [`Fn::ForEach::L${depth}`]: [`V${depth}`, twenty, inner] };
  }
  const aliases = Array.from(
    { length: 10 },
    (_, index) => `x${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`,
  );

  test.each<readonly [string, string, RegExp]>([
    ['deep.json', `{"Resources": ${'['.repeat(nested)}${']'.repeat(nested)}}`, /more than 200 levels/],
    [
      'sub.json',
      `{"Statement": [{"Resource": ${'{"Fn::Sub": ['.repeat(3000)}""${']}'.repeat(3000)}}]}`,
      /more than 200 levels/,
    ],
    ['deep.yaml', `Resources: ${'[ '.repeat(300)}a${' ]'.repeat(300)}`, /more than 200 levels/],
    [
      'bomb.yaml',
      ['x0: &a0 [a]', ...aliases, 'Resources: *a10'].join('\n'),
      /more than 1000000 values, its aliases/,
    ],
    ['cycle.yaml', 'Resources: &r\n  P: *r', /./],
  ])('is not judged: %s', (name, text, reason) => {
    expect(json(file(name, text))).toMatchObject({
      code: 2,
      notJudged: [{ reason: expect.stringMatching(reason) }],
    });
  });

  test('a policy with more words than any service takes is not judged', () => {
    const Action = Array.from({ length: 21_000 }, (_, number) => `iam:Get${number}`);
    function policy(length: number) {
      return { Statement: [{ Effect: 'Allow', Action: Action.slice(0, length), Resource: '*' }] };
    }
    expect(json(file('p.json', policy(21_000)))).toMatchObject({
      findings: [],
      notJudged: [{ path: '', reason: expect.stringMatching(/longer/) }],
    });
    expect(json(file('p.json', policy(500))).findings).toHaveLength(500);
  });

  test('loops in loops are read once where CloudFormation would have too many resources', () => {
    const template = { Transform: 'AWS::LanguageExtensions', Resources: loops(5) };
    expect(json(file('loops.json', template)).findings).toHaveLength(20);
    expect(json(file('loop.json', { ...template, Resources: loops(1) })).findings).toHaveLength(20);
  });
});

test.each([
  ['UTF-16, as PowerShell writes it', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  [
    'UTF-16 with the other order of bytes',
    (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  ],
  ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ['lines that end as on Windows', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
])('a file in %s has its findings on their lines', (_name, encoded) => {
  const path = file('policy.json', '');
  writeFileSync(path, encoded(JSON.stringify(LEAVES_IAM, null, 1)));
  expect(json(path).findings).toMatchObject([{ rule: 'DenyLeavesOpen', line: 4 }]);
});

test('the JSON is one object with what scripts need', () => {
  const path = file('p.json', LEAVES_IAM);
  const { out } = run('check', '--json', path);
  expect(JSON.parse(out)).toEqual({
    findings: [
      {
        rule: 'DenyLeavesOpen',
        severity: 'error',
        file: path,
        path: 'Statement.0',
        line: expect.any(Number),
        message: expect.any(String),
        fix: expect.any(String),
      },
    ],
    notJudged: [],
  });
});

test('the SARIF is valid, and its results are errors and warnings of known rules', () => {
  const role = JSON.parse(JSON.stringify(OPEN_ROLE).replace('"111122223333"', '{"Ref":"Who"}'));
  const template = file('with space.json', {
    Resources: {
      Open: OPEN_ROLE,
      Unknown: role,
      Words: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:NoSuchActionAtAll', Resource: '*' }] },
        },
      },
    },
  });
  const { out, code } = run('check', '--sarif', template);
  const log = JSON.parse(out);

  expect(code).toBe(1);
  expect(log).toBeValidSarifLog();
  const [{ results, tool, invocations }] = log.runs;
  expect(results).toMatchObject([
    { ruleId: 'RoleWithoutMfa', level: 'error' },
    { ruleId: 'UnknownAction', level: 'warning' },
  ]);
  for (const { ruleId, ruleIndex } of results) {
    expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  }
  expect(tool.driver.rules).toEqual(
    RULES.map(({ id, summary }) => expect.objectContaining({ id, shortDescription: { text: summary } })),
  );
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toMatch(
    /^file:.*with%20space\.json$/,
  );
  expect(invocations[0].toolExecutionNotifications).toHaveLength(1);
});

test('names from other people’s files cannot command a terminal', () => {
  const hostile = { Resources: { 'Open\u001b[2J\u202e': OPEN_ROLE } };
  const { out } = run('check', file('t.json', hostile));
  expect(out).toContain('Open\\x1b[2JU+202E');
  expect(out).not.toMatch(HOSTILE);
});

test.each([
  [[], '\\x1b]0;pwned\\x07'],
  [['--json'], '\\u001b]0;pwned\\u0007'],
  [['--sarif'], '%1B'],
])('nor can the names of files, with %p', (options, shown) => {
  const name = '\u001b]0;pwned\u0007\u009b31m\u202e.json';
  const inFolder = run(
    'check',
    ...options,
    join(file(join('d', name), { Resources: { Open: OPEN_ROLE } }), '..'),
  );
  expect(inFolder.out).toContain(shown);
  const refused = [
    run('check', ...options, join(folder, `nowhere${name}`)),
    run('check', ...options, file(join('e', `a${name}`), 'hello')),
    run('check', ...options, `\u001b[2J`),
    run(`\u001b[2J`),
    run('check', `--\u001b[2J`),
  ];
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  for (const { out, err } of [inFolder, ...refused]) {
    expect(`${out}${err}`).not.toMatch(HOSTILE);
  }
});

/** Everything but a line break that a terminal obeys, or that changes the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('what is no regular file', () => {
  function pipe(name: string): string {
    const path = join(folder, name);
    execFileSync('mkfifo', [path]);
    return path;
  }

  test('is refused if it is named, without waiting for its end', () => {
    symlinkSync('loop.json', join(folder, 'loop.json'));
    symlinkSync('/dev/zero', join(folder, 'zero.json'));
    for (const path of [
      pipe('p.json'),
      '/dev/zero',
      '/dev/null',
      ...['loop.json', 'zero.json'].map((name) => join(folder, name)),
    ]) {
      const { code, out, err } = run('check', path);
      expect([path, code, out]).toEqual([path, 2, '']);
      expect(err).toContain(path);
    }
  });

  test('is left out of a folder, as are links that lead nowhere or to it', () => {
    pipe('p.json');
    // It has the accounts of the stacks in what CDK wrote.
    pipe('manifest.json');
    symlinkSync('p.json', join(folder, 'link.json'));
    symlinkSync('loop.json', join(folder, 'loop.json'));
    symlinkSync('/dev/zero', join(folder, 'zero.yaml'));
    file('t.json', { Resources: { Open: OPEN_ROLE } });
    expect(rules(folder)).toEqual([
      'RoleWithoutMfa t.json Resources.Open.Properties.AssumeRolePolicyDocument.Statement.0',
    ]);
  });

  test('is not read if it is larger than any template', () => {
    const path = file('t.json', '{');
    truncateSync(path, 65 * 1024 * 1024);
    file('u.json', { Resources: { Open: OPEN_ROLE } });
    expect(json(folder)).toMatchObject({ code: 1, notJudged: [{ file: path, reason: expect.any(String) }] });
  });
});

test('nothing is written', () => {
  const path = file('p.json', LEAVES_IAM);
  const before = readFileSync(path, 'utf8');
  run('check', folder);
  expect(readdirSync(folder)).toEqual(['p.json']);
  expect(readFileSync(path, 'utf8')).toBe(before);
});
