import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { formatTokensSchema, TOKENS_SCHEMA_FILE } from '../../support/write-tokens-schema';

const ROOT = join(__dirname, '../../..');

test('the committed tokens.schema.json is what the schema generates (npx tsx test/support/write-tokens-schema.ts)', () => {
  expect(readFileSync(TOKENS_SCHEMA_FILE, 'utf8')).toBe(formatTokensSchema());
});

test('the example inventory names its schema to editors', () => {
  const [first] = readFileSync(join(ROOT, 'tokens.yaml'), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=./tokens.schema.json');
});

test('editors know every key and type, and that a profile goes with molto2', () => {
  const schema = JSON.parse(formatTokensSchema());
  const token = schema.properties.holders.additionalProperties.items;
  expect(Object.keys(token.properties)).toEqual(['slot', 'serial', 'type', 'profile', 'custody']);
  expect(token.required).toEqual(['slot', 'serial']);
  expect(token.additionalProperties).toBe(false);
  expect(token.then).toEqual({ required: ['profile'] });
  expect(token.else).toEqual({ properties: { profile: false } });
  expect(schema.properties.spares.items.required).toEqual(['serial']);
  expect(schema.properties.holders.minProperties).toBe(1);
});

test('editors know the keys of the supply and the ranges of its numbers', () => {
  const { supply } = JSON.parse(formatTokensSchema()).properties;
  expect(Object.keys(supply.properties)).toEqual([
    'tokensPerHolder',
    'spares',
    'serviceYears',
    'proveEveryDays',
    'orderAheadMonths',
    'order',
    'currency',
    'prices',
  ]);
  expect(supply.required).toEqual([]);
  expect(supply.additionalProperties).toBe(false);
  expect(supply.properties.tokensPerHolder).toMatchObject({ type: 'integer', minimum: 1, maximum: 8 });
  expect(supply.properties.prices.items.required).toEqual(['model', 'price']);
});

function bundledInputs(entry: string): readonly string[] {
  const { metafile } = buildSync({
    entryPoints: [join(ROOT, entry)],
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs);
}

test('reading a record loads neither yaml nor valibot', () => {
  for (const entry of [
    'lib/record/pages.ts',
    'lib/record/names.ts',
    'lib/record/record.ts',
    'lib/record/supply.ts',
  ]) {
    expect(bundledInputs(entry).filter((file) => file.includes('node_modules'))).toEqual([]);
  }
  expect(bundledInputs('lib/record/inventory.ts').join()).toContain('node_modules/valibot');
});
