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
  /** Writes a file completely or not at all, and creates its folder. @param mode such as 0o600 */
  write(path: string, text: string, mode: number): Promise<void>;
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
