/** The licences of what is bundled: their texts go with it, and what may not be published stops the build. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences that allow a bundle under Apache-2.0 whose users owe nothing but the notice. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** The folders of the packages that bundles were made of. @param metafiles of esbuild, with paths from `root` */
export function packageFolders(metafiles) {
  const folders = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/**
 * One text with the notice of each package; packages of the same words share them.
 *
 * @throws for a licence that is not allowed, or none
 */
export async function licenseTexts(root, folders) {
  const byText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    if (!ALLOWED.has(license)) {
      throw new Error(
        `${name} ${version} is under ${license ?? 'no licence'}, must be ${[...ALLOWED].join(', ')} to be bundled; leave it out`,
      );
    }
    const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    const text = file === undefined ? '' : (await readFile(join(root, folder, file), 'utf8')).trim();
    const key = text === '' ? `Licence: ${license}` : text;
    byText.set(key, [...(byText.get(key) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`);
  return `What is bundled here, and its licences.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}
