/** The actions and condition keys that AWS documents, and the one that was most likely meant by another word. */
import { nearestWord } from '../record/nearest-word';
import type * as IamVocabulary from './iam-vocabulary.generated';
import type { Finding } from './rule';
import { compilePattern, matchesPattern } from './scope';

/** Actions that AWS's reference leaves out, and that constructs of CDK itself, or AWS's default policies, allow. */
const UNLISTED_ACTIONS: ReadonlyMap<string, string> = linesOf(`
lambda InvokeWebFunctionEndpoint
rds-data DeleteItems GetItems InsertItems UpdateItems
s3 GetObjectMetadata
sns Receive
`);

/**
 * Keys that came after the data.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const UNLISTED_KEYS: ReadonlyMap<string, string> = linesOf('aws SignInSessionArn');

/** Words by their lower case, since neither actions nor keys distinguish it. */
type Words = ReadonlyMap<string, string>;

/** Half a megabyte, that an app which has no checks never loads. */
const vocabulary = lazy((): typeof IamVocabulary => require('./iam-vocabulary.generated'));
const actionLines = lazy(() => linesOf(vocabulary().ACTIONS));
const keyLines = lazy(() => linesOf(vocabulary().CONDITION_KEYS));
const actionsByService = new Map<string, Words>();
const keysByPrefix = new Map<string, Words>();

/** The day of the vocabulary, as YYYY-MM-DD. */
export function vocabularyDate(): string {
  return vocabulary().VOCABULARY_DATE;
}

/** The package that the vocabulary is from. */
export function vocabularySource(): string {
  return vocabulary().VOCABULARY_SOURCE;
}

/** Tells whether an action, or a pattern such as `s3:Get*`, is or matches one that AWS documents. */
export const actionIsKnown = remember((action): boolean => {
  if (action === '*') {
    return true;
  }
  const [service, name] = splitAtColon(action);
  // IAM refuses a pattern in the service itself.
  if (/[*?]/.test(service)) {
    return name === '*';
  }
  const actions = actionsOf(service);
  if (!/[*?]/.test(name)) {
    return actions.has(name.toLowerCase());
  }
  const pattern = compilePattern(name);
  return [...actions.keys()].some((one) => pattern.test(one));
});

/** The action that was most likely meant, if one is near. */
export const nearestAction = remember((action): string | undefined => {
  const [service, name] = splitAtColon(action);
  const known = actionLines().has(service.toLowerCase())
    ? service.toLowerCase()
    : nearestOf(service, actionLines().keys());
  if (known === undefined || name === '') {
    return undefined;
  }
  const nearest = nearestIn(name, actionsOf(known));
  return nearest === undefined ? undefined : `${known}:${nearest}`;
});

/** Tells whether AWS documents a condition key; parts that people choose, such as the name of a tag, may be anything. */
export function keyIsKnown(key: string): boolean {
  const [prefix, name] = splitAtColon(key);
  const keys = keysOf(prefix);
  return (
    keys.has(name.toLowerCase()) ||
    [...keys.keys()].some((known) => known.includes('*') && matchesPattern(known, name))
  );
}

/** The condition key that was most likely meant, if one is near: of its own prefix, or a global one. */
export const nearestKey = remember((key): string | undefined => {
  const [prefix, name] = key.includes(':') ? splitAtColon(key) : ['aws', key];
  const near = keyLines().has(prefix.toLowerCase())
    ? prefix.toLowerCase()
    : nearestOf(prefix, keyLines().keys());
  const prefixes = [...new Set([near, 'aws'])].filter((one) => one !== undefined);
  for (const one of prefixes) {
    const nearest = nearestIn(name, keysOf(one));
    if (nearest !== undefined) {
      return `${one}:${nearest.replace('*', '{name}')}`;
    }
  }
  return undefined;
});

/**
 * Describes an unknown word to people.
 *
 * @param problem what the word is not, and what comes of it
 * @param meant the word that was most likely meant
 */
export function explainUnknown(problem: string, meant: string | undefined): Omit<Finding, 'location'> {
  return {
    problem: meant === undefined ? problem : `${problem}; did you mean '${meant}'?`,
    fix:
      `${meant === undefined ? 'correct it' : `write ${meant}`}, or, if it is newer than ${vocabularyDate()}, ` +
      'the day of the data, acknowledge with that as the reason',
  };
}

function nearestIn(name: string, words: Words): string | undefined {
  const nearest = nearestOf(name, words.keys());
  return nearest === undefined ? undefined : words.get(nearest);
}

/** Words of quite another length are not near, and there are thousands of them. */
function nearestOf(name: string, words: Iterable<string>): string | undefined {
  const similar = [...words].filter(
    (word) => Math.abs(word.length - name.length) <= Math.max(1, word.length / 3),
  );
  return nearestWord(name, similar);
}

function actionsOf(service: string): Words {
  return cached(actionsByService, service.toLowerCase(), (id) =>
    [
      ...`${actionLines().get(id) ?? ''} ${UNLISTED_ACTIONS.get(id) ?? ''}`.matchAll(
        /([^\s()]+)(?:\(([^)]*)\))?/g,
      ),
    ].flatMap(([, word = '', rests]) =>
      rests === undefined ? [word] : rests.split(' ').map((rest) => word + rest),
    ),
  );
}

function keysOf(prefix: string): Words {
  return cached(keysByPrefix, prefix.toLowerCase(), (id) =>
    [keyLines().get(id), UNLISTED_KEYS.get(id)].flatMap((words) => words?.split(' ') ?? []),
  );
}

function cached(cache: Map<string, Words>, id: string, words: (id: string) => readonly string[]): Words {
  const known = cache.get(id) ?? new Map(words(id).map((word) => [word.toLowerCase(), word]));
  cache.set(id, known);
  return known;
}

/** The lines by their first word. */
function linesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const end = line.indexOf(' ');
        return [line.slice(0, end), line.slice(end + 1)] as const;
      }),
  );
}

function splitAtColon(text: string): readonly [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** A cache: the same few hundred words are looked up repeatedly. */
function remember<Found>(find: (word: string) => Found): (word: string) => Found {
  const found = new Map<string, { readonly as: Found }>();
  return (word) => {
    const before = found.get(word) ?? { as: find(word) };
    found.set(word, before);
    return before.as;
  };
}

function lazy<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
