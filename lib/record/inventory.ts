/** The inventory: the `tokens.yaml` that people edit and review, parsed with the line of every mistake. */
import type { FleetRecord } from './record';

/** One mistake in an inventory. */
export interface InventoryProblem {
  /** 1-based line in the file. */
  readonly line: number;
  /** 1-based column. */
  readonly column: number;
  /** Where in the document, such as `holders.alice.breakglass[1].serial`. */
  readonly path: string;
  /** What is wrong, with the offending value. */
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Every mistake found in an inventory; the message is one `file:line:column: …` line for each, with its fix. */
export class InventoryError extends Error {
  public override readonly name = 'InventoryError';

  public constructor(
    public readonly file: string,
    public readonly problems: readonly InventoryProblem[],
  ) {
    super(
      problems
        .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}; ${problem.fix}`)
        .join('\n'),
    );
  }
}

/**
 * Parses `tokens.yaml` into the record it declares.
 *
 * @param text the file's content
 * @param file the file's name, for messages only
 * @throws InventoryError naming the file, the line, the value and the fix of every mistake
 */
export function parseInventory(_text: string, _file: string): FleetRecord {
  throw new Error('being written');
}
