import { type ExpressionScope, evaluate, evaluateCondition, knownAfterApply } from './expressions';

function refused(name: string): never {
  throw new Error(`unknown ${name}`);
}
const values = new Map<string, string | readonly string[] | undefined>([
  ['Alice', 'alice.breakglass'],
  ['Zones', ['a', 'b', 'c']],
  ['New', knownAfterApply],
  ['AWS::NoValue', undefined],
]);
const scope: ExpressionScope = {
  ref: (name) => (values.has(name) ? values.get(name) : refused(name)),
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes' || (name !== 'No' && refused(name)),
  mapping: (map, top, second) => `${map}:${top}:${second}`,
  importValue: (name) => `imported ${name}`,
};

test.each([
  ['Ref', { Ref: 'Alice' }, 'alice.breakglass'],
  ['Ref of a list', { Ref: 'Zones' }, ['a', 'b', 'c']],
  ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Alice', 'Arn'] }, 'Alice/Arn'],
  ['Fn::GetAtt as a string', { 'Fn::GetAtt': 'Alice.Login.Url' }, 'Alice/Login.Url'],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Alice' }, 3, true]] }, 'a-alice.breakglass-3-true'],
  ['Fn::Join of a list parameter', { 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b,c'],
  ['Fn::Split', { 'Fn::Split': ['.', { Ref: 'Alice' }] }, ['alice', 'breakglass']],
  ['Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': ['.', { Ref: 'Alice' }] }] }, 'breakglass'],
  [
    'Fn::Select of what is not known yet',
    { 'Fn::Select': [5, { 'Fn::Split': [':', { Ref: 'New' }] }] },
    knownAfterApply,
  ],
  [
    'Fn::Sub',
    { 'Fn::Sub': `a \${Alice} b \${Alice.Arn} c \${!Literal}` },
    `a alice.breakglass b Alice/Arn c \${Literal}`,
  ],
  [
    'Fn::Sub with variables',
    { 'Fn::Sub': [`\${who}@\${Alice}`, { who: { Ref: 'Alice' } }] },
    'alice.breakglass@alice.breakglass',
  ],
  [
    'Fn::Join of what is not known yet',
    { 'Fn::Join': ['/', { 'Fn::Split': [':', { Ref: 'New' }] }] },
    knownAfterApply,
  ],
  ['Fn::If, true', { 'Fn::If': ['Yes', { Ref: 'Alice' }, 'no'] }, 'alice.breakglass'],
  ['Fn::If, false', { 'Fn::If': ['No', { Ref: 'Nobody' }, 'no'] }, 'no'],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Limits', { Ref: 'Alice' }, 'max'] }, 'Limits:alice.breakglass:max'],
  ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Join': ['', ['na', 'me']] } }, 'imported name'],
  ['Fn::Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
  ['AWS::NoValue in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['AWS::NoValue in a list', ['x', { 'Fn::If': ['No', 'y', { Ref: 'AWS::NoValue' }] }], ['x']],
  [
    'a policy condition, which is no function',
    { Condition: { Bool: { x: false } } },
    { Condition: { Bool: { x: false } } },
  ],
  ['plain values', [1, true, null, 'text'], [1, true, null, 'text']],
])('%s is evaluated', (_what, expression, expected) => {
  expect(evaluate(expression, scope)).toEqual(expected);
});

test('AWS::NoValue alone is no value at all', () => {
  expect(evaluate({ Ref: 'AWS::NoValue' }, scope)).toBeUndefined();
});

test.each([
  ['an unknown function', { 'Fn::Cidr': [] }, /does not know the function Fn::Cidr/],
  ['a dynamic reference', '{{resolve:ssm:/x}}', /does not resolve dynamic references/],
  ['an index beyond the list', { 'Fn::Select': [3, ['a']] }, /cannot select nonexistent value at index 3/],
  ['a join of objects', { 'Fn::Join': ['', [{ a: 1, b: 2 }]] }, /Fn::Join is malformed/],
  ['an attribute of nothing', { 'Fn::GetAtt': ['Alice'] }, /Fn::GetAtt is malformed/],
  ['a list in a text', { 'Fn::Sub': `\${Zones}` }, /Fn::Sub is malformed/],
])('%s is refused', (_what, expression, message) => {
  expect(() => evaluate(expression, scope)).toThrow(message);
});

test.each([
  [{ 'Fn::Equals': [{ Ref: 'Alice' }, 'alice.breakglass'] }, true],
  [{ 'Fn::Equals': ['1', 1] }, true],
  [{ 'Fn::Equals': ['true', false] }, false],
  [{ 'Fn::Not': [{ 'Fn::Equals': ['a', 'a'] }] }, false],
  [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
  [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'Yes' }] }, true],
  [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }, true],
  [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'No' }] }, false],
])('the condition %j is %s', (condition, expected) => {
  expect(evaluateCondition(condition, scope)).toBe(expected);
});

test('a condition that is none is refused', () => {
  expect(() => evaluateCondition({ Ref: 'Alice' }, scope)).toThrow(/a condition is malformed/);
});
