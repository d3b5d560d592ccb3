/** Random records that follow every rule, and large ones of a known shape. */
import * as fc from 'fast-check';
import {
  type FleetRecord,
  type Holder,
  type SlotToken,
  TOKEN_TYPES,
  type Token,
} from '../../../lib/record/record';
import {
  CUSTODY_RULE,
  FLEET_RULE,
  SERIAL_RULE,
  SLOT_RULE,
  type TextRule,
  textProblem,
} from '../../../lib/record/rules';
import { repetitions } from '../../support/extent';

/** Checks that something holds of random values; see `extent` for the number of runs. */
export function forAll<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns = 200): void {
  // biome-ignore lint/nursery/noFloatingPromises: a property without promises
  fc.assert(fc.property(values, holds), { numRuns: repetitions(numRuns) });
}

/** Checks the same values in every run, for a test that counts which cases came up. */
export function forTheSame<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns: number): void {
  // biome-ignore lint/nursery/noFloatingPromises: a property without promises
  fc.assert(fc.property(values, holds), { numRuns, seed: 1 });
}

/** IAM user names that are something else to JavaScript. */
export const TREACHEROUS_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '123',
  '0',
];

function textOf(characters: string, rule: TextRule, maxLength: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength })
    .filter((text) => textProblem(rule, text) === undefined);
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789-';

export const fleetName = textOf(LOWER, FLEET_RULE, 12);
export const slotName = fc.oneof(fc.constantFrom('primary', 'backup'), textOf(LOWER, SLOT_RULE, 8));
export const serial = textOf(`${LOWER}ABCXYZ`, SERIAL_RULE, 14);
export const holderName = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...TREACHEROUS_NAMES) },
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom(...'abcXYZ019_+=,.@-'), minLength: 1, maxLength: 16 }),
  },
);

/** Texts with quotes, backslashes, braces, accents, other scripts and characters beyond the basic plane. */
const custodyText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'ab {}"\\$é漢🔑'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 20,
  })
  .filter((text) => textProblem(CUSTODY_RULE, text) === undefined);

const kind = fc.oneof(
  fc.constant({ type: 'programmable' as const }),
  fc.constantFrom(...TOKEN_TYPES.filter((type) => type !== 'molto2')).map((type) => ({ type })),
  fc.integer({ min: 0, max: 99 }).map((profile) => ({ type: 'molto2' as const, profile })),
);

interface Draft {
  readonly kind: Pick<Token, 'type' | 'profile'>;
  readonly custody: string | undefined;
}

const draft: fc.Arbitrary<Draft> = fc.record({ kind, custody: fc.option(custodyText, { nil: undefined }) });

/** Writes a serial as AWS prints them: 9 to 32 upper-case letters and digits. */
function printedSerial(text: string): string {
  return `GA${Buffer.from(text.toLowerCase()).toString('hex').toUpperCase().padStart(7, '0')}`;
}

function tokenOf(serialText: string, { kind: { type, profile }, custody }: Draft): Token {
  return {
    serial: type === 'hardware-totp' ? printedSerial(serialText) : serialText,
    type,
    ...(profile === undefined ? {} : { profile }),
    ...(custody === undefined ? {} : { custody }),
  };
}

const slots = fc.uniqueArray(fc.tuple(slotName, draft), {
  minLength: 1,
  maxLength: 8,
  selector: ([slot]) => slot,
});

/** Valid records in any order, unlike those that are parsed. */
export const randomRecord: fc.Arbitrary<FleetRecord> = fc
  .tuple(
    fleetName,
    fc.uniqueArray(fc.tuple(holderName, slots), {
      minLength: 1,
      maxLength: 12,
      selector: ([name]) => name.toLowerCase(),
    }),
    fc.array(draft, { maxLength: 6 }),
    fc.uniqueArray(serial, { minLength: 102, maxLength: 102, selector: (text) => text.toLowerCase() }),
  )
  .map(([fleet, drafts, spares, serials]) => {
    const unused = [...serials];
    function next(): string {
      return unused.pop() ?? '';
    }
    const holders: Holder[] = drafts.map(([name, tokens]) => ({
      name,
      tokens: tokens.map(([slot, token]): SlotToken => ({ slot, ...tokenOf(next(), token) })),
    }));
    return { fleet, holders, roots: [], spares: spares.map((spare) => tokenOf(next(), spare)) };
  });

const account = fc.oneof(fc.constant('000000000000'), fc.stringMatching(/^[0-9]{12}$/));

/** Moves the first holders of a random record to root, of the stack's account or of others. */
export const randomRecordWithRoots: fc.Arbitrary<FleetRecord> = fc
  .tuple(
    randomRecord,
    fc.oneof(fc.constant(['self']), fc.uniqueArray(account, { minLength: 1, maxLength: 8 })),
  )
  .map(([record, accounts]) => ({
    ...record,
    holders: record.holders.slice(accounts.length),
    roots: record.holders
      .slice(0, accounts.length)
      .map(({ tokens }, index) => ({ account: accounts[index] ?? 'self', tokens })),
  }));

const GIVEN = [
  'alice',
  'robert',
  'chandra',
  'mei',
  'oluwaseun',
  'francesca',
  'jan',
  'katarzyna',
  'dmitri',
  'yuki',
  'sofia',
];
const FAMILY = [
  'smith',
  'garcia',
  'nakamura',
  'oconnor',
  'vandenberg',
  'li',
  'petrov',
  'adeyemi',
  'johansson',
];

/** A workforce with two tokens each, names of about 17 characters and 36 places of custody. */
export function workforce(holders: number): FleetRecord {
  function place(i: number): string {
    return `site ${String(i % 36).padStart(2, '0')} fireproof safe`;
  }
  function token(slot: string, prefix: string, i: number): SlotToken {
    return {
      slot,
      serial: `${prefix}${String(i).padStart(7, '0')}`,
      type: 'programmable',
      custody: place(i * 7 + prefix.length + Number(prefix)),
    };
  }
  return {
    fleet: 'workforce',
    holders: Array.from({ length: holders }, (_, i) => ({
      name: `${GIVEN[i % GIVEN.length]}.${FAMILY[(i * 5) % FAMILY.length]}${i}`,
      tokens: [token('primary', '8659622', i), token('backup', '8659610', i)],
    })),
    roots: [],
    spares: [],
  };
}
