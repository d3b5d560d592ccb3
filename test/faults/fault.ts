/** The faults of one external call of a process, and the kinds of call that can meet them. */

/** The kinds of external call: each waits for its turn, and each can fail. */
export type CallKind =
  | 'aws'
  /** A command to the card. */
  | 'card'
  /** Waiting for a card on the reader. */
  | 'lay'
  | 'prompt'
  | 'journal'
  | 'evidence'
  /** Another file of this machine. */
  | 'file'
  | 'sleep';

/** Faults of any call: the process dies, or its person presses Ctrl-C. */
const PROCESS_FAULTS = ['kill-before', 'kill-after', 'cancel'] as const;

/** Faults of each kind of call. */
const FAULTS_OF = {
  aws: [
    /** Every attempt is throttled: the SDK gives up. */
    'throttled',
    /** Every attempt ends with 500. */
    'server-error',
    /** Every attempt's connection breaks before AWS hears of it. */
    'lost-before',
    /** The first attempt is served and its answer lost; the SDK's second attempt is answered. */
    'lost-after',
    /** Every attempt is served and its answer lost. */
    'lost-after-all',
    'denied',
    /** 409: somebody else changes the same entity; once. */
    'busy',
    /** Answered after 25 s: later than the SDK waits, so that it asks again. */
    'slow',
    /** An intermediary answers for AWS, with a page, and AWS never hears of the call. */
    'intercepted-before',
    /** AWS does what was asked, and an intermediary answers in its place. */
    'intercepted-after',
    /** AWS answers after 50 s. */
    'late',
  ],
  card: [
    'pulled-before',
    'pulled-after',
    /** The person plugs the reader in again when the screen has asked for it twice. */
    'unplugged',
    /** pcscd runs again when the next command is started. */
    'service-stopped',
  ],
  /** The person lays on another token of theirs, or none. */
  lay: ['other-token', 'no-token'],
  /** The person mistypes, reads another token, types what it showed a minute ago, or ends the input. */
  prompt: ['wrong-code', 'other-token', 'old-code', 'hang-up'],
  journal: ['disk-full'],
  evidence: ['disk-full'],
  file: ['disk-full'],
  sleep: [],
} as const satisfies Readonly<Record<CallKind, readonly string[]>>;

export type Fault = (typeof FAULTS_OF)[CallKind][number] | (typeof PROCESS_FAULTS)[number];

/** One external call, as a plan sees it. */
export interface PlannedCall {
  /** Name of the process, such as `A` or `A resume`. */
  readonly process: string;
  readonly kind: CallKind;
  /** Such as `iam:EnableMFADevice`, `write seed`, `code`. */
  readonly name: string;
  /** The number of external calls that this process made before. */
  readonly index: number;
}

/** Says for each call whether and how it fails. */
export type FaultPlan = (call: PlannedCall) => Fault | undefined;

/** A healthy world. */
export const NO_FAULTS: FaultPlan = () => undefined;

/** Every fault that can befall a call of a kind. */
export function faultsOf(kind: CallKind): readonly Fault[] {
  return [...FAULTS_OF[kind], ...PROCESS_FAULTS];
}
