/** Takes codes from a key that computes them: no display, no clock of its own, nothing to type. */
import type { Place } from '../../lib/record/place';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { type CodePair, counterAt, endOfStepMs, STEP_SECONDS } from '../token/codes';
import type { BurnTarget } from '../token/driver';
import type { CodeSource } from './code-source';
import { awaitNextCode } from './typed-code';

/** Computes the code of a step; `onTouch` is called when the key waits to be touched. */
export type ComputeCode = (counter: number, onTouch: () => void) => Promise<string>;

/** Has the key compute the codes of steps `counter - 1` and `counter`. */
async function keyPair(
  { terminal, signal }: Pick<Ports, 'terminal' | 'signal'>,
  compute: ComputeCode,
  counter: number,
): Promise<CodePair> {
  function onTouch(): void {
    terminal.note('touch the key');
  }
  async function both(): Promise<CodePair> {
    const first = await compute(counter - 1, onTouch);
    signal.throwIfAborted();
    return { codes: [first, await compute(counter, onTouch)], endsAtMs: endOfStepMs(counter) };
  }
  return terminal.during('the key computes two codes: leave it on the reader', both());
}

/**
 * Has the key compute two codes, and compares them with those of the seed.
 *
 * @throws RunbookError `code/wrong`
 */
export async function proveKeyCodes(
  ports: Pick<Ports, 'terminal' | 'signal' | 'clock'>,
  phase: Pick<SeedPhase, 'code' | 'pair'>,
  { serial, target }: { readonly serial: string; readonly target: BurnTarget },
): Promise<CodePair> {
  const counter = counterAt(ports.clock.now() / 1000);
  const pair = await keyPair(ports, (...given) => phase.code(target, ...given), counter);
  const expected = await phase.pair(counter);
  if (pair.codes[0] !== expected[0] || pair.codes[1] !== expected[1]) {
    throw new RunbookError('code/wrong', `${serial} computed codes that are not those of its seed`, {
      hints: [
        'run `{command}` again; if it happens again, the key does not keep what is written to it: use another one, declared in tokens.yaml',
      ],
    });
  }
  return pair;
}

/** A key on the reader. */
export class KeyCodes implements CodeSource {
  public readonly isClockKnown = true;
  /** The newest step that AWS was given the code of. */
  #last: number | undefined;

  public constructor(
    private readonly ports: Ports,
    private readonly compute: ComputeCode,
    private readonly place: Place,
  ) {}

  public async takePair(): Promise<CodePair> {
    const { aws, clock, terminal, usedCodes } = this.ports;
    await aws.renewSession();
    if (this.#last === undefined && (await usedCodes.isUsedNow(this.place))) {
      terminal.note('AWS was given a code of this key a moment ago, and accepts each code once');
      this.#last = counterAt(clock.now() / 1000);
    }
    await this.waitForNext();
    const counter = counterAt(this.ports.clock.now() / 1000);
    this.#last = counter;
    return keyPair(this.ports, this.compute, counter);
  }

  public async waitForNext(): Promise<void> {
    if (this.#last !== undefined) {
      await awaitNextCode(this.ports, (this.#last + 2) * STEP_SECONDS * 1000);
    }
  }
}
