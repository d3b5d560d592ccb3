/** Files that nobody but the person may read, behind a port. */

/** Why a file is not believed. */
export type PrivateFileFault =
  /** Others may read or write it. */
  | 'mode'
  /** It belongs to somebody else. */
  | 'owner'
  /** A link, a folder, a pipe. */
  | 'not-a-file';

/** A file that is not believed. */
export class PrivateFileError extends Error {
  public override readonly name = 'PrivateFileError';

  public constructor(
    public readonly fault: PrivateFileFault,
    public readonly path: string,
    /** What was found: `mode 0644`. */
    public readonly finding: string,
  ) {
    super(`${path}: ${finding}`);
  }
}

/** What the sessions keep on this machine beside what `Files` does. */
export interface PrivateFiles {
  /**
   * The text of a file of mode 0600 (or stricter) of this person; `undefined` where there is none.
   *
   * @throws PrivateFileError
   */
  read(path: string): Promise<string | undefined>;
  /** Makes an empty file of mode 0600 and its folder, exclusively. @returns false where it exists already */
  claim(path: string): Promise<boolean>;
  /** Names of the files in a folder; none where there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Takes a file away, if it is there. */
  remove(path: string): Promise<void>;
}
