import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { InventoryError, parseInventory, parseInventoryFile } from '../../../lib/record/inventory';
import { type FleetRecord, sortRecord, type Token } from '../../../lib/record/record';
import { valueViolations } from '../../../lib/record/rules';
import { isFullExtent } from '../../support/extent';
import { forAll, randomRecord, TREACHEROUS_NAMES } from './random-record';

function refusal(text: string): InventoryError {
  try {
    parseInventory(text, 'tokens.yaml');
  } catch (error) {
    if (error instanceof InventoryError) {
      return error;
    }
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** The messages for what stands below `holders:`, of which the first line is line 3. */
function refusedHolders(...lines: readonly string[]): readonly string[] {
  return refusal(['fleet: f', 'holders:', ...lines].join('\n')).message.split('\n');
}

function token(text: string): readonly string[] {
  return refusedHolders('  alice:', `    - { ${text} }`);
}

test('the example inventory is accepted', () => {
  const text = readFileSync(join(__dirname, '../../../tokens.yaml'), 'utf8');
  const record = parseInventory(text, 'tokens.yaml');
  expect(record.fleet).toBe('break-glass');
  expect(record.holders.map(({ name, tokens }) => [name, tokens.map(({ slot }) => slot)])).toEqual([
    ['alice.breakglass', ['backup', 'primary']],
    ['bob.breakglass', ['backup', 'primary']],
  ]);
  expect(record.holders[0]?.tokens[1]).toEqual({
    slot: 'primary',
    serial: '86596220000001',
    type: 'programmable',
    custody: 'HQ fireproof safe',
  });
  expect(record.spares).toEqual([
    { serial: '86596220000009', type: 'programmable', custody: 'security office' },
  ]);
  const { supply, record: again } = parseInventoryFile(text, 'tokens.yaml');
  expect(supply).toMatchObject({ order: 'Token2 OTPC-P2-i', currency: 'EUR', prices: [{ cents: 1650 }] });
  expect(again).toEqual(record);
});

test('every type of token is accepted, and the profiles of one molto2 token in several places', () => {
  const record = parseInventory(
    `fleet: f
holders:
  a:
    - { slot: s1, serial: "1", type: programmable }
    - { slot: s2, serial: "2", type: oath }
    - { slot: s3, serial: "3", type: molto2, profile: 0 }
    - { slot: s4, serial: GALT12345678, type: hardware-totp }
    - { slot: s5, serial: 5a, type: fido2 }
  b:
    - { slot: s3, serial: "3", type: molto2, profile: 99 }
spares:
  - { serial: "3", type: molto2, profile: 7 }
`,
    'tokens.yaml',
  );
  expect(record.holders[0]?.tokens.map(({ type }) => type)).toEqual([
    'programmable',
    'oath',
    'molto2',
    'hardware-totp',
    'fido2',
  ]);
  expect(record.holders[1]?.tokens[0]?.profile).toBe(99);
  expect(record.spares[0]?.profile).toBe(7);
});

test.each(TREACHEROUS_NAMES)('a holder named %s is a holder like any other', (name) => {
  const record = parseInventory(`fleet: f\nholders:\n  ${name}:\n    - { slot: s, serial: "1" }\n`, 'x');
  expect(record.holders).toEqual([{ name, tokens: [{ slot: 's', serial: '1', type: 'programmable' }] }]);
  expect(refusedHolders(`  ${name}:`, '    - { slot: S, serial: "1" }')[0]).toContain(
    'tokens.yaml:4:15: slot "S" is not a slot name',
  );
  expect(refusedHolders(`  ${name}: []`)[0]).toContain(`tokens.yaml:3:3: holder "${name}" has no tokens`);
});

test.each<[string, string]>([
  [
    'slot: Primary, serial: "1"',
    'tokens.yaml:4:15: slot "Primary" is not a slot name; use 1 to 32 lower-case letters',
  ],
  [
    'slot: s, serial: "8659 1"',
    'tokens.yaml:4:26: serial "8659 1" is not a serial; write it as printed on the token',
  ],
  [
    'slot: s, serial: 0086596220000001',
    'tokens.yaml:4:26: serial 0086596220000001 is a number, which YAML reads as 86596220000001; quote it, serial: "0086596220000001": numbers lose leading zeros',
  ],
  [
    'slot: s, serial: 826658719844499123456',
    'tokens.yaml:4:26: serial 826658719844499123456 is a number, which YAML reads as 826658719844499000000; quote it, serial: "826658719844499123456"',
  ],
  [
    'slot: s, serial: 86596220000001',
    'tokens.yaml:4:26: serial 86596220000001 is a number; quote it, serial: "86596220000001"',
  ],
  ['slot: s, serial: 8e5', 'serial 8e5 is a number, which YAML reads as 800000; quote it, serial: "8e5"'],
  ['slot: s, serial: 0x1F', 'serial 0x1F is a number, which YAML reads as 31; quote it, serial: "0x1F"'],
  ['slot: true, serial: "1"', 'tokens.yaml:4:15: slot true is true, not a text; quote it, slot: "true"'],
  ['slot: s, serial: ', 'tokens.yaml:4:18: serial is empty and must be text'],
  ['slot: s, serial: ""', 'tokens.yaml:4:26: serial is empty; write it as printed'],
  ['slot: s, serial: [1]', 'tokens.yaml:4:18: serial is a list and must be text'],
  ['slot: { a: 1 }, serial: "1"', 'tokens.yaml:4:9: slot is a mapping and must be text'],
  ['slot: s', 'tokens.yaml:4:7: the token has no serial; add serial: "86596220000001", as printed'],
  ['serial: "1"', 'tokens.yaml:4:7: the token has no slot; add slot: primary'],
  [
    'slot: s, serial: "1", custody: "a\\e[31m"',
    'tokens.yaml:4:40: custody "a\\x1b[31m" begins or ends with a blank',
  ],
  ['slot: s, serial: "1", serials: "2"', 'tokens.yaml:4:31: unknown key "serials"; did you mean serial?'],
  ['slot: s, serial: "1", kustody: safe', 'tokens.yaml:4:31: unknown key "kustody"; did you mean custody?'],
  [
    'slot: s, serial: "1", toString: safe',
    'unknown key "toString"; the keys here are slot, serial, type, profile, custody',
  ],
  ['slot: s, serial: "1", __proto__: safe', 'unknown key "__proto__"; the keys here are'],
  [
    'slot: s, serial: "1", type: usb',
    'type "usb" is not a type of token; use one of programmable, oath, molto2, hardware-totp, fido2',
  ],
  [
    'slot: s, serial: "1", type: FIDO',
    'type "FIDO" is not a type of token; use one of programmable, oath, molto2, hardware-totp, fido2; did you mean fido2?',
  ],
  ['slot: s, serial: "1", type: 2', 'type is 2 and must be a type of token; use one of'],
  ['slot: s, serial: "1", type: { a: 1 }', 'type is a mapping and must be a type of token'],
  [
    'slot: s, serial: "1", type: molto2',
    'tokens.yaml:4:7: a molto2 token has no profile; add profile: 0 (to 99)',
  ],
  [
    'slot: s, serial: "1", profile: 3',
    'tokens.yaml:4:40: profile 3 belongs to a programmable token, which has no profiles; remove profile, or write type: molto2',
  ],
  [
    'slot: s, serial: "1", type: molto2, profile: 100',
    'profile 100 is not a profile of a molto2 token; use a whole number from 0 to 99',
  ],
  ['slot: s, serial: "1", type: molto2, profile: -1', 'profile -1 is not a profile'],
  ['slot: s, serial: "1", type: molto2, profile: 1.5', 'profile 1.5 is not a profile'],
  [
    'slot: s, serial: "1", type: molto2, profile: "7"',
    'profile is the text "7" and must be a whole number from 0 to 99; write it without quotes',
  ],
  [
    'slot: s, serial: "1", type: molto2, profile: { a: 1 }',
    'profile is a mapping and must be a whole number',
  ],
  ['slot: s, serial: !serial "1"', 'unresolved tag: !serial, in'],
  ['slot: s, serial: @1', 'plain value cannot start with reserved character @, in'],
])('of a token { %s } is refused', (text, message) => {
  const messages = token(text);
  expect(messages[0]).toContain(message);
  expect(messages).toHaveLength(1);
  expect(parseInventory('fleet: f\nholders:\n  alice:\n    - { slot: s, serial: "1" }\n', 'x').fleet).toBe(
    'f',
  );
});

test('keys without a blank after the colon are told from unknown ones', () => {
  const [, , slot, serial] = token('slot:primary, serial:"1"');
  expect(slot).toContain('4:9: unknown key "slot:primary"; put a blank after the colon');
  expect(serial).toContain('unknown key "serial:\\"1\\""; put a blank after the colon');
});

const nine = Array.from({ length: 9 }, (_, i) => `    - { slot: s${i}, serial: "${i}" }`);

test.each<[string, readonly string[], string]>([
  [
    'no tokens',
    ['  alice: []'],
    'tokens.yaml:3:3: holder "alice" has no tokens; add a token, or remove the holder',
  ],
  ['nothing', ['  alice:'], 'tokens.yaml:3:3: holder "alice" is empty and must be a list of tokens'],
  [
    'nine tokens',
    ['  alice:', ...nine],
    'tokens.yaml:3:3: holder "alice" has 9 tokens, IAM allows a user 8; remove 1',
  ],
  [
    'a name IAM does not take',
    ['  zoë smith:', '    - { slot: s, serial: "1" }'],
    'tokens.yaml:3:3: holder "zoë smith" is not an IAM user name; use the name of the IAM user',
  ],
  [
    'a name too long',
    [`  ${'h'.repeat(65)}:`, '    - { slot: s, serial: "1" }'],
    'is 65 characters long, the limit is 64',
  ],
  [
    'a mapping of slots',
    ['  alice: { primary: "1" }'],
    'tokens.yaml:3:3: holder "alice" is a mapping and must be a list of tokens; write one line "- { slot: …, serial: … }"',
  ],
  [
    'bare serials',
    ['  alice: [ "1" ]'],
    'token 1 of "alice" is the text "1" and must be a mapping with slot and serial',
  ],
  [
    'lists for tokens',
    ['  alice: [ [ s, "1" ] ]'],
    'token 1 of "alice" is a list and must be a mapping with slot and serial',
  ],
  [
    'a slot twice',
    ['  alice:', '    - { slot: s, serial: "1" }', '    - { slot: s, serial: "2" }'],
    'tokens.yaml:5:15: slot "s" of "alice" is already taken (line 4); give each token',
  ],
  [
    'a serial twice',
    ['  alice:', '    - { slot: s, serial: "1" }', '  bob:', '    - { slot: t, serial: "1" }'],
    'tokens.yaml:6:26: serial "1" is already declared as the s token of "alice" (line 4); read the serials off both',
  ],
  [
    'a serial twice but for its case',
    ['  alice:', '    - { slot: s, serial: galt1 }', '    - { slot: t, serial: GALT1 }'],
    'serial "GALT1" is already declared as the s token of "alice" (line 4)',
  ],
  [
    'a serial of a spare',
    ['  alice:', '    - { slot: s, serial: "1" }', 'spares:', '  - { serial: "1" }'],
    'tokens.yaml:6:15: serial "1" is already declared as the s token of "alice" (line 4)',
  ],
  [
    'a profile twice',
    [
      '  alice:',
      '    - { slot: s, serial: "1", type: molto2, profile: 3 }',
      '    - { slot: t, serial: "1", type: molto2, profile: 3 }',
    ],
    'tokens.yaml:5:26: profile 3 of serial "1" is already declared as the s token of "alice" (line 4); give each place its own profile',
  ],
  [
    'a molto2 that is also something else',
    [
      '  alice:',
      '    - { slot: s, serial: "1", type: molto2, profile: 3 }',
      '    - { slot: t, serial: "1" }',
    ],
    'serial "1" is already declared as the s token of "alice" (line 4)',
  ],
  [
    'a holder twice',
    ['  alice:', '    - { slot: s, serial: "1" }', '  alice:', '    - { slot: s, serial: "2" }'],
    'tokens.yaml:5:3: "alice" is already in this mapping (line 3); keep one of the two',
  ],
  [
    'a holder twice but for case',
    ['  alice:', '    - { slot: s, serial: "1" }', '  Alice:', '    - { slot: s, serial: "2" }'],
    'tokens.yaml:5:3: holder "Alice" is already declared as "alice", and IAM ignores case (line 3)',
  ],
  [
    'a key twice in a token',
    ['  alice:', '    - { slot: s, serial: "1", slot: t }'],
    'tokens.yaml:4:31: "slot" is already in this mapping (line 4); keep one of the two',
  ],
])('a holder with %s is refused', (_, lines, message) => {
  const messages = refusedHolders(...lines);
  expect(messages[0]).toContain(message);
  expect(messages).toHaveLength(1);
});

const ROOT_TOKEN = '{ slot: s, serial: "1" }';

test('the roots of accounts and of the account of the stack are declared, with or without holders', () => {
  expect(parseInventory(`fleet: f\nroot:\n  - ${ROOT_TOKEN}\n`, 'x')).toMatchObject({
    holders: [],
    roots: [{ account: 'self', tokens: [{ slot: 's', serial: '1', type: 'programmable' }] }],
  });
  const many = `fleet: f
roots:
  "444455556666": [ { slot: s, serial: "1", type: molto2, profile: 1 } ]
  '012345678901': [ { slot: s, serial: "1", type: molto2, profile: 0 }, { slot: t, serial: "2", type: fido2 } ]
holders:
  a: [ { slot: s, serial: "1", type: molto2, profile: 2 } ]
`;
  expect(parseInventory(many, 'x').roots.map(({ account, tokens }) => [account, tokens.length])).toEqual([
    ['012345678901', 2],
    ['444455556666', 1],
  ]);
});

test.each<[string, string, string]>([
  ['no token', 'root: []', 'tokens.yaml:2:1: root has no tokens; add a token, or remove the entry'],
  ['no list', 'root: { a: 1 }', 'root is a mapping and must be a list of tokens'],
  ['no account', 'roots: {}', 'tokens.yaml:2:1: roots: names no account; add the 12 digits'],
  ['a list', `roots: [ ${ROOT_TOKEN} ]`, 'roots is a list and must be a mapping of account ids'],
  ['11 digits', `roots: { "12345678901": [ ${ROOT_TOKEN} ] }`, 'account "12345678901" is not an account id'],
  [
    'an alias',
    `roots: { prod: [ ${ROOT_TOKEN} ] }`,
    'account "prod" is not an account id; write the 12 digits',
  ],
  ['__proto__', `roots: { __proto__: [ ${ROOT_TOKEN} ] }`, 'account "__proto__" is not an account id'],
  ['self', `roots: { self: [ ${ROOT_TOKEN} ] }`, 'account "self" is not an account id'],
  [
    'an account without quotes',
    `roots:\n  123456789012: [ ${ROOT_TOKEN} ]`,
    'tokens.yaml:3:3: account 123456789012 is written without quotes',
  ],
  [
    'an account that some read as octal',
    `roots:\n  012345678901: [ ${ROOT_TOKEN} ]`,
    'quote it, "012345678901":, to keep every digit',
  ],
  [
    'an account twice',
    `roots:\n  "123456789012": [ ${ROOT_TOKEN} ]\n  "123456789012": [ ${ROOT_TOKEN} ]`,
    'tokens.yaml:4:3: "123456789012" is already in this mapping (line 3)',
  ],
  [
    'root and roots',
    `root: [ ${ROOT_TOKEN} ]\nroots: { "123456789012": [ { slot: s, serial: "2" } ] }`,
    'root: and roots: are both declared',
  ],
  [
    'nine tokens',
    `root:\n${nine.join('\n')}`,
    'tokens.yaml:2:1: root has 9 tokens, IAM allows root 8; remove 1',
  ],
  [
    'a slot twice',
    `root: [ ${ROOT_TOKEN}, { slot: s, serial: "2" } ]`,
    'slot "s" of root is already taken (line 2); give each token of root its own slot',
  ],
  [
    'a profile twice',
    'roots:\n  "111122223333": [ { slot: s, serial: M, type: molto2, profile: 3 } ]\n  "444455556666": [ { slot: s, serial: M, type: molto2, profile: 3 } ]',
    'tokens.yaml:4:40: profile 3 of serial "M" is already declared as the s token of root of account "111122223333" (line 3)',
  ],
  ['a token that is a text', 'root: [ x ]', 'token 1 of root is the text "x" and must be a mapping'],
  [
    'a token without a serial',
    'roots: { "111122223333": [ { slot: s } ] }',
    'the token has no serial; add serial:',
  ],
  ['an unknown key', 'root: [ { slot: s, serial: "1", seriel: "2" } ]', 'did you mean serial?'],
])('root with %s is refused', (_, text, message) => {
  const error = refusal(`fleet: f\n${text}`);
  expect(error.message).toContain(message);
  expect(error.problems).toHaveLength(1);
});

test.each(['root', 'ROOT', 'root@123456789012', 'Root@home'])('a holder named %s is refused', (name) => {
  expect(refusedHolders(`  ${name}:`, '    - { slot: s, serial: "1" }')).toEqual([
    `tokens.yaml:3:3: holder "${name}" would be mistaken for a root user; declare the tokens of root below root: or roots:, and give an IAM user another name`,
  ]);
  expect(
    parseInventory('fleet: f\nholders: { rooty: [ { slot: s, serial: "1" } ] }', 'x').holders,
  ).toHaveLength(1);
});

test.each(['GAHT12345678', 'gaht 1234 5678', 'GAHT-1234-5678'])(
  'the printed serial %s is recorded without blanks, hyphens and lower case',
  (serial) => {
    const text = `fleet: f\nholders: { a: [ { slot: s, serial: "${serial}", type: hardware-totp } ] }\n`;
    expect(parseInventory(text, 'x').holders[0]?.tokens[0]?.serial).toBe('GAHT12345678');
    expect(refusal(`${text}spares: [ { serial: GAHT12345678, type: hardware-totp } ]`).message).toContain(
      'serial "GAHT12345678" is already declared as the s token of "a" (line 2)',
    );
  },
);

test.each(['GAHT1234', 'GAHT_12345678', `G${'1'.repeat(32)}`])(
  'the printed serial %s is refused',
  (serial) => {
    const [message] = token(`slot: s, serial: "${serial}", type: hardware-totp`);
    expect(message).toContain(`tokens.yaml:4:26: serial "${serial}" is`);
    expect(message).toContain('9 to 32 letters and digits');
  },
);

const HOLDERS = 'holders: { a: [ { slot: s, serial: "1" } ] }';

test.each<[string, string]>([
  ['', 'tokens.yaml:1:1: the file declares nothing; write fleet:'],
  ['# a comment\n', 'the file declares nothing'],
  ['null', 'the file declares nothing'],
  ['[]', 'the file is a list and must be a mapping with fleet and holders'],
  ['- fleet: f', 'the file is a list and must be a mapping with fleet and holders'],
  ['tokens', 'the file is the text "tokens" and must be a mapping'],
  ['fleet: f', 'tokens.yaml:1:1: the inventory has no holders; add holders:'],
  [HOLDERS, 'the inventory has no fleet; add fleet:'],
  [`fleet: Fleet\n${HOLDERS}`, 'tokens.yaml:1:8: fleet "Fleet" is not a fleet name'],
  [`fleet: 12\n${HOLDERS}`, 'tokens.yaml:1:8: fleet 12 is a number; quote it, fleet: "12"'],
  ['fleet: f\nholders:', 'tokens.yaml:2:1: holders is empty and must be a mapping of IAM user names'],
  ['fleet: f\nholders: {}', 'tokens.yaml:2:1: the fleet has no holders; add'],
  [
    'fleet: f\nholders:\n  - alice',
    'tokens.yaml:2:1: holders is a list and must be a mapping of IAM user names',
  ],
  [`fleet: f\n${HOLDERS}\nspare: []`, 'tokens.yaml:3:1: unknown key "spare"; did you mean spares?'],
  [`fleet: f\n${HOLDERS}\nspares: {}`, 'tokens.yaml:3:1: spares is a mapping and must be a list of tokens'],
  [
    `fleet: f\n${HOLDERS}\nspares: [ { serial: "2", slot: s } ]`,
    'unknown key "slot"; the keys here are serial, type, profile, custody',
  ],
  [`fleet: f\nfleet: g\n${HOLDERS}`, 'tokens.yaml:2:1: "fleet" is already in this mapping (line 1)'],
  [`fleet: f\n${HOLDERS}\n<<: { spares: [] }`, 'unknown key "<<"'],
  [
    'fleet: f\nholders:\n\talice: []',
    'tokens.yaml:3:1: tabs are not allowed as indentation, in "\\talice: []"; indent with blanks',
  ],
  ['fleet: "f\nholders: {}', 'missing closing "quote'],
  [
    'fleet: f\nholders:\n  a:\n    - { slot: s, serial: "1"\n',
    'tokens.yaml:5:1: a { or [ is still open, before this empty line; close it, with } or ]',
  ],
  [
    'fleet: f\nholders:\n  a:\n    - slot: s\n     serial: "1"\n',
    'tokens.yaml:5:1: a line among list items does not begin with -, in "     serial: \\"1\\""; line up the keys of one item in the same column',
  ],
  [
    `fleet: f\n${HOLDERS}\n---\nfleet: g`,
    'tokens.yaml:3:1: a second document begins, in "---"; keep one, without ---',
  ],
  ['fleet: f\n? [ a ]\n: b', 'a key is a list or a mapping'],
])('the file %j is refused', (text, message) => {
  const error = refusal(text);
  expect(error.message).toContain(message);
  expect(error.problems).toHaveLength(1);
});

test('a file that is not YAML is refused for its syntax alone, all of it', () => {
  const { problems } = refusal('fleet: FLEET: x\nholders: [ }\n');
  expect(problems.length).toBeGreaterThan(1);
  expect(problems.map(({ message }) => message).join()).not.toContain('is not a fleet name');
});

test('all mistakes are reported at once, in the order of lines', () => {
  const error = refusal(`fleet: Fleet
holders:
  alice:
    - { slot: s, serial: 12, kustody: x, owner: y }
    - { slot: s, serial: "13", type: usb, custody: " x" }
  Alice:
    - { slot: s, serial: "13" }
spares:
  - {}
  - { serial: "a b" }
`);
  expect(error.problems.map(({ line, column, path }) => [line, column, path])).toEqual([
    [1, 8, 'fleet'],
    [4, 26, 'holders.alice[0].serial'],
    [4, 30, 'holders.alice[0].kustody'],
    [4, 42, 'holders.alice[0].owner'],
    [5, 15, 'holders.alice[1].slot'],
    [5, 38, 'holders.alice[1].type'],
    [5, 52, 'holders.alice[1].custody'],
    [6, 3, 'holders.Alice'],
    [7, 26, 'holders.Alice[0].serial'],
    [9, 5, 'spares[0].serial'],
    [10, 15, 'spares[1].serial'],
  ]);
  expect(error.message.split('\n')).toHaveLength(11);
});

test('anchors and aliases are refused, each where it stands', () => {
  const messages = refusedHolders(
    '  alice: &tokens',
    '    - { slot: s, serial: &n "1" }',
    '  bob: *tokens',
    '  carol:',
    '    - { slot: *unknown, serial: "2" }',
  );
  expect(messages.map((message) => message.replace('tokens.yaml:', ''))).toEqual([
    '4:5: anchor &tokens names a value for use elsewhere; remove the anchor',
    '4:29: anchor &n names a value for use elsewhere; remove the anchor',
    '5:8: alias *tokens stands for a value written elsewhere; write the value here',
    '7:15: alias *unknown stands for a value written elsewhere; write the value here',
  ]);
});

test('nothing a file holds steers the terminal that its mistakes are printed on', () => {
  const nasty = '\u009b31m\u202e';
  const messages = [
    ...refusedHolders(`  a: *x${nasty}`),
    ...refusedHolders(`  a: !t${nasty} x`),
    ...refusedHolders(`  "a${nasty}": []`),
    ...refusedHolders(`  a: [ { ${nasty}: 1 } ]`),
    ...refusedHolders(`  a: "${nasty}`),
  ];
  expect(messages.filter((message) => message.includes('\\x9b31m')).length).toBeGreaterThanOrEqual(5);
  for (const message of messages) {
    expect(message).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  }
});

test('an alias bomb is refused before it is expanded', () => {
  // Expanded, it would have 9^40 items, and this test would never end.
  const levels = Array.from({ length: 40 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
  const error = refusal(['fleet: f', 'l0: &l0 x', ...levels].join('\n'));
  expect(error.message).toContain('alias *l39 stands for a value written elsewhere');
});

test('lists nested too deep are refused, not overflown by', () => {
  expect(refusal('['.repeat(isFullExtent ? 50_000 : 20_000)).message).toContain('nested too deep');
});

test('a byte order mark and Windows line ends change nothing', () => {
  const text = 'fleet: f\nholders:\n  a:\n    - { slot: s, serial: "1" }\n';
  const plain = parseInventory(text, 'x');
  expect(parseInventory(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'x')).toEqual(plain);
  expect(refusal('fleet: f\r\nholders:\r\n  a: []\r\n').problems[0]).toMatchObject({ line: 3, column: 3 });
});

function yamlOf({ fleet, holders, spares }: FleetRecord): string {
  function flow(token: Token) {
    return `- ${JSON.stringify(token)}`;
  }
  return [
    `fleet: ${JSON.stringify(fleet)}`,
    'holders:',
    ...holders.flatMap(({ name, tokens }) => [
      `  ${JSON.stringify(name)}:`,
      ...tokens.map((slotToken) => `    ${flow(slotToken)}`),
    ]),
    spares.length === 0 ? 'spares: []' : 'spares:',
    ...spares.map((spare) => `  ${flow(spare)}`),
  ].join('\n');
}

test('any valid record, written as YAML, is parsed as that record, sorted', () => {
  forAll(randomRecord, (record) => {
    expect(parseInventory(yamlOf(record), 'x')).toEqual(sortRecord(record));
  });
});

test('whatever a file holds, it is parsed or refused with places, and what is parsed follows every rule', () => {
  const key = fc.constantFrom(
    'fleet',
    'holders',
    'spares',
    'supply',
    'slot',
    'serial',
    'type',
    'profile',
    'custody',
    '__proto__',
    'constructor',
    'a',
  );
  const leaf = fc.constantFrom(
    'f',
    '1',
    '"1"',
    'molto2',
    'true',
    '~',
    '1.5',
    '*a',
    '&a x',
    '!t x',
    '" "',
    '',
  );
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }).map((items) => `[ ${items.join(', ')} ]`),
      fc
        .array(fc.tuple(key, tie('tree')), { maxLength: 4 })
        .map((pairs) => `{ ${pairs.map(([k, value]) => `${k}: ${value}`).join(', ')} }`),
    ),
  }));
  const text = fc.oneof(
    tree,
    fc.tuple(tree, tree, tree).map(([f, h, s]) => `fleet: ${f}\nholders: ${h}\nspares: ${s}`),
  );
  forAll(
    text,
    (yaml) => {
      try {
        expect([...valueViolations(parseInventory(yaml, 'x'))]).toEqual([]);
      } catch (error) {
        if (!(error instanceof InventoryError)) {
          throw error;
        }
        for (const { line, column, message, fix } of error.problems) {
          expect(line * column).toBeGreaterThan(0);
          expect(`${message}${fix}`).not.toMatch(/undefined|\[object/);
        }
      }
    },
    1000,
  );
});

describe('a serial that is printed on another kind of token', () => {
  const MOLTO2 = '826658719844499';
  const SINGLE = '86596220000001';
  const KNOWN = 'GAHT12345678';
  const FIXED = '86596230000001';

  test.each([
    [MOLTO2, '', 'molto2'],
    [MOLTO2, 'type: oath', 'molto2'],
    [MOLTO2, 'type: fido2', 'molto2'],
    [MOLTO2, 'type: hardware-totp', 'molto2'],
    [SINGLE, 'type: molto2, profile: 1', 'leave type'],
    [SINGLE, 'type: hardware-totp', 'leave type'],
    [KNOWN, '', 'hardware-totp'],
    [KNOWN, 'type: molto2, profile: 1', 'hardware-totp'],
    [FIXED, '', 'another model'],
  ])('%s declared with "%s" is refused', (serial, about, fix) => {
    const [message, ...more] = token(`slot: s, serial: "${serial}"${about && `, ${about}`}`);
    expect(message).toMatch(new RegExp(`^tokens.yaml:4:\\d+: serial "${serial}" is that of .*; .*${fix}`));
    expect(more).toEqual([]);
  });

  test.each([
    [MOLTO2, 'type: molto2, profile: 1'],
    [SINGLE, ''],
    [SINGLE, 'type: oath'],
    [SINGLE, 'type: fido2'],
    [KNOWN, 'type: hardware-totp'],
    ['A1', ''],
    ['987654321098', 'type: hardware-totp'],
  ])('%s declared with "%s" may be right', (serial, about) => {
    const entry = `{ slot: s, serial: "${serial}"${about && `, ${about}`} }`;
    expect(parseInventory(`fleet: f\nholders: { a: [ ${entry} ] }\n`, 't').holders).toHaveLength(1);
  });

  test('is refused among spares and tokens of root as well', () => {
    const text = `fleet: f\nroot: [ { slot: s, serial: "${KNOWN}" } ]\nspares: [ { serial: "${MOLTO2}" } ]\n`;
    expect(refusal(text).problems.map(({ path }) => path)).toEqual(['root[0].serial', 'spares[0].serial']);
  });
});
