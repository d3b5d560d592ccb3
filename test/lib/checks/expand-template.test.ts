// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a template
import { expandTemplate } from '../../../lib/checks/expand-template';
import { textOf } from '../../../lib/checks/template-text';

function expanded(Parameters: unknown, Resources: unknown): unknown {
  return expandTemplate({ Parameters, Resources }).Resources;
}

describe('a parameter has its literal default', () => {
  test.each<readonly [string, unknown, unknown, unknown]>([
    ['a text', { Type: 'String', Default: 'a' }, { Ref: 'P' }, 'a'],
    ['a number', { Type: 'Number', Default: 111122223333 }, { Ref: 'P' }, '111122223333'],
    ['a list', { Type: 'CommaDelimitedList', Default: 'a, b' }, { Ref: 'P' }, ['a', 'b']],
    [
      'a list in a list',
      { Type: 'CommaDelimitedList', Default: 'a,b' },
      ['x', { Ref: 'P' }],
      ['x', 'a', 'b'],
    ],
    [
      'in an Fn::Sub',
      { Type: 'String', Default: 'a' },
      { 'Fn::Sub': 'x-${P}-${!P}' },
      { 'Fn::Sub': 'x-a-${!P}' },
    ],
    [
      'in the variables of an Fn::Sub',
      { Type: 'String', Default: 'a' },
      { 'Fn::Sub': ['${V}', { V: { Ref: 'P' } }] },
      { 'Fn::Sub': ['${V}', { V: 'a' }] },
    ],
    [
      'behind a variable of the same name',
      { Type: 'String', Default: 'a' },
      { 'Fn::Sub': ['${P}', { P: 'own' }] },
      { 'Fn::Sub': ['${P}', { P: 'own' }] },
    ],
  ])('%s', (_name, declared, written, value) => {
    expect(expanded({ P: declared }, { R: written })).toEqual({ R: value });
  });

  test.each<readonly [string, unknown]>([
    ['none', { Type: 'String' }],
    ['an empty one, which says that nothing was given', { Type: 'String', Default: '' }],
    ['the name of an SSM parameter', { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/account' }],
    ['one without a type', { Default: 'a' }],
  ])('but not %s', (_name, declared) => {
    expect(expanded({ P: declared }, { R: { Ref: 'P' } })).toEqual({ R: { Ref: 'P' } });
  });
});

describe('a mapping is looked up', () => {
  const Mappings = { Teams: { red: { Role: 'r', Actions: ['iam:Get*', 'iam:List*'] } } };
  const Parameters = { Team: { Type: 'String', Default: 'red' } };

  test.each<readonly [string, unknown, unknown]>([
    ['with literal keys', { 'Fn::FindInMap': ['Teams', 'red', 'Role'] }, 'r'],
    ['with the default of a parameter', { 'Fn::FindInMap': ['Teams', { Ref: 'Team' }, 'Role'] }, 'r'],
    [
      'for a list',
      { Action: { 'Fn::FindInMap': ['Teams', 'red', 'Actions'] } },
      { Action: Mappings.Teams.red.Actions },
    ],
    [
      'in an Fn::Join',
      { 'Fn::Join': ['-', ['x', { 'Fn::FindInMap': ['Teams', 'red', 'Role'] }]] },
      { 'Fn::Join': ['-', ['x', 'r']] },
    ],
  ])('%s', (_name, written, value) => {
    expect(expandTemplate({ Parameters, Mappings, Resources: { R: written } }).Resources).toEqual({
      R: value,
    });
  });

  test.each<readonly [string, unknown]>([
    ['a key that the deployment decides', ['Teams', { Ref: 'AWS::Region' }, 'Role']],
    ['keys that the mapping has not', ['Teams', 'blue', 'Role']],
    ['the name of a property of every object', ['constructor', 'name', 'length']],
    ['no keys', 'Teams'],
  ])('but not by %s', (_name, keys) => {
    const written = { R: { 'Fn::FindInMap': keys } };
    expect(expandTemplate({ Parameters, Mappings, Resources: written }).Resources).toEqual(written);
  });
});

describe('a loop is written out', () => {
  test('in resources and in properties, with keys, texts and references', () => {
    const Resources = {
      'Fn::ForEach::Teams': [
        'Team',
        ['red', 'blue-1'],
        { 'Role&{Team}': { Name: { 'Fn::Sub': '${Team}-role' }, Tag: { Ref: 'Team' }, Text: '${Team}' } },
      ],
      Other: { 'Fn::ForEach::Keys': ['Key', ['a'], { '${Key}': 1 }], b: 2 },
    };
    expect(expanded({}, Resources)).toEqual({
      Rolered: { Name: { 'Fn::Sub': 'red-role' }, Tag: 'red', Text: 'red' },
      Roleblue1: { Name: { 'Fn::Sub': 'blue-1-role' }, Tag: 'blue-1', Text: 'blue-1' },
      Other: { a: 1, b: 2 },
    });
  });

  test('in another loop', () => {
    const inner = { 'Fn::ForEach::Y': ['Y', ['1', '2'], { '${X}${Y}': '${X}${Y}' }] };
    expect(expanded({}, { 'Fn::ForEach::X': ['X', ['a'], inner] })).toEqual({ a1: 'a1', a2: 'a2' });
  });

  test('over the default of a list', () => {
    const Resources = { 'Fn::ForEach::X': ['X', { Ref: 'List' }, { '${X}': '${X}' }] };
    expect(expanded({ List: { Type: 'CommaDelimitedList', Default: 'a,b' } }, Resources)).toEqual({
      a: 'a',
      b: 'b',
    });
  });

  test('once, with an unknown value, where the collection is not known', () => {
    const Resources = { 'Fn::ForEach::X': ['X', { Ref: 'List' }, { 'Role${X}': { Name: '${X}' } }] };
    const [[key, { Name }] = ['', { Name: '' }]] = Object.entries(
      expanded({}, Resources) as Record<string, { Name: string }>,
    );
    expect(key).toBe('RoleX');
    expect(Name).toBe(textOf({ Ref: 'X' }));
  });

  test.each<unknown>([[undefined], [['X']], [['X', ['a'], 'text']], [{}]])(
    'and a broken one is nothing: %j',
    (written) => {
      expect(expanded({}, { 'Fn::ForEach::X': written, Other: 1 })).toEqual({ Other: 1 });
    },
  );
});
