/** `read-pictures.ts EVERY`: reads every tenth of the two hundred pictures, or every `EVERY`th, and prints the outcomes of each kind as JSON. */
import { RunbookError } from '../../../runbook/runbook-error';
import { readSeedFrom } from '../../../runbook/seed-source/read-seed';
import { base32 } from '../../support/seed-forms';
import { type CodePicture, twoHundredPictures } from '../../support/two-hundred-pictures';

const never = new AbortController().signal;

async function outcomeOf({ draw, secrets }: CodePicture): Promise<string> {
  const file = new Uint8Array(draw());
  const input = { picture: async () => file, typed: async () => file };
  try {
    const { seed } = await readSeedFrom(input, { kind: 'picture', path: 'code.png' }, never);
    return secrets.length === 1 && seed.use(base32) === secrets[0] ? 'read' : 'misread';
  } catch (error) {
    const code = error instanceof RunbookError ? error.code : 'unknown';
    return code === 'seed/no-code' || code === 'seed/two-secrets' ? 'refused' : `failed with ${code}`;
  }
}

async function main(every: number): Promise<void> {
  const counts: Record<string, Record<string, number>> = {};
  for (const picture of twoHundredPictures().filter(({ number }) => number % every === every - 1)) {
    const outcome = await outcomeOf(picture);
    const ofKind = counts[picture.kind] ?? {};
    counts[picture.kind] = { ...ofKind, [outcome]: (ofKind[outcome] ?? 0) + 1 };
  }
  process.stdout.write(JSON.stringify(counts));
}

void main(Number(process.argv[2]));
