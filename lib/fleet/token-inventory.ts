/** The inventory for constructs: the app reads the file, and this class parses and checks it. */
import { parseInventory } from '../record/inventory';
import { type FleetRecord, generationOf } from '../record/record';

/**
 * A fleet's declared tokens: `tokens.yaml`, parsed and checked.
 *
 * Constructs never read files: the app reads the text and passes it on.
 *
 * @example
 * const inventory = TokenInventory.fromYaml(readFileSync('tokens.yaml', 'utf8'), 'tokens.yaml');
 */
export class TokenInventory {
  /**
   * Parses an inventory.
   *
   * @param text the content of the file
   * @param fileName the file's name, for messages only
   * @throws an error naming the file, the line, the value and the fix of every mistake
   */
  public static fromYaml(text: string, fileName: string): TokenInventory {
    return new TokenInventory(parseInventory(text, fileName));
  }

  /** The fleet's name. */
  public readonly fleet: string;
  /** The IAM user names of the fleet's holders, in alphabetical order. */
  public readonly holderNames: string[];
  /** The number of declared tokens, those of root and spares included. */
  public readonly tokenCount: number;
  /** The SHA-256 of the record this inventory declares, as 64 lower-case hexadecimal digits. */
  public readonly generation: string;

  /** @internal */
  public readonly _record: FleetRecord;

  private constructor(record: FleetRecord) {
    this._record = record;
    this.fleet = record.fleet;
    this.holderNames = record.holders.map((holder) => holder.name).sort();
    this.tokenCount = [...record.holders, ...record.roots].reduce(
      (count, { tokens }) => count + tokens.length,
      record.spares.length,
    );
    this.generation = generationOf(record);
  }
}
