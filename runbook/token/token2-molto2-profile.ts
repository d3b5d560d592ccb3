/** The public block of a profile of a Molto2: everything that the token tells about it without authentication. */
import { MalformedAnswerError, type Occupancy } from './driver';

/** The public block: 29 bytes under the tags 95 and 70. */
const BLOCK_START = [0x95, 0x1f, 0x70, 0x1d] as const;
const TITLE_START = 5;
const TITLE_END = 21;
const BLOCK_END = 33;

/** The public content of a profile. */
export interface PublicBlock {
  readonly title: string;
  readonly algorithm: number;
  readonly stepSeconds: number;
  readonly digits: number;
  /** 1: it holds a seed; 0: it holds none. No other value is known. */
  readonly seedPresent: number;
}

/** A profile does not hold what the caller read there, or the caller never read it. Nothing was written. */
export class ProfileTakenError extends Error {
  public override readonly name = 'ProfileTakenError';

  public constructor(
    public readonly profile: number,
    /** The title of the profile. */
    public readonly label: string,
  ) {
    super(`profile ${profile} holds a seed titled "${label}"`);
  }
}

/**
 * Parses the data of the answer to "read profile":
 *
 *     95 1F 70 1D flag title(16, padded with 00) time(4) time(4) algorithm step digits seed-present
 *
 * @returns `undefined` if the bytes have another form
 */
export function parsePublicBlock(data: Uint8Array): PublicBlock | undefined {
  if (data.length !== BLOCK_END || BLOCK_START.some((byte, i) => data[i] !== byte)) {
    return undefined;
  }
  const [algorithm = 0, stepSeconds = 0, digits = 0, seedPresent = 0] = data.subarray(-4);
  const title = Buffer.from(data.subarray(TITLE_START, TITLE_END)).toString('latin1');
  return { title: title.replace(/\0+$/, ''), algorithm, stepSeconds, digits, seedPresent };
}

/** Tells from the public block whether the profile holds a seed. A value that nobody knows may mean one: a person is asked. */
export function occupancyOf({ seedPresent, title }: PublicBlock): Occupancy {
  return seedPresent === 0 ? { state: 'empty' } : { state: 'filled', label: title };
}

/** Gives the label of a place that is filled. */
export function labelOf(occupancy: Occupancy): string {
  return occupancy.state === 'filled' ? occupancy.label : '';
}

/** Compares a block with what was written. @throws MalformedAnswerError if the token accepted it but does not show it */
export function refuseOther(block: PublicBlock, expected: Partial<PublicBlock>): void {
  const actual = new Map<string, string | number>(Object.entries(block));
  for (const [field, value] of Object.entries(expected)) {
    if (actual.get(field) !== value) {
      const detail = `${field} is "${actual.get(field)}" after "${value}" was written`;
      throw new MalformedAnswerError('read profile', detail);
    }
  }
}
