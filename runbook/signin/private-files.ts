/** Files that only the person may read, behind a port. */
import { createHash } from 'node:crypto';

/** A file cannot be trusted: others may read or write it or its folder, or it is a link, a folder or a pipe. */
export class PrivateFileError extends Error {
  public override readonly name = 'PrivateFileError';

  public constructor(
    public readonly path: string,
    /** The reason: `mode 0644`. */
    public readonly finding: string,
    public readonly kind: 'file' | 'folder' = 'file',
  ) {
    super(`${path}: ${finding}`);
  }
}

/** The files of a person's sessions, as `Files` cannot handle them. */
export interface PrivateFiles {
  /**
   * Reads a file of mode 0600 (or stricter) of this person; `undefined` if there is none.
   *
   * @throws PrivateFileError
   */
  read(path: string): Promise<string | undefined>;
  /**
   * Writes a file of mode 0600 and its folder. A link is not followed.
   *
   * @throws PrivateFileError
   */
  write(path: string, text: string): Promise<void>;
  /** Creates an empty file of mode 0600 and its folder, exclusively. @returns false if it already exists @throws PrivateFileError */
  claim(path: string): Promise<boolean>;
  /** Lists the names in a folder; none if there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Removes a file, if it exists. */
  remove(path: string): Promise<void>;
}

/** Hashes a text that the name of a file must not reveal: SHA-256, hexadecimal. */
export function hashed(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
