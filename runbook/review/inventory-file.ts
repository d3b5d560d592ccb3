/** Reads `tokens.yaml` on this machine. */
import type { InventoryFile } from '../../lib/record/inventory';
import type { Files } from '../files/files';
import { RunbookError } from '../runbook-error';

/** The file that is read if none is named. */
const DEFAULT_INVENTORY = 'tokens.yaml';

/** The request for an inventory. */
interface InventoryRequest {
  /** The file that the person named; otherwise DEFAULT_INVENTORY is read, if it exists. */
  readonly named: string | undefined;
  readonly fleet: string;
  /** The command line, for hints. */
  readonly command: string;
}

/** At most this many mistakes of an inventory are shown. */
const SHOWN_MISTAKES = 5;

/**
 * Reads the inventory of a fleet; `undefined` if no file is named and there is none, or it is of another fleet.
 *
 * @throws RunbookError `inventory/unreadable`, `inventory/invalid`, `inventory/other-fleet`
 */
export async function readInventory(
  request: InventoryRequest,
  files: Pick<Files, 'read'>,
): Promise<(InventoryFile & { readonly file: string }) | undefined> {
  const file = request.named ?? DEFAULT_INVENTORY;
  const text = await readText(file, files, request);
  if (text === undefined) {
    return undefined;
  }
  const found = parse(text, file, request);
  if (found.record.fleet === request.fleet) {
    return { ...found, file };
  }
  if (request.named === undefined) {
    return undefined;
  }
  throw new RunbookError(
    'inventory/other-fleet',
    `${file} is of fleet ${found.record.fleet}, the plan is of fleet ${request.fleet}`,
    { hints: [`pass --fleet ${found.record.fleet}, or --inventory with the file of ${request.fleet}`] },
  );
}

async function readText(
  file: string,
  files: Pick<Files, 'read'>,
  { named, command }: InventoryRequest,
): Promise<string | undefined> {
  function unreadable(why: string, cause?: unknown): RunbookError {
    return new RunbookError('inventory/unreadable', `the inventory ${file} cannot be read: ${why}`, {
      hints: [`pass --inventory with the file that was deployed, then run \`${command}\` again`],
      cause,
    });
  }
  let text: string | undefined;
  try {
    text = await files.read(file);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
  if (text === undefined && named !== undefined) {
    throw unreadable('there is no such file');
  }
  return text;
}

function parse(text: string, file: string, { command }: InventoryRequest): InventoryFile {
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
          `then run \`${command}\` again`,
        ],
        cause: error,
      },
    );
  }
}
