// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a template
import { canParseTemplate, lineFinder, parseTemplate } from '../../../lib/checks/parse-template';

test.each<readonly [string, unknown]>([
  ['{ "a": [1, { "Ref": "b" }] }', { a: [1, { Ref: 'b' }] }],
  ['a: !Ref b', { a: { Ref: 'b' } }],
  ['a: !Sub "x-${b}"', { a: { 'Fn::Sub': 'x-${b}' } }],
  ['a: !Sub ["x-${b}", { b: !Ref c }]', { a: { 'Fn::Sub': ['x-${b}', { b: { Ref: 'c' } }] } }],
  ['a: !GetAtt b.c.d', { a: { 'Fn::GetAtt': ['b', 'c.d'] } }],
  ['a: !GetAtt [b, c]', { a: { 'Fn::GetAtt': ['b', 'c'] } }],
  [
    'a: !If [Strict, !Ref b, !Ref AWS::NoValue]',
    { a: { 'Fn::If': ['Strict', { Ref: 'b' }, { Ref: 'AWS::NoValue' }] } },
  ],
  ['a:\n  - !Join\n    - ":"\n    - [x, !Ref b]', { a: [{ 'Fn::Join': [':', ['x', { Ref: 'b' }]] }] }],
  ['a: !Condition b', { a: { Condition: 'b' } }],
  ['a: !Transform { Name: AWS::Include }', { a: { 'Fn::Transform': { Name: 'AWS::Include' } } }],
  ['a: { Fn::ImportValue: !Sub "${b}-c" }', { a: { 'Fn::ImportValue': { 'Fn::Sub': '${b}-c' } } }],
  ['a: &one { b: 1 }\nc: *one', { a: { b: 1 }, c: { b: 1 } }],
  ['a: &one { b: 1, c: 1 }\nd: { <<: *one, c: 2 }', { a: { b: 1, c: 1 }, d: { b: 1, c: 2 } }],
  ['a: { c: 2, <<: { b: 1, c: 1 } }', { a: { b: 1, c: 2 } }],
  ['a: { <<: [{ b: 1 }, { b: 2, c: 2 }] }', { a: { b: 1, c: 2 } }],
  ['a: { <<: { <<: { b: !Ref c } } }', { a: { b: { Ref: 'c' } } }],
  ['a: { "<<": { b: 1 } }', { a: { '<<': { b: 1 } } }],
  ['Version: 2012-10-17', { Version: '2012-10-17' }],
  ['account: 012345678901', { account: '012345678901' }],
  ['a: true', { a: true }],
  // YAML 1.1, as CloudFormation reads it.
  ['[yes, On, no, OFF]', [true, true, false, false]],
  ['["yes", \'no\', y, nothing]', ['yes', 'no', 'y', 'nothing']],
  ['[constructor, __proto__]', ['constructor', '__proto__']],
  ['a: !constructor b', { a: { 'Fn::constructor': 'b' } }],
  ['a:', { a: null }],
])('%s', (text, value) => {
  expect(parseTemplate(text)).toEqual(value);
});

test('a text that is neither is refused with its line', () => {
  expect(() => parseTemplate('a: [1')).toThrow(/line 1/);
  expect(canParseTemplate('a: [1')).toBe(false);
});

test('a merge key takes nothing but maps', () => {
  expect(() => parseTemplate('a: { <<: b }')).toThrow(/merge key/);
  expect(() => parseTemplate('a: { <<: [{ b: 1 }, c] }')).toThrow(/merge key/);
});

test('text alone is no template', () => {
  expect(canParseTemplate('some words')).toBe(false);
  expect(canParseTemplate('')).toBe(false);
});

test('a place in the text has a line, or else the nearest one above it', () => {
  const find = lineFinder('Resources:\n  Role:\n    Properties:\n      - a\n      - b: 1\n');
  expect(find(['Resources', 'Role', 'Properties', '1', 'b'])).toBe(5);
  expect(find(['Resources', 'Role', 'Properties', '1', 'c', 'd'])).toBe(5);
  expect(find(['Outputs'])).toBe(1);
  expect(lineFinder('{\n "a": {\n  "b": 1 } }')(['a', 'b'])).toBe(3);
});

test.each(['a: &a { b: *a }', 'a: &a [*a]', 'a: &a { <<: *a }', 'a: &a { b: &b { c: *a }, d: *b }'])(
  'an alias of what it is in is refused: %s',
  (text) => {
    expect(() => parseTemplate(text)).toThrow('*a stands for what it is in');
  },
);

test('an alias that is used twice, and not in itself, is no circle', () => {
  expect(parseTemplate('a: &a { b: 1 }\nc: [*a, *a, { d: *a }]')).toEqual({
    a: { b: 1 },
    c: [{ b: 1 }, { b: 1 }, { d: { b: 1 } }],
  });
});
