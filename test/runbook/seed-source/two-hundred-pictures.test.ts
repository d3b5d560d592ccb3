/**
 * Two hundred pictures: each is read or refused, and none is misread. One in ten by default, all of them with CI=1; in a
 * process of its own, because Jest makes loops over pixels slow.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { twoHundredPictures } from '../../support/two-hundred-pictures';
import { bundle } from '../seed-phase/bundle';

const isWhole = process.env.CI !== undefined;
/** Some 60 s of CPU for all of them; a busy machine may take ten times as long. */
const TIMEOUT_MS = isWhole ? 1_200_000 : 600_000;

/** Of a hundred so many are read at least; the rest is too blurred or too pale for a phone, too. */
const READ_AT_LEAST: Readonly<Record<string, number>> = {
  turned: 95,
  blurred: 55,
  pale: 85,
  'two codes': 0,
};

test(
  'pictures of codes are read or refused, never misread',
  async () => {
    expect(twoHundredPictures()).toHaveLength(200);
    const bundles = await bundle('../seed-source/read-pictures.ts');
    try {
      const args = [bundles.of('read-pictures.ts'), isWhole ? '1' : '10'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS });
      const counts = JSON.parse(stdout) as Record<string, Record<string, number>>;
      process.stdout.write(`  ${stdout}\n`);
      const outcomes = Object.values(counts).flatMap((ofKind) => Object.keys(ofKind));
      expect([...new Set(outcomes)].sort()).toEqual(['read', 'refused']);
      expect(counts['two codes']).not.toHaveProperty('read');
      const tooFew = Object.entries(counts).filter(
        ([kind, { read = 0, refused = 0 }]) => (100 * read) / (read + refused) < (READ_AT_LEAST[kind] ?? 100),
      );
      expect(isWhole ? tooFew : []).toEqual([]);
    } finally {
      await bundles.remove();
    }
  },
  TIMEOUT_MS,
);
