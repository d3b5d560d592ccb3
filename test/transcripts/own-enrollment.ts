/** An enrollment that happened before a transcript begins, and is not shown. */
import type { VirtualToken2Single } from '../tokens/token2-single';
import { AttentiveOperator } from './attentive-operator';
import type { Stage } from './stage';

/** Long enough for STS to know the device, and short enough to be of today. */
const AFTERWARDS_MS = 600_000;

/** Whose token. */
interface OwnEnrollment {
  readonly holder: string;
  readonly slot: string;
  readonly token: VirtualToken2Single;
}

/**
 * Enrolls a token by the command itself, takes it off the reader, and lets ten minutes go by.
 *
 * @throws Error where the command refuses
 */
export async function ownEnrollment(stage: Stage, { holder, slot, token }: OwnEnrollment): Promise<void> {
  const { bench, clock, audience } = stage;
  const operator = new AttentiveOperator(stage);
  stage.audience = operator;
  bench.readers.lay(token);
  const { exitCode } = await bench.run('enroll', holder, '--slot', slot, '--codes', '1');
  stage.audience = audience;
  if (exitCode !== 0) {
    throw new Error(`not enrolled:\n${operator.lines.join('\n')}`);
  }
  bench.readers.pull();
  clock.advance(AFTERWARDS_MS);
}
