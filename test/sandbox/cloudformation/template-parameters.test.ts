import type { OperationContext } from '../operation';
import { parseTemplate } from './template';
import { type GivenParameter, type ParameterValues, resolveParameters } from './template-parameters';

const stored = new Map([['/golden/group', 'admins,auditors']]);
const context = {
  invoke: async (_service: string, _operation: string, { Names }: { Names: readonly string[] }) => ({
    Parameters: Names.filter((name) => stored.has(name)).map((Name) => ({ Name, Value: stored.get(Name) })),
  }),
} as unknown as OperationContext;

function resolve(
  declaration: object,
  given: readonly GivenParameter[],
  previous: ParameterValues = new Map(),
) {
  const template = parseTemplate(
    JSON.stringify({ Parameters: { P: declaration }, Resources: { A: { Type: 'AWS::IAM::Group' } } }),
  );
  return resolveParameters(template, given, previous, context);
}

function give(ParameterValue: string): GivenParameter[] {
  return [{ ParameterKey: 'P', ParameterValue }];
}

test.each([
  ['the given value', { Type: 'String', Default: 'a' }, give('b'), 'b'],
  ['the default', { Type: 'String', Default: 'a' }, [], 'a'],
  ['a number as text', { Type: 'Number', Default: 5 }, [], '5'],
  ['a text at both its bounds', { Type: 'String', MinLength: 2, MaxLength: 2 }, give('ab'), 'ab'],
  ['a number at both its bounds', { Type: 'Number', MinValue: 2, MaxValue: 2 }, give('2'), '2'],
  ['a list', { Type: 'CommaDelimitedList' }, give('a, b'), ['a', 'b']],
  ['a typed list', { Type: 'List<Number>' }, give('1,2'), ['1', '2']],
  [
    'a stored value',
    { Type: 'AWS::SSM::Parameter::Value<String>' },
    give('/golden/group'),
    'admins,auditors',
  ],
  [
    'a stored list',
    { Type: 'AWS::SSM::Parameter::Value<List<String>>' },
    give('/golden/group'),
    ['admins', 'auditors'],
  ],
])('a parameter takes %s', async (_what, declaration, given, expected) => {
  expect((await resolve(declaration, given)).get('P')?.value).toEqual(expected);
});

test('a parameter takes the value of last time when it is told to', async () => {
  const previous = await resolve({ Type: 'String' }, give('kept'));
  const given = [{ ParameterKey: 'P', UsePreviousValue: true }];
  expect((await resolve({ Type: 'String', Default: 'x' }, given, previous)).get('P')?.value).toBe('kept');
  await expect(resolve({ Type: 'String', Default: 'x' }, given)).rejects.toThrow(
    'Parameters: [P] must have values',
  );
});

test.each([
  ['a missing value', { Type: 'String' }, [], 'Parameters: [P] must have values'],
  [
    'an undeclared one',
    { Type: 'String', Default: 'a' },
    [{ ParameterKey: 'Q', ParameterValue: 'b' }],
    'Parameters: [Q] do not exist in the template',
  ],
  [
    'a value that is not allowed',
    { Type: 'String', AllowedValues: ['a', 'b'] },
    give('c'),
    "Parameter 'P' must be one of AllowedValues: [a, b]",
  ],
  [
    'a value that does not match',
    { Type: 'String', AllowedPattern: '[a-z]+', ConstraintDescription: 'lower case' },
    give('aB'),
    "Parameter 'P' must match pattern lower case",
  ],
  ['a number that is none', { Type: 'Number' }, give('many'), "Parameter 'P' must be a number"],
  [
    'a text that is too short',
    { Type: 'String', MinLength: 2 },
    give('a'),
    "Parameter 'P' must contain at least 2 characters",
  ],
  [
    'a text that is too long',
    { Type: 'String', MaxLength: '2' },
    give('abc'),
    'contain at most 2 characters',
  ],
  [
    'a number that is too small',
    { Type: 'Number', MinValue: 2 },
    give('1'),
    "Parameter 'P' must be at least 2",
  ],
  [
    'a number that is too great',
    { Type: 'Number', MaxValue: 2 },
    give('3'),
    "Parameter 'P' must be at most 2",
  ],
  [
    'a name nothing is stored under',
    { Type: 'AWS::SSM::Parameter::Value<String>' },
    give('/nothing'),
    'Unable to fetch parameters [/nothing]',
  ],
])('%s is refused', async (_what, declaration, given, message) => {
  await expect(resolve(declaration, given)).rejects.toThrow(message);
});
