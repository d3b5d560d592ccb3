/** Reads `tokens.yaml` on this machine. */
import type { InventoryFile } from '../../lib/record/inventory';
import type { Files } from '../files/files';
import { RunbookError } from '../runbook-error';

const SHOWN_MISTAKES = 5;

/**
 * Reads the inventory of a fleet; `undefined` if no file is named and there is none, or it is of another fleet.
 *
 * @param named the file that the person named; without one `tokens.yaml` is read, if it exists
 * @throws RunbookError `inventory/unreadable`, `inventory/invalid`, `inventory/other-fleet`
 */
export async function readInventory(
  files: Pick<Files, 'read'>,
  fleet: string,
  named: string | undefined,
): Promise<(InventoryFile & { readonly file: string }) | undefined> {
  const file = named ?? 'tokens.yaml';
  const text = await readText(file, files);
  if (text === undefined) {
    if (named !== undefined) {
      throw unreadable(file, 'there is no such file');
    }
    return undefined;
  }
  const found = parse(text, file);
  if (found.record.fleet === fleet) {
    return { ...found, file };
  }
  if (named === undefined) {
    return undefined;
  }
  throw new RunbookError(
    'inventory/other-fleet',
    `${file} is for fleet ${found.record.fleet}, but the plan is for fleet ${fleet}`,
    {
      hints: [
        `plan the fleet of the file: \`{command with --fleet ${found.record.fleet}}\``,
        `or name the file of ${fleet}: \`{command with --inventory FILE}\``,
      ],
    },
  );
}

async function readText(file: string, files: Pick<Files, 'read'>): Promise<string | undefined> {
  try {
    return await files.read(file);
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): RunbookError {
  return new RunbookError('inventory/unreadable', `the inventory ${file} cannot be read: ${why}`, {
    hints: ['name the file that was deployed: `{command with --inventory FILE}`'],
    cause,
  });
}

function parse(text: string, file: string): InventoryFile {
  // Loaded here, because the YAML parser and the schema would slow down the start of every other command.
  const {
    parseInventoryFile,
    InventoryError,
  }: typeof import('../../lib/record/inventory') = require('../../lib/record/inventory');
  try {
    return parseInventoryFile(text, file);
  } catch (error) {
    if (!(error instanceof InventoryError)) {
      throw error;
    }
    const lines = error.message.split('\n');
    const more = lines.length - SHOWN_MISTAKES;
    throw new RunbookError(
      'inventory/invalid',
      `${file} has ${lines.length === 1 ? 'a mistake' : `${lines.length} mistakes`}`,
      {
        hints: [
          ...lines.slice(0, SHOWN_MISTAKES),
          ...(more > 0 ? [`and ${more} more`] : []),
          'then run `{command}` again',
        ],
        cause: error,
      },
    );
  }
}
