/** `.ci/run` sets CI and runs every repetition; `npm test` runs a sample of long repetitions and sweeps, and says so. */
export const isFullExtent = !['', '0', 'false', undefined].includes(process.env.CI);

/** Defines a test that only runs in full: one that takes seconds and covers what a faster test samples. */
export const testInFull = isFullExtent ? test : test.skip;

/** Gives the number of repetitions: all of them, or a fifth. */
export function repetitions(all: number): number {
  return isFullExtent ? all : Math.ceil(all / 5);
}

/** Gives the places where a text of a length may be cut: all of them, or every fifth and those near the ends. */
export function cutsOf(length: number): readonly number[] {
  const all = Array.from({ length: length + 1 }, (_, at) => at);
  return isFullExtent ? all : all.filter((at) => at < 3 || at % 5 === 0 || at > length - 3);
}
