import * as fc from 'fast-check';
import { asciiJson, formatPage, type PageContent, PageShapeError, parsePage } from '../../../lib/record/page';
import { anyCharacter } from '../../support/random-text';
import { forAll, randomRecord, randomRecordWithRoots } from './random-record';

const content: PageContent = {
  holders: [
    {
      name: 'alice.breakglass',
      tokens: [
        { slot: 'backup', serial: '86596100000002', type: 'programmable', custody: 'bank' },
        { slot: 'key', serial: '12345678', type: 'fido2' },
        { slot: 'primary', serial: '86596220000001', type: 'programmable' },
      ],
    },
  ],
  roots: [
    {
      account: 'self',
      tokens: [{ slot: 'primary', serial: '826658719844499', type: 'molto2', profile: 0, custody: 'bank' }],
    },
  ],
  spares: [
    { serial: '826658719844499', type: 'molto2', profile: 7 },
    { serial: '86596220000009', type: 'programmable', custody: 'bank' },
    { serial: 'G1', type: 'hardware-totp', custody: 'Zürich' },
  ],
};

const TEXT =
  '{"custody":["bank","Z\\u00fcrich"],' +
  '"holders":[["alice.breakglass",["backup","86596100000002",0],["key","12345678",null,"fido2"],["primary","86596220000001"]]],' +
  '"roots":[["self",["primary","826658719844499",0,"molto2",0]]],' +
  '"spares":[["826658719844499",null,"molto2",7],["86596220000009",0],["G1",1,"hardware-totp"]]}';

test('a page is written as its comment says, and read back', () => {
  expect(formatPage(content)).toBe(TEXT);
  expect(parsePage(TEXT)).toEqual(content);
});

test.each([
  ['Zürich', '"Z\\u00fcrich"'],
  ['{{resolve:ssm:x}}', '"{\\u007bresolve:ssm:x}}"'],
  ['{{{{', '"{\\u007b\\u007b\\u007b"'],
  ['{ {', '"{ {"'],
  ['🔑', '"\\ud83d\\udd11"'],
  ['\u007f', '"\\u007f"'],
  ['"\\', '"\\"\\\\"'],
])('%j is written as %s', (text, json) => {
  expect(asciiJson(text)).toBe(json);
  expect(JSON.parse(json)).toBe(text);
});

test('any text is written in printable ASCII without two braces in a row, and read back', () => {
  const text = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.string({ unit: fc.constantFrom('{', '}', 'é', '"') }),
  );
  forAll(text, (value) => {
    const json = asciiJson({ value });
    expect(json).toMatch(/^[ -~]*$/);
    expect(json).not.toContain('{{');
    expect(JSON.parse(json)).toEqual({ value });
  });
});

test('any page is read back', () => {
  forAll(fc.oneof(randomRecord, randomRecordWithRoots), ({ holders, roots, spares }) => {
    expect(parsePage(formatPage({ holders, roots, spares }))).toEqual({ holders, roots, spares });
  });
});

function withHolders(holders: string): string {
  return `{"custody":["bank"],"holders":${holders},"spares":[]}`;
}

test.each([
  ['', 'it is not JSON'],
  ['{', 'it is not JSON'],
  ['null', 'it is not a JSON object'],
  ['3', 'it is not a JSON object'],
  ['{}', 'custody is not a list'],
  ['[]', 'it is not a JSON object'],
  ['{"custody":[1],"holders":[],"spares":[]}', 'custody 0 is not a text'],
  ['{"custody":[],"spares":[]}', 'holders is not a list'],
  ['{"custody":[],"holders":[]}', 'spares is not a list'],
  [withHolders('{"a":[]}'), 'holders is not a list'],
  [withHolders('["a"]'), 'holder 0 is not a list'],
  [withHolders('[[]]'), 'the name of holder 0 is not a text'],
  [withHolders('[[1]]'), 'the name of holder 0 is not a text'],
  [withHolders('[["a","b"]]'), 'token 0 of holder 0 is not a list'],
  [withHolders('[["a",[]]]'), 'the slot of token 0 of holder 0 is not a text'],
  [withHolders('[["a",["s"]]]'), 'the serial of token 0 of holder 0 is not a text'],
  [withHolders('[["a",["s",12]]]'), 'the serial of token 0 of holder 0 is not a text'],
  [withHolders('[["a",["s","1",1]]]'), 'the custody of token 0 of holder 0 is not on the page'],
  [withHolders('[["a",["s","1",-1]]]'), 'the custody of token 0 of holder 0 is not on the page'],
  [withHolders('[["a",["s","1","length"]]]'), 'the custody of token 0 of holder 0 is not on the page'],
  [withHolders('[["a",["s","1",0,"usb"]]]'), 'the type of token 0 of holder 0 is not known'],
  [withHolders('[["a",["s","1",0,"molto2","7"]]]'), 'the profile of token 0 of holder 0 is not a number'],
  [withHolders('[["a",["s","1",0,"molto2",7,8]]]'), 'token 0 of holder 0 has more than its parts'],
  ['{"custody":[],"holders":[],"spares":["1"]}', 'spare 0 is not a list'],
])('a page that reads %s is refused', (text, message) => {
  expect(() => parsePage(text)).toThrow(PageShapeError);
  expect(() => parsePage(text)).toThrow(message);
  expect(parsePage(withHolders('[["a",["s","1",0,"molto2",7]]]')).holders).toHaveLength(1);
});
