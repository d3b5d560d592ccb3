/** Generates `tokens.schema.json`, by which editors complete and underline `tokens.yaml`; run it to write the file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { InventorySchema } from '../../lib/record/schema';

/** Where the generated schema is kept. */
export const TOKENS_SCHEMA_FILE = join(__dirname, '..', '..', 'tokens.schema.json');

/** The text of `tokens.schema.json`. */
export function formatTokensSchema(): string {
  const schema = toJsonSchema(InventorySchema, {
    typeMode: 'input',
    // JSON Schema has no flags, and a pattern with Unicode classes means something else without `u`.
    overrideAction: ({ valibotAction, jsonSchema, errors }) => {
      if (valibotAction.type !== 'regex' || errors === undefined) {
        return undefined;
      }
      const { pattern: _, ...withoutPattern } = jsonSchema;
      return withoutPattern;
    },
  });
  // Lists of words on one line, as the formatter has them.
  const text = JSON.stringify(schema, null, 2).replace(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, words: string) => `[${words.replace(/\s*\n\s*/g, ' ')}]`,
  );
  return `${text}\n`;
}

if (require.main === module) {
  writeFileSync(TOKENS_SCHEMA_FILE, formatTokensSchema());
}
