/** The evaluator's comparisons that are replaced for speed decide as the package's own do, and are those that it uses. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { decideUnchecked, user } from './policy-simulation';

type Comparison = (first: string, second: string) => boolean;
type Comparisons = Record<'caseInsensitiveEquals' | 'caseInsensitiveEndsWith', Comparison>;

const POLICIES = '@cloud-copilot/iam-policy';
const file = join(dirname(require.resolve(POLICIES)), 'utils.js');
const replaced: Comparisons = require(file);

/** The package's own, from its file: in this process they are replaced already. */
function written(): Comparisons {
  const exports = {} as Comparisons;
  runInNewContext(readFileSync(file, 'utf8'), { exports });
  return exports;
}

const own = written();
const NAMES = ['caseInsensitiveEquals', 'caseInsensitiveEndsWith'] as const;

test.each(NAMES)('%s is one of the package, and is replaced', (name) => {
  expect(own[name]).toEqual(expect.any(Function));
  expect(own[name]).toHaveLength(2);
  expect(String(replaced[name])).not.toBe(String(own[name]));
});

const PAIRS = [
  ['ForAllValues', 'forallvalues', true],
  ['StringEqualsIfExists', 'ifexists', false],
  ['Bool', 'Boöl', false],
  ['Bool', 'Bool ', false],
  ['Bo\u0000ol', 'Bool', true],
  ['', '', true],
] as const;

test.each(PAIRS)('%j and %j: %s', (first, second, isSame) => {
  expect(own.caseInsensitiveEquals(first, second)).toBe(isSame);
  expect(replaced.caseInsensitiveEquals(first, second)).toBe(isSame);
});

test.each(NAMES)('%s decides about any two texts as the package does', (name) => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('i', 'I', 'f', 'F', 'ı', 'İ', 'ß', 'é', 'e\u0301', '-', '\u00ad') }),
    fc.constantFrom('IfExists', 'BoolIfExists', 'StringLikeIFEXISTS', 'ForAnyValue', ''),
  );
  const alike = fc.property(text, text, (first, second) => {
    expect(replaced[name](first, second)).toBe(own[name](first, second));
  });
  void fc.assert(alike);
});

test('the evaluator decides by them', () => {
  const simulator = require.resolve('@cloud-copilot/iam-simulate');
  expect(require.resolve(POLICIES, { paths: [dirname(simulator)] })).toBe(require.resolve(POLICIES));

  const ends = replaced.caseInsensitiveEndsWith;
  const asked: string[] = [];
  replaced.caseInsensitiveEndsWith = (value, suffix) => {
    asked.push(value);
    return ends(value, suffix);
  };
  try {
    const Condition = { boolifexists: { 'aws:MultiFactorAuthPresent': 'true' } };
    const Statement = [{ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*', Condition }];
    const policies = [{ Version: '2012-10-17', Statement }];
    const request = { caller: user('olga'), action: 'iam:ListUsers', resource: '*', policies };
    expect(decideUnchecked({ ...request, signIn: 'a long-term key' })).toBe('Allowed');
    expect(decideUnchecked({ ...request, signIn: 'a session without MFA' })).toBe('ImplicitlyDenied');
  } finally {
    replaced.caseInsensitiveEndsWith = ends;
  }
  expect(asked).toContain('boolifexists');
});
