/** Two hundred pictures: each is read or refused, and none is misread. Six of them by default, all of them with CI=1. */
import { RunbookError } from '../../../runbook/runbook-error';
import { readSeedFrom } from '../../../runbook/seed-source/read-seed';
import { base32 } from '../../support/seed-forms';
import { type CodePicture, twoHundredPictures } from '../../support/two-hundred-pictures';

const never = new AbortController().signal;
const isWhole = process.env.CI !== undefined;
const pictures = twoHundredPictures();
const drawn = isWhole ? pictures : pictures.filter(({ number }) => number % 40 === 5 || number === 190);

/** Of each kind at least so many of a hundred are read; the rest is too blurred or too pale for a phone, too. */
const READ_AT_LEAST: Readonly<Record<string, number>> = {
  turned: 95,
  blurred: 55,
  pale: 85,
  'two codes': 0,
};

async function outcomeOf({ draw, secrets }: CodePicture): Promise<'read' | 'refused' | 'misread'> {
  const file = new Uint8Array(draw());
  const input = { picture: async () => file, typed: async () => new Uint8Array() };
  try {
    const { seed } = await readSeedFrom(input, { kind: 'picture', path: 'code.png' }, never);
    return secrets.length === 1 && seed.use(base32) === secrets[0] ? 'read' : 'misread';
  } catch (error) {
    if (
      error instanceof RunbookError &&
      (error.code === 'seed/no-code' || error.code === 'seed/two-secrets')
    ) {
      return 'refused';
    }
    throw error;
  } finally {
    expect(file.every((byte) => byte === 0)).toBe(true);
  }
}

test(
  'pictures of codes are read or refused, never misread',
  async () => {
    expect(pictures).toHaveLength(200);
    const counts = new Map<string, { read: number; refused: number; misread: number }>();
    for (const picture of drawn) {
      const count = counts.get(picture.kind) ?? { read: 0, refused: 0, misread: 0 };
      count[await outcomeOf(picture)]++;
      counts.set(picture.kind, count);
    }
    const rows = [...counts].map(([kind, { read, refused, misread }]) => ({ kind, read, refused, misread }));
    process.stdout.write(
      `${rows.map(({ kind, read, refused, misread }) => `  ${kind}: ${read} read, ${refused} refused, ${misread} misread`).join('\n')}\n`,
    );
    expect(rows.filter(({ misread }) => misread > 0)).toEqual([]);
    const tooFew = rows.filter(
      ({ kind, read, refused }) => (100 * read) / (read + refused) < (READ_AT_LEAST[kind] ?? 100),
    );
    expect(isWhole ? tooFew : []).toEqual([]);
    expect(rows.filter(({ kind, read }) => kind === 'two codes' && read > 0)).toEqual([]);
  },
  isWhole ? 300_000 : 60_000,
);
