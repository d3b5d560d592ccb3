// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and references of a template
import {
  elementsOf,
  isIntrinsic,
  isKnown,
  nameOfHole,
  show,
  textOf,
  textsOf,
} from '../../../lib/checks/template-text';

const ROOT_ARN = {
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']],
};

test.each<readonly [string, unknown, string | undefined, boolean]>([
  ['text', 'arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:root', true],
  ['a number', 3600, '3600', true],
  ['a boolean', true, 'true', true],
  ['a policy variable', 'user/${aws:username}', 'user/${aws:username}', true],
  ['a reference', { Ref: 'Olga' }, '${Olga}', false],
  ['an attribute', { 'Fn::GetAtt': ['Olga', 'Arn'] }, '${Olga.Arn}', false],
  ['an attribute as text', { 'Fn::GetAtt': 'Olga.Arn' }, '${Olga.Arn}', false],
  ['a join', ROOT_ARN, 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root', false],
  ['a join of text', { 'Fn::Join': [':', ['iam', 'GetUser']] }, 'iam:GetUser', true],
  ['a join of a list of the deployment', { 'Fn::Join': [':', { Ref: 'List' }] }, '${Fn::Join}', false],
  [
    'a substitution',
    { 'Fn::Sub': 'arn:${AWS::Partition}:iam::*:user/${!aws:username}' },
    'arn:${AWS::Partition}:iam::*:user/${aws:username}',
    false,
  ],
  ['a substitution of text', { 'Fn::Sub': ['iam:${Verb}User', { Verb: 'Get' }] }, 'iam:GetUser', true],
  ['a broken substitution', { 'Fn::Sub': { Ref: 'Text' } }, '${Fn::Sub}', false],
  ['another function', { 'Fn::ImportValue': 'Shared' }, '${Fn::ImportValue}', false],
  ['nothing', { Ref: 'AWS::NoValue' }, undefined, true],
  ['an object', { AWS: '*' }, undefined, true],
  ['null', null, undefined, true],
])('%s', (_name, value, shown, known) => {
  const text = textOf(value);
  expect(text === undefined ? undefined : show(text)).toBe(shown);
  expect(text === undefined || isKnown(text)).toBe(known);
});

test('what the deployment fills in is one part of an ARN', () => {
  expect((textOf(ROOT_ARN) ?? '').split(':').map(show)).toEqual([
    'arn',
    '${AWS::Partition}',
    'iam',
    '',
    '${AWS::AccountId}',
    'root',
  ]);
});

test('a reference by itself has a name, one among text has none', () => {
  expect(nameOfHole(textOf({ Ref: 'AWS::AccountId' }) ?? '')).toBe('AWS::AccountId');
  expect(nameOfHole(textOf(ROOT_ARN) ?? '')).toBeUndefined();
  expect(nameOfHole('text')).toBeUndefined();
});

test('a list may be one value, and each branch of an Fn::If gives its own', () => {
  const either = { 'Fn::If': ['Wide', ['*', 'iam:*'], { Ref: 'AWS::NoValue' }] };
  expect(elementsOf('*')).toEqual(['*']);
  expect(elementsOf(undefined)).toEqual([]);
  expect(elementsOf(['s3:*', either])).toEqual(['s3:*', '*', 'iam:*']);
  expect(textsOf([{ strange: 1 }]).map(show)).toEqual(['${?}']);
  expect([isIntrinsic(either), isIntrinsic({ Ref: 'A', B: 1 }), isIntrinsic([])]).toEqual([
    true,
    false,
    false,
  ]);
});
