import { XMLParser } from 'fast-xml-parser';
import { AwsError } from './operation';
import { decodeQuery, encodeQueryError, encodeQueryResult } from './query-wire';

const namespace = 'https://iam.amazonaws.com/doc/2010-05-08/';
function parse(xml: string) {
  return new XMLParser().parse(xml);
}

test.each([
  ['scalars stay strings', 'A=1&B=true&C=', { A: '1', B: 'true', C: '' }],
  ['members become a list', 'A.member.1=x&A.member.2=y', { A: ['x', 'y'] }],
  [
    'in the order of their numbers, not of the text',
    'A.member.10=j&A.member.9=i&A.member.1=a',
    { A: ['a', 'i', 'j'] },
  ],
  [
    'structures in a list',
    'Tags.member.1.Key=k&Tags.member.1.Value=v%20w&Tags.member.2.Key=%2B',
    { Tags: [{ Key: 'k', Value: 'v w' }, { Key: '+' }] },
  ],
  ['lists in structures in lists', 'A.member.1.B.member.1=x', { A: [{ B: ['x'] }] }],
  [
    'entries become a map',
    'M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=b&M.entry.2.value=2',
    { M: { a: '1', b: '2' } },
  ],
  ['nested names become structures', 'A.B.C=1', { A: { B: { C: '1' } } }],
])('decodes a request: %s', (_, body, input) => {
  expect(decodeQuery(`Action=Do&Version=2010-05-08&${body}`)).toEqual({
    action: 'Do',
    version: '2010-05-08',
    input,
  });
});

test('a parameter called __proto__ is a plain parameter', () => {
  const { input } = decodeQuery('Action=Do&__proto__.polluted=yes');
  expect(Object.hasOwn(input, '__proto__')).toBe(true);
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});

test('a result is wrapped in its operation, with lists as members, maps as entries, and everything escaped', () => {
  const xml = encodeQueryResult(
    'ListThings',
    {
      Things: [{ Name: 'a<b>&"\'' }, { Name: 'c' }],
      Empty: [],
      IsTruncated: false,
      Absent: undefined,
      SummaryMap: { Users: 2 },
    },
    'request-1',
    namespace,
  );
  expect(xml).toContain('<Name>a&lt;b&gt;&amp;&quot;&apos;</Name>');
  expect(xml).toContain('<Empty/><IsTruncated>false</IsTruncated>');
  expect(xml).not.toContain('Absent');
  expect(parse(xml).ListThingsResponse).toEqual({
    ListThingsResult: {
      Things: { member: [{ Name: 'a<b>&"\'' }, { Name: 'c' }] },
      Empty: '',
      IsTruncated: false,
      SummaryMap: { entry: { key: 'Users', value: 2 } },
    },
    ResponseMetadata: { RequestId: 'request-1' },
  });
});

test('an operation without a result answers with metadata only', () => {
  expect(parse(encodeQueryResult('DeleteThing', {}, 'request-1', namespace))).toEqual({
    DeleteThingResponse: { ResponseMetadata: { RequestId: 'request-1' } },
  });
});

test('an operation whose result has no members answers with an empty result', () => {
  expect(parse(encodeQueryResult('ExecuteChangeSet', {}, 'request-1', namespace))).toEqual({
    ExecuteChangeSetResponse: { ExecuteChangeSetResult: '', ResponseMetadata: { RequestId: 'request-1' } },
  });
});

test.each([
  [404, 'Sender'],
  [500, 'Receiver'],
])('an error %i is the fault of the %s', (status, type) => {
  const xml = encodeQueryError(new AwsError('NoSuchEntity', status, 'no <thing>'), 'request-1', namespace);
  expect(parse(xml)).toEqual({
    ErrorResponse: {
      Error: { Type: type, Code: 'NoSuchEntity', Message: 'no <thing>' },
      RequestId: 'request-1',
    },
  });
});
