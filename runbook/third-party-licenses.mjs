/** Collects the license texts of bundled packages, and stops the build for a license that does not allow publishing. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licenses that allow bundling under Apache-2.0 and require nothing of users but the notice. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** Finds the folders of the bundled packages. @param metafiles of esbuild, with paths relative to `root` */
export function packageFolders(metafiles) {
  const folders = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** Takes the first allowed license of a choice such as `(MIT OR Apache-2.0)`. */
function takenLicense(license = '') {
  return license
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .find((choice) => ALLOWED.has(choice));
}

/**
 * Joins the notices of all packages into one text; packages with the same notice share it.
 *
 * @throws if a package has no license, or one that is not allowed
 */
export async function licenseTexts(root, folders) {
  const byText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const taken = takenLicense(license);
    if (taken === undefined) {
      throw new Error(
        `${name} ${version} is under ${license ?? 'no license'}, must be ${[...ALLOWED].join(', ')} to be bundled; leave it out`,
      );
    }
    const files = await readdir(join(root, folder));
    const file =
      files.find((entry) => entry === `LICENSE-${taken}`) ??
      files.find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    const text = file === undefined ? '' : (await readFile(join(root, folder, file), 'utf8')).trim();
    const key = text === '' ? `License: ${taken}` : text;
    byText.set(key, [...(byText.get(key) ?? []), `${name} ${version} (${taken})`]);
  }
  const parts = [...byText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`);
  return `The packages that are bundled here, and their licenses.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}
