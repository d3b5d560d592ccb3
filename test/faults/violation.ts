/** Something that must never be, and was. */
export interface Violation {
  /** The name of the invariant. */
  readonly invariant: Invariant;
  readonly detail: string;
}

/** The names of the invariants. */
export type Invariant =
  /** A holder has never fewer working devices than before. */
  | 'working-devices'
  /** A stolen token is cut off before anything else is done. */
  | 'stolen-cut-off-first'
  /** An enabled device is proven: the token that it names holds exactly its seed. */
  | 'proven-before-enable'
  /** After a resume no unassigned device of ours is left. */
  | 'no-orphan'
  /** The enabled devices are those that the record declares. */
  | 'record-is-iam'
  /** Each enabled device has its evidence, in SSM and in a log, and ids are unique. */
  | 'evidence-complete'
  /** After a resume no journal is open. */
  | 'no-open-journal'
  /** No journal but a whole one is read. */
  | 'journal-whole'
  /** A second resume changes nothing. */
  | 'resume-idempotent'
  /** Devices that others made are unchanged. */
  | 'nothing-foreign-touched'
  /** The seed is nowhere. */
  | 'seed-nowhere'
  /** A machine whose clock is wrong changes nothing. */
  | 'clock-checked'
  /** A command that says it is done is done, and one that is tried again in a healthy world succeeds. */
  | 'done-is-done'
  /** A command that fails says what became of the token, truly, and how to go on. */
  | 'state-told'
  /** A card that answers whatever it likes gets nothing written to it unseen, and breaks no driver. */
  | 'hostile-card'
  /** Nothing crashes, hangs, or calls itself a defect. */
  | 'no-defect';
