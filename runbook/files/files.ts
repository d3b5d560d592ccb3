/** Access to the files of this machine, behind a port. */

/** A file is not used: others may write to its folder, or a pipe or a device is in its place. */
export class UnsafeFileError extends Error {
  public override readonly name = 'UnsafeFileError';
  /** Callers that look at codes take it for an error of the disk. */
  public readonly code = 'EPERM';

  public constructor(
    /** The path of the folder, or of what is not a file. */
    public readonly path: string,
    /** The reason: `mode 0777`. */
    public readonly finding: string,
    public readonly kind: 'file' | 'folder',
  ) {
    super(`${path} is not used: ${finding}`);
  }
}

/** A file that did not exist before. */
export interface NewFile {
  /** Adds text to its end. */
  append(text: string): Promise<void>;
  /** Waits until everything is written, and closes it. */
  close(): Promise<void>;
}

/** Access to files that a person names, or that this program keeps for them. */
export interface Files {
  /** Reads a file; `undefined` if it does not exist. */
  read(path: string): Promise<string | undefined>;
  /**
   * Writes a file completely or not at all, and creates its folder. A pipe or a device is written to; a link stays, and
   * a file keeps its mode.
   *
   * @param mode of a new file, such as 0o600
   */
  write(path: string, text: string, mode: number): Promise<void>;
  /**
   * Edits a file that holds secrets, one process after the other.
   *
   * @param change makes the new bytes of the old; there are none if there is no file. Nothing is written for the same bytes
   * @param mode of a new file, such as 0o600
   * @throws UnsafeFileError
   */
  edit(path: string, change: (bytes: Uint8Array) => Promise<Uint8Array>, mode: number): Promise<void>;
  /** Deletes a file. */
  remove(path: string): Promise<void>;
  /**
   * Creates a file, and never replaces one or follows a link.
   *
   * @param mode such as 0o600
   * @throws Error with code EEXIST if anything has that name
   */
  create(path: string, mode: number): Promise<NewFile>;
  /** Folder for what must last: `$XDG_STATE_HOME/mfa-runbook`. */
  readonly stateFolder: string;
  /** Folder for what may be lost: `$XDG_CACHE_HOME/mfa-runbook`. */
  readonly cacheFolder: string;
}
