/** An enrolment that a session begins after, and does not show. */
import type { VirtualToken2Single } from '../tokens/token2-single';
import type { Stage } from './stage';

/** Long enough for STS to know the device, and short enough to be of today. */
const AFTERWARDS_MS = 600_000;

/** Enrols a token by the command itself, ten minutes ago; takes it off the reader. */
export async function ownEnrolment(
  { bench }: Stage,
  { holder, slot, token }: { readonly holder: string; readonly slot: string; readonly token: VirtualToken2Single },
): Promise<void> {
  bench.readers.lay(token);
  const audience = stage.audience;
}
