/** The record as SSM parameters: one manifest and 2^n pages, each a compact ASCII JSON text of at most 4 KB. */
import type { FleetRecord } from './record';

/** The largest value of a standard-tier SSM parameter, in bytes. */
export const PAGE_BYTES = 4096;

/** An SSM string parameter. */
export interface RecordParameter {
  readonly name: string;
  readonly value: string;
}

/** What the manifest says, so that a reader can tell a whole record from a half-deployed or edited one. */
export interface RecordManifest {
  readonly schema: number;
  readonly fleet: string;
  readonly generation: string;
  readonly pages: number;
  readonly holders: number;
  readonly tokens: number;
}

/** Why a deployed record was refused. */
export type RecordFault = 'missing' | 'newer-schema' | 'incomplete' | 'malformed' | 'digest';

/** A deployed record that must not be trusted. The message names the parameter, the value and the fix. */
export class RecordError extends Error {
  public override readonly name = 'RecordError';

  public constructor(
    public readonly fault: RecordFault,
    /** The parameter at fault. */
    public readonly parameter: string,
    message: string,
    /** The next thing to do. */
    public readonly hint: string,
  ) {
    super(message);
  }
}

/** A verified record and its manifest. */
export interface DeployedRecord {
  readonly manifest: RecordManifest;
  readonly record: FleetRecord;
}

/** The page a holder is on: the first log2(pages) bits of the SHA-256 of its name. `pages` is a power of two. */
export function pageOf(_name: string, _pages: number): number {
  throw new Error('being written');
}

/** Writes a record as parameters, the manifest first, in the smallest power of two of pages that fits. */
export function formatRecord(_record: FleetRecord): readonly RecordParameter[] {
  throw new Error('being written');
}

/**
 * Reads a record back from every parameter below `recordPath(fleet)` and recomputes its generation.
 *
 * @throws RecordError when the record is missing, half-deployed, edited by hand, or of a newer schema
 */
export function parseRecord(_fleet: string, _parameters: readonly RecordParameter[]): DeployedRecord {
  throw new Error('being written');
}
