import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { pageOf } from '../../../lib/record/layout';
import { manifestName, pageName } from '../../../lib/record/names';
import { asciiJson, formatPage, parsePage } from '../../../lib/record/page';
import {
  formatRecord,
  parseRecord,
  RecordError,
  type RecordFault,
  type RecordParameter,
} from '../../../lib/record/pages';
import { type FleetRecord, generationOf, sortRecord } from '../../../lib/record/record';
import { isFullExtent } from '../../support/extent';
import { anyCharacter } from '../../support/random-text';
import { forAll, randomRecord, randomRecordWithRoots, TREACHEROUS_NAMES, workforce } from './random-record';

const small: FleetRecord = {
  fleet: 'break-glass',
  holders: [
    {
      name: 'alice',
      tokens: [
        { slot: 'primary', serial: '86596220000001', type: 'programmable', custody: 'HQ safe' },
        { slot: 'backup', serial: '86596100000002', type: 'programmable', custody: 'bank' },
      ],
    },
    { name: 'bob', tokens: [{ slot: 'primary', serial: '826658719844499', type: 'molto2', profile: 7 }] },
  ],
  roots: [],
  spares: [{ serial: '86596220000009', type: 'programmable' }],
};

const MANIFEST = manifestName('break-glass');
const PAGE = pageName('break-glass', 0);

function refusal(fleet: string, parameters: readonly RecordParameter[]): RecordError {
  try {
    parseRecord(fleet, parameters);
  } catch (error) {
    if (error instanceof RecordError) {
      return error;
    }
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(parameters)}`);
}

/** The parameters of the small record with one value edited. */
function edited(name: string, edit: (value: string) => string): readonly RecordParameter[] {
  const parameters = formatRecord(small).map((parameter) =>
    parameter.name === name ? { name, value: edit(parameter.value) } : parameter,
  );
  expect(parameters).not.toEqual(formatRecord(small));
  return parameters;
}

/** A record as someone would forge it who knows how to write pages and compute the generation. */
function forged(record: FleetRecord): readonly RecordParameter[] {
  const sorted = sortRecord(record);
  const manifest = {
    schema: 1,
    fleet: record.fleet,
    generation: generationOf(record),
    pages: 1,
    holders: record.holders.length,
    tokens: record.holders.reduce((sum, { tokens }) => sum + tokens.length, 0),
    spares: record.spares.length,
  };
  return [
    { name: MANIFEST, value: asciiJson(manifest) },
    { name: PAGE, value: formatPage(sorted) },
  ];
}

test('a small fleet is a manifest and one page', () => {
  const parameters = formatRecord(small);
  expect(parameters).toEqual([
    {
      name: '/mfa-guardrails/break-glass/record/manifest',
      value: `{"schema":1,"fleet":"break-glass","generation":"${generationOf(small)}","pages":1,"holders":2,"tokens":3,"spares":1}`,
    },
    {
      name: '/mfa-guardrails/break-glass/record/page/0',
      value:
        '{"custody":["bank","HQ safe"],"holders":[["alice",["backup","86596100000002",0],["primary","86596220000001",1]],["bob",["primary","826658719844499",null,"molto2",7]]],"spares":[["86596220000009"]]}',
    },
  ]);
  const { manifest, record } = parseRecord('break-glass', [...parameters].reverse());
  expect(record).toEqual(sortRecord(small));
  expect(manifest).toEqual({
    schema: 1,
    fleet: 'break-glass',
    generation: generationOf(small),
    pages: 1,
    holders: 2,
    tokens: 3,
    spares: 1,
  });
});

test('any valid record is read back, sorted, from ASCII values of at most 4 KB that hold no reference', () => {
  forAll(randomRecord, (record) => {
    const parameters = formatRecord(record);
    for (const { value } of parameters) {
      expect(value).toMatch(/^[ -~]{1,4096}$/);
      expect(value).not.toContain('{{');
    }
    expect(parseRecord(record.fleet, parameters).record).toEqual(sortRecord(record));
  });
});

const WITH_ROOTS: FleetRecord = {
  ...small,
  roots: [
    {
      account: '444455556666',
      tokens: [
        { slot: 'primary', serial: '826658719844499', type: 'molto2', profile: 0, custody: 'HQ safe' },
      ],
    },
    { account: '111122223333', tokens: [{ slot: 'primary', serial: 'GAHT12345678', type: 'hardware-totp' }] },
  ],
};

test('a record with roots says so in its manifest, and has a schema that older readers refuse', () => {
  expect(formatRecord(WITH_ROOTS).map(({ value }) => value)).toEqual([
    `{"schema":2,"fleet":"break-glass","generation":"${generationOf(WITH_ROOTS)}","pages":1,"holders":2,"roots":2,"tokens":5,"spares":1}`,
    '{"custody":["bank","HQ safe"],"holders":[["alice",["backup","86596100000002",0],["primary","86596220000001",1]],["bob",["primary","826658719844499",null,"molto2",7]]],"roots":[["111122223333",["primary","GAHT12345678",null,"hardware-totp"]],["444455556666",["primary","826658719844499",1,"molto2",0]]],"spares":[["86596220000009"]]}',
  ]);
  expect(parseRecord('break-glass', formatRecord(WITH_ROOTS)).record).toEqual(sortRecord(WITH_ROOTS));
});

test('a record without roots stays as version 1 wrote it, to the last character', () => {
  // Written by the commit before roots: sha256 of the manifest and of the page, each with a newline.
  const digest = createHash('sha256');
  for (const { name, value } of formatRecord(small)) {
    digest.update(`${name} ${value}\n`);
  }
  expect(digest.digest('hex')).toBe('707d2cf7d4b6ae5f313db328b15193440c4eacd20123ab02c5cf2ac4e017a7b2');
  expect(generationOf(small)).toBe('365b5869714ab6679cf9d558f5d2785927796297b87f5f249e4a3859e2cf8259');
});

test('a fleet may have roots alone', () => {
  const alone = { ...WITH_ROOTS, holders: [] };
  expect(parseRecord('break-glass', formatRecord(alone)).record).toEqual(sortRecord(alone));
});

test('any valid record with roots is read back, sorted, from ASCII values of at most 4 KB', () => {
  forAll(randomRecordWithRoots, (record) => {
    const parameters = formatRecord(record);
    for (const { value } of parameters) {
      expect(value).toMatch(/^[ -~]{1,4096}$/);
    }
    expect(parseRecord(record.fleet, parameters).record).toEqual(sortRecord(record));
  });
});

test.each<[string, (value: string) => string, RecordFault]>([
  ['a root renamed', (value) => value.replace('111122223333', '111122223334'), 'digest'],
  ['a root that is no account', (value) => value.replace('111122223333', '11112222333'), 'malformed'],
  ['no roots', (value) => value.replace(/"roots":.*?\]\]\],/, ''), 'digest'],
  ['roots that are no list', (value) => value.replace(/"roots":.*?\]\]\],/, '"roots":{},'), 'malformed'],
  ['a schema of 1', (value) => value.replace('"schema":2', '"schema":1'), 'digest'],
  ['a number of roots that is none', (value) => value.replace('"roots":2', '"roots":-2'), 'malformed'],
  ['another number of roots', (value) => value.replace('"roots":2', '"roots":3'), 'digest'],
])('a record with roots edited to %s is refused', (_, edit, fault) => {
  const parameters = formatRecord(WITH_ROOTS).map(({ name, value }) => ({ name, value: edit(value) }));
  expect(parameters).not.toEqual(formatRecord(WITH_ROOTS));
  expect(refusal('break-glass', parameters).fault).toBe(fault);
});

test('names that are something else to JavaScript are holders like any other', () => {
  const record: FleetRecord = {
    fleet: 'f',
    holders: TREACHEROUS_NAMES.map((name, i) => ({
      name,
      tokens: [{ slot: 'constructor', serial: `S${i}`, type: 'programmable', custody: '__proto__' }],
    })),
    roots: [],
    spares: [],
  };
  expect(parseRecord('f', formatRecord(record)).record).toEqual(sortRecord(record));
  expect(Object.prototype).not.toHaveProperty('slot');
});

test.each<[string, Partial<FleetRecord>, string]>([
  ['a fleet of another form', { fleet: 'Break' }, 'fleet "Break" is not a fleet name; use'],
  [
    'control characters',
    { spares: [{ serial: '1', type: 'oath', custody: '\u001b[2J' }] },
    'custody "\\x1b[2J"',
  ],
  ['a serial twice', { spares: [{ serial: '86596220000001', type: 'oath' }] }, 'is already declared as'],
  ['no holders', { holders: [] }, 'the fleet has no holders; add'],
])('a record with %s is not written', (_, change, message) => {
  expect(() => formatRecord({ ...small, ...change })).toThrow(message);
});

test('one changed holder changes its page and the manifest, nothing else', () => {
  const before = workforce(1000);
  const changed = before.holders[123];
  const [token, ...others] = changed?.tokens ?? [];
  if (!changed || !token) {
    throw new Error('no holder 123');
  }
  const holders = before.holders.map((holder) =>
    holder === changed ? { ...holder, tokens: [{ ...token, serial: 'NEW1' }, ...others] } : holder,
  );
  const was = formatRecord(before);
  const is = formatRecord({ ...before, holders });
  const differ = is.filter(({ name, value }) => was.find((other) => other.name === name)?.value !== value);
  expect(is).toHaveLength(was.length);
  expect(differ.map(({ name }) => name)).toEqual([
    manifestName('workforce'),
    pageName('workforce', pageOf(changed.name, was.length - 1)),
  ]);
});

test('5,000 holders with two tokens each are read in 26 calls of 10 parameters', () => {
  const record = workforce(5000);
  const parameters = formatRecord(record);
  expect(parameters.length).toBeLessThanOrEqual(257);
  expect(Math.max(...parameters.map(({ value }) => value.length))).toBeLessThanOrEqual(4096);
  // A template may have 1 MB, and its quotes are escaped.
  expect(JSON.stringify(parameters).length).toBeLessThan(900_000);
  const { manifest } = parseRecord('workforce', parameters);
  expect(manifest).toMatchObject({ holders: 5000, tokens: 10_000 });
});

const NEWER = '{"schema":3,"anything":"else"}';

test.each<[string, RecordFault, string, readonly RecordParameter[], string]>([
  [
    'nothing',
    'missing',
    MANIFEST,
    [],
    'fleet "break-glass" has no record: there is no parameter below /mfa-guardrails/break-glass/record',
  ],
  [
    'pages only',
    'missing',
    MANIFEST,
    formatRecord(small).slice(1),
    'its pages exist, but /mfa-guardrails/break-glass/record/manifest does not',
  ],
  [
    'a manifest only',
    'incomplete',
    PAGE,
    formatRecord(small).slice(0, 1),
    `${PAGE} is missing; by the manifest, the number of pages is 1`,
  ],
  [
    'a page too many',
    'incomplete',
    pageName('break-glass', 1),
    [...formatRecord(small), { name: pageName('break-glass', 1), value: '{}' }],
    'is one too many',
  ],
  [
    'a parameter of another name',
    'incomplete',
    `${PAGE}0`,
    [...formatRecord(small), { name: `${PAGE}0`, value: '{}' }],
    'is one too many',
  ],
  [
    'a parameter twice',
    'malformed',
    PAGE,
    [...formatRecord(small), ...formatRecord(small).slice(1)],
    'it was read twice',
  ],
  [
    'a newer schema',
    'newer-schema',
    MANIFEST,
    [
      { name: MANIFEST, value: NEWER },
      { name: `${PAGE}/x`, value: '?' },
    ],
    'has schema 3, but this version reads schemas up to 2',
  ],
  [
    'a manifest that is no JSON',
    'malformed',
    MANIFEST,
    edited(MANIFEST, () => 'oops\u001b'),
    '"oops\\x1b" is not JSON',
  ],
  ['a manifest that is a list', 'malformed', MANIFEST, edited(MANIFEST, () => '[]'), 'is not a JSON object'],
  [
    'no schema',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"schema":1,', '')),
    'its schema is undefined',
  ],
  [
    'schema 0',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"schema":1', '"schema":0')),
    'its schema is 0',
  ],
  [
    'a schema that is a text',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"schema":1', '"schema":"2"')),
    'its schema is "2"',
  ],
  [
    'another fleet',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"break-glass"', '"other"')),
    'its fleet is "other"',
  ],
  [
    '3 pages',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"pages":1', '"pages":3')),
    'its number of pages is 3',
  ],
  [
    '2 pages',
    'incomplete',
    pageName('break-glass', 1),
    edited(MANIFEST, (value) => value.replace('"pages":1', '"pages":2')),
    'is missing; by the manifest, the number of pages is 2',
  ],
  [
    'a short generation',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace(/"generation":"./, '"generation":"')),
    'its generation is',
  ],
  [
    'another generation',
    'digest',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace(generationOf(small), 'a'.repeat(64))),
    `are of generation ${generationOf(small)}, the manifest is of ${'a'.repeat(64)}`,
  ],
  [
    'a wrong count',
    'digest',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"tokens":3', '"tokens":4')),
    'differs from what a deployment of this generation writes',
  ],
  [
    'a count that is none',
    'malformed',
    MANIFEST,
    edited(MANIFEST, (value) => value.replace('"spares":1', '"spares":-1')),
    'one of its counts is -1',
  ],
  [
    'a page that is no JSON',
    'malformed',
    PAGE,
    edited(PAGE, (value) => value.slice(1)),
    `${PAGE} is not part of a record: it is not JSON`,
  ],
  [
    'a page of another shape',
    'malformed',
    PAGE,
    edited(PAGE, () => '{"custody":[]}'),
    'holders is not a list',
  ],
  [
    'another serial',
    'digest',
    MANIFEST,
    edited(PAGE, (value) => value.replace('86596220000001', '86596220000017')),
    'the manifest is of',
  ],
  ['a blank', 'digest', PAGE, edited(PAGE, (value) => `${value} `), `${PAGE} differs from what a deployment`],
  [
    'an escape',
    'digest',
    PAGE,
    edited(PAGE, (value) => value.replace('alice', '\\u0061lice')),
    `${PAGE} differs from what a deployment`,
  ],
  [
    'a key twice',
    'digest',
    PAGE,
    edited(PAGE, (value) => value.replace('{', '{"custody":[],')),
    `${PAGE} differs from what a deployment`,
  ],
])('a record with %s is refused as %s', (_, fault, parameter, parameters, message) => {
  const error = refusal('break-glass', parameters);
  expect({ fault: error.fault, parameter: error.parameter }).toEqual({ fault, parameter });
  expect(error.message).toContain(message);
  expect(error.hint).toContain(fault === 'newer-schema' ? 'newer version' : 'cdk deploy');
});

test('what a forger can write is what an inventory could have said', () => {
  expect(
    parseRecord('break-glass', forged(sortRecord({ ...small, spares: [] }))).record.holders,
  ).toHaveLength(2);
});

test.each<[string, RecordFault, Partial<FleetRecord>, string]>([
  [
    'control characters',
    'malformed',
    { spares: [{ serial: 'S', type: 'oath', custody: '\u001b[2J' }] },
    `${PAGE} is not part of a record: custody "\\x1b[2J"`,
  ],
  [
    'a name too long',
    'malformed',
    { holders: [{ name: 'h'.repeat(65), tokens: small.holders[0]?.tokens ?? [] }] },
    'is 65 characters long',
  ],
  ['no tokens', 'malformed', { holders: [{ name: 'h', tokens: [] }] }, 'holder "h" has no tokens'],
  [
    'a profile out of range',
    'malformed',
    { spares: [{ serial: 'S', type: 'molto2', profile: 100 }] },
    'profile 100',
  ],
  [
    'a serial with a dot',
    'malformed',
    { spares: [{ serial: 'a.b', type: 'oath' }] },
    'serial "a.b" is not a serial',
  ],
  ['no holders', 'malformed', { holders: [] }, 'the fleet has no holders'],
  [
    'a serial twice',
    'digest',
    { spares: [{ serial: '86596220000001', type: 'oath' }] },
    'the record contradicts itself: serial',
  ],
  [
    'a holder twice',
    'digest',
    {
      holders: [
        ...small.holders.slice(0, 1),
        { name: 'alice', tokens: [{ slot: 's', serial: 'S', type: 'oath' }] },
      ],
    },
    'the record contradicts itself: holder "alice" is already declared',
  ],
  [
    'a root twice, each with another slot',
    'digest',
    {
      roots: ['a', 'b'].map((slot) => ({
        account: '111122223333',
        tokens: [{ slot, serial: `S${slot}`, type: 'oath' }],
      })),
    },
    'the record contradicts itself: root of account "111122223333" is already declared',
  ],
])('a forged record with %s is refused', (_, fault, change, message) => {
  const error = refusal('break-glass', forged({ ...small, ...change }));
  expect(error.fault).toBe(fault);
  expect(error.message).toContain(message);
});

const several = formatRecord(workforce(120));

test('a holder on another page than its own is refused, naming both', () => {
  const [, first, second] = several;
  const stray = parsePage(second?.value ?? '').holders[0]?.name ?? '';
  const swapped = several.map((parameter) => {
    if (parameter === first) {
      return { name: parameter.name, value: second?.value ?? '' };
    }
    return parameter === second ? { name: parameter.name, value: first?.value ?? '' } : parameter;
  });
  const error = refusal('workforce', swapped);
  expect(error.fault).toBe('digest');
  expect(error.message).toBe(
    `${first?.name} holds "${stray}", which belongs on ${pageName('workforce', pageOf(stray, several.length - 1))}`,
  );
  expect(parseRecord('workforce', several).record.holders).toHaveLength(120);
});

test('pages of two generations are refused', () => {
  const next = workforce(120);
  const changed = formatRecord({ ...next, spares: [{ serial: 'NEW1', type: 'oath' }] });
  expect(changed).toHaveLength(several.length);
  const differing = changed.filter(({ value }, i) => several[i]?.value !== value);
  expect(differing).toHaveLength(2);
  for (const updated of differing) {
    const mixed = several.map((parameter) => (parameter.name === updated.name ? updated : parameter));
    expect(refusal('workforce', mixed).fault).toBe('digest');
  }
  expect(parseRecord('workforce', changed).record.spares).toHaveLength(1);
});

const kinds = ['replace', 'insert', 'delete'] as const;

function editCharacter(value: string, at: number, kind: (typeof kinds)[number], character: string): string {
  const i = Math.floor(at * value.length);
  const after = value.slice(kind === 'insert' ? i : i + 1);
  return `${value.slice(0, i)}${kind === 'delete' ? '' : character}${after}`;
}

test('every character of a small record counts', () => {
  const parameters = formatRecord(small);
  for (const { name, value } of parameters) {
    for (let i = 0; i < value.length; i += isFullExtent ? 1 : 7) {
      const texts = [
        '',
        ' ',
        '0',
        `${value[i]}${value[i]}`,
        `${value[i]} `,
        String.fromCharCode(value.charCodeAt(i) ^ 1),
      ];
      for (const text of texts) {
        const tampered = `${value.slice(0, i)}${text}${value.slice(i + 1)}`;
        if (tampered === value) {
          continue;
        }
        const others = parameters.filter((parameter) => parameter.name !== name);
        expect(() => parseRecord('break-glass', [...others, { name, value: tampered }])).toThrow(RecordError);
      }
    }
  }
  expect(parseRecord('break-glass', parameters).manifest.holders).toBe(2);
});

test('a single character replaced, inserted or deleted in any parameter is refused', () => {
  const record = fc.oneof(randomRecord, fc.integer({ min: 20, max: 70 }).map(workforce));
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const character = fc.oneof(fc.constantFrom(...' \t\n0123456789abcdef"[]{},:\\-.'), anyCharacter);
  forAll(
    fc.tuple(record, place, place, fc.constantFrom(...kinds), character),
    ([original, which, at, kind, typed]) => {
      const parameters = formatRecord(original);
      const target = parameters[Math.floor(which * parameters.length)];
      const tampered = parameters.map((parameter) =>
        parameter === target
          ? { name: parameter.name, value: editCharacter(parameter.value, at, kind, typed) }
          : parameter,
      );
      fc.pre(tampered.some(({ value }, i) => value !== parameters[i]?.value));
      expect(() => parseRecord(original.fleet, tampered)).toThrow(RecordError);
      expect(parseRecord(original.fleet, parameters).record).toEqual(sortRecord(original));
    },
    300,
  );
});

test('a parameter dropped, repeated or taken from another record is refused', () => {
  const other = formatRecord(workforce(121));
  const index = fc.nat({ max: several.length - 1 });
  forAll(fc.tuple(index, fc.constantFrom('drop', 'repeat', 'mix')), ([i, kind]) => {
    const target = several[i];
    const foreign = other[i];
    if (!target || !foreign) {
      throw new Error('the two records differ in length');
    }
    const rest = several.filter((parameter) => parameter !== target);
    const replacement = { drop: [], repeat: [target, target], mix: [foreign] }[kind] ?? [];
    fc.pre(kind !== 'mix' || foreign.value !== target.value);
    expect(() => parseRecord('workforce', [...rest, ...replacement])).toThrow(RecordError);
    expect(parseRecord('workforce', [...rest, target]).manifest.holders).toBe(120);
  });
});
