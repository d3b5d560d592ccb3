/**
 * The schema of `tokens.yaml`. The parser judges by it, and `tokens.schema.json`, which editors use, is generated from it
 * (test/support/write-tokens-schema.ts).
 *
 * Every message has two lines: the problem and the fix. For a wrong type, the message says what the value must be; the
 * parser, which has the source text, adds what it is.
 */
import * as v from 'valibot';
import { TOKEN_TYPES } from './record';
import {
  ACCOUNT_RULE,
  CUSTODY_RULE,
  countProblem,
  FLEET_RULE,
  MAX_TOKENS_PER_HOLDER,
  PROFILE_RANGE,
  type Problem,
  type RecordPath,
  SERIAL_RULE,
  SLOT_RULE,
  type TextRule,
  textProblem,
  USER_RULE,
  userProblem,
} from './rules';
import {
  CURRENCY_RULE,
  DEFAULT_SUPPLY,
  MODEL_RULE,
  PRICE_RANGE,
  SUPPLY_RANGES,
  type SupplyNumber,
} from './supply';
import { WRITTEN_SERIAL_RULE } from './written-serial';

/**
 * Forbids profiles of other types than molto2, and blanks in other serials than printed ones, in JSON Schema's own
 * terms, because valibot has no action for it.
 */
const TOKEN_RULES = {
  if: { properties: { type: { const: 'molto2' } }, required: ['type'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['profile'] },
  else: { properties: { profile: false } },
  allOf: [
    {
      if: { properties: { type: { const: 'hardware-totp' } }, required: ['type'] },
      else: { properties: { serial: { pattern: SERIAL_RULE.pattern.source } } },
    },
  ],
};

function twoLines(problem: Problem | undefined): string {
  return problem === undefined ? '' : `${problem.message}\n${problem.fix}`;
}

function text(
  rule: TextRule,
  description: string,
  problemOf: (input: string) => Problem | undefined = (input) => textProblem(rule, input),
) {
  function message(issue: { readonly input: string }) {
    return twoLines(problemOf(issue.input));
  }
  return v.pipe(
    v.string(`must be text\n${rule.fix}`),
    v.minLength(1, message),
    v.maxLength(rule.maxLength, message),
    v.regex(rule.pattern, message),
    v.description(description),
  );
}

/** Returns the messages of a mapping, for a wrong type and for a missing key; the parser has its own for an unknown key. */
function mapping(noun: string, whatToAdd: Readonly<Record<string, string>>) {
  return (issue: { readonly expected: string | null }) => {
    const key = /^"(.*)"$/.exec(issue.expected ?? '')?.[1];
    return key === undefined
      ? `must be a mapping with ${Object.keys(whatToAdd).join(' and ')}\nwrite ${Object.values(whatToAdd).join(', ')}`
      : `${noun} has no ${key}\nadd ${whatToAdd[key] ?? key}`;
  };
}

function profileMessage(issue: { readonly input: unknown }) {
  return `profile ${String(issue.input)} is not a profile of a molto2 token\nuse a whole number from 0 to 99`;
}

const tokenEntries = {
  serial: v.pipe(
    text(WRITTEN_SERIAL_RULE, 'The serial printed on the token, in quotes.'),
    v.examples(['86596220000001', 'GAHT 1234 5678']),
  ),
  type: v.optional(
    v.pipe(
      v.picklist(TOKEN_TYPES, `must be a type of token\nuse one of ${TOKEN_TYPES.join(', ')}`),
      v.description(
        'programmable (burned over NFC), oath (a YKOATH security key), molto2 (a multi-profile token), hardware-totp (AWS already knows its seed) or fido2 (enrolled in a browser).',
      ),
    ),
    'programmable',
  ),
  profile: v.exactOptional(
    v.pipe(
      v.number('must be a whole number from 0 to 99\nwrite it without quotes, such as profile: 7'),
      v.integer(profileMessage),
      v.minValue(PROFILE_RANGE.min, profileMessage),
      v.maxValue(PROFILE_RANGE.max, profileMessage),
      v.description('Profile of a molto2 token: one token holds up to 100 seeds.'),
      v.examples([7]),
    ),
  ),
  custody: v.exactOptional(text(CUSTODY_RULE, 'Where the token is kept.')),
};

const SERIAL_EXAMPLE = 'serial: "86596220000001", as printed on the token';

/** A token in a holder's slot. */
export const SlotTokenSchema = v.pipe(
  v.strictObject(
    { slot: text(SLOT_RULE, 'primary, backup, …: unique for the holder.'), ...tokenEntries },
    mapping('the token', { slot: 'slot: primary', serial: SERIAL_EXAMPLE }),
  ),
  v.metadata(TOKEN_RULES),
);

/** A token that nobody holds yet. */
export const SpareSchema = v.pipe(
  v.strictObject(tokenEntries, mapping('the spare', { serial: SERIAL_EXAMPLE })),
  v.metadata(TOKEN_RULES),
);

/** Lists the tokens of one owner. @param path that of the list, for messages only */
function ownerTokens(path: RecordPath, description: string) {
  function message(issue: { readonly input: readonly unknown[] }) {
    return twoLines(countProblem(path, issue.input.length));
  }
  return v.pipe(
    v.array(
      SlotTokenSchema,
      'must be a list of tokens\nwrite one line "- { slot: …, serial: … }" for each token',
    ),
    v.minLength(1, message),
    v.maxLength(MAX_TOKENS_PER_HOLDER, message),
    v.description(description),
  );
}

/** The tokens of one holder. */
export const HolderTokensSchema = ownerTokens(['holders'], 'The tokens of this IAM user, at most 8.');

/** The tokens of one holder or of root. */
export type OwnerTokens = v.InferInput<typeof HolderTokensSchema>;

/** Every holder and its tokens. Valibot skips some names; see judgment.ts. */
export const HoldersSchema = v.pipe(
  v.record(
    text(USER_RULE, 'Name of an IAM user.', userProblem),
    HolderTokensSchema,
    'must be a mapping of IAM user names to their tokens\nwrite the name, a colon, and the list of its tokens below',
  ),
  v.minEntries(1, 'the fleet has no holders\nadd the IAM user name of a holder and its tokens'),
  v.description('Who holds which tokens: IAM user names, each with a list of tokens.'),
);

/** The root users of accounts, and their tokens. */
export const RootsSchema = v.pipe(
  v.record(
    text(ACCOUNT_RULE, 'Account id, 12 digits in quotes.'),
    ownerTokens(['roots'], 'The tokens of the root user of this account, at most 8.'),
    'must be a mapping of account ids to the tokens of root\nwrite the 12 digits in quotes, a colon, and the list of tokens below',
  ),
  v.minEntries(
    1,
    'roots: names no account\nadd the 12 digits of an account in quotes and the tokens of its root',
  ),
  v.description(
    'The tokens of root users: account ids of 12 digits in quotes, each with a list of tokens. Not in GovCloud.',
  ),
  v.examples([
    { '123456789012': [{ slot: 'primary', serial: '826658719844499', type: 'molto2', profile: 0 }] },
  ]),
);

const RootSchema = v.pipe(
  ownerTokens(
    ['root'],
    'The tokens of the root user of the account of the stack; for other accounts, use roots.',
  ),
  v.examples([
    [{ slot: 'primary', serial: '86596220000005', type: 'programmable', custody: 'HQ fireproof safe' }],
  ]),
);

function wholeNumber(key: SupplyNumber, description: string) {
  const { min, max } = SUPPLY_RANGES[key];
  const range = `a whole number from ${min} to ${max}`;
  function message(issue: { readonly input: unknown }) {
    return `${key} ${String(issue.input)} is not ${range}\nuse ${range}`;
  }
  return v.exactOptional(
    v.pipe(
      v.number(`must be ${range}\nwrite it without quotes, such as ${key}: ${DEFAULT_SUPPLY[key]}`),
      v.integer(message),
      v.minValue(min, message),
      v.maxValue(max, message),
      v.description(`${description} Default ${DEFAULT_SUPPLY[key]}.`),
    ),
  );
}

function priceMessage(issue: { readonly input: unknown }) {
  return `price ${String(issue.input)} is not a price\nuse ${PRICE_RANGE.min} to ${PRICE_RANGE.max}`;
}

/** The price of one token of a model. supply.ts checks that it is in whole cents. */
export const PriceSchema = v.strictObject(
  {
    model: text(MODEL_RULE, 'The model, in your own words.'),
    price: v.pipe(
      v.number('must be a number\nwrite it without quotes and currency, such as price: 16.50'),
      v.minValue(PRICE_RANGE.min, priceMessage),
      v.maxValue(PRICE_RANGE.max, priceMessage),
      v.description('What one costs, with at most two decimals.'),
    ),
  },
  mapping('the price', { model: 'model: and its name', price: 'price: and what one costs' }),
);

/** The supply of tokens that the fleet needs. */
export const SupplySchema = v.pipe(
  v.strictObject(
    {
      tokensPerHolder: wholeNumber('tokensPerHolder', 'How many tokens each holder should have.'),
      spares: wholeNumber('spares', 'How many spares to hold in stock.'),
      serviceYears: wholeNumber('serviceYears', 'How many years a token lasts.'),
      proveEveryDays: wholeNumber('proveEveryDays', 'How many days old the last proof of a token may be.'),
      orderAheadMonths: wholeNumber(
        'orderAheadMonths',
        'How many months before the end of its service a token’s successor is ordered.',
      ),
      order: v.exactOptional(text(MODEL_RULE, 'The model to order; not needed with one price.')),
      currency: v.exactOptional(text(CURRENCY_RULE, 'Currency of the prices, such as EUR.')),
      prices: v.exactOptional(
        v.pipe(
          v.array(
            PriceSchema,
            'must be a list of prices\nwrite one line "- { model: …, price: … }" for each model',
          ),
          v.description('What one token of each model costs.'),
        ),
      ),
    },
    'must be a mapping\nwrite the keys below it, such as tokensPerHolder: 2, or leave it out',
  ),
  v.description('How many tokens the fleet wants and what they cost, for `mfa-runbook plan`; not deployed.'),
);

/** A whole inventory. */
export const InventorySchema = v.pipe(
  v.strictObject(
    {
      fleet: text(FLEET_RULE, 'Name of the fleet; part of the paths of its SSM parameters and MFA devices.'),
      holders: v.exactOptional(HoldersSchema),
      root: v.exactOptional(RootSchema),
      roots: v.exactOptional(RootsSchema),
      spares: v.exactOptional(
        v.pipe(
          v.array(
            SpareSchema,
            'must be a list of tokens\nwrite one line "- { serial: … }" for each, or leave it out',
          ),
          v.description('Tokens in stock that nobody holds yet.'),
        ),
      ),
      supply: v.exactOptional(SupplySchema),
    },
    mapping('the inventory', {
      fleet: 'fleet: and the name of the fleet',
      holders: 'holders: and the tokens of each IAM user',
    }),
  ),
  v.title('Inventory of MFA tokens'),
  v.description('Which physical token belongs to which IAM user, and to which root user.'),
  v.metadata({
    anyOf: [{ required: ['holders'] }, { required: ['root'] }, { required: ['roots'] }],
    not: { required: ['root', 'roots'] },
  }),
);
