/** The actions and condition keys that AWS documents, and the most likely correction of an unknown one. */

import { actionsOf, lazy, linesOf, services, vocabulary, type Words, wordsOf } from '../policy/iam-actions';
import { matchesFolded, matchesPattern } from '../policy/wildcards';
import { distance, nearestWord } from '../record/nearest-word';
import type { Finding } from './rule';

/**
 * Keys that are newer than the data.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const UNLISTED_KEYS: ReadonlyMap<string, string> = linesOf('aws SignInSessionArn');

/** With more wrong letters, a word is more likely a new one than a mistyped one. */
const MISTYPED_LETTERS = 2;

const keyLines = lazy(() => linesOf(vocabulary().CONDITION_KEYS));
const keysByPrefix = new Map<string, Words>();

/** Returns the day of the vocabulary, as YYYY-MM-DD. */
export function vocabularyDate(): string {
  return vocabulary().VOCABULARY_DATE;
}

/** Returns the name and version of the package that the vocabulary is from. */
export function vocabularySource(): string {
  return vocabulary().VOCABULARY_SOURCE;
}

/** Tells whether an action, or a pattern such as `s3:Get*`, is or matches one that AWS documents. */
export const actionIsKnown = remember((action): boolean => {
  if (action === '*') {
    return true;
  }
  const [service, name] = splitAtColon(action);
  // IAM rejects a pattern in the service.
  if (/[*?]/.test(service)) {
    return name === '*';
  }
  const actions = actionsOf(service);
  if (!/[*?]/.test(name)) {
    return actions.has(name.toLowerCase());
  }
  const pattern = name.toLowerCase();
  return [...actions.keys()].some((one) => matchesFolded(pattern, one));
});

/** Returns the documented actions that a pattern of one service matches. */
export const actionsMatching = remember((pattern): readonly string[] => {
  const [service, name] = splitAtColon(pattern.toLowerCase());
  return [...actionsOf(service)]
    .filter(([folded]) => matchesFolded(name, folded))
    .map(([, action]) => `${service}:${action}`);
});

/** Returns the action that was most likely meant, if one is near. */
export const nearestAction = remember((action): string | undefined => {
  const [service, name] = splitAtColon(action);
  const known = nearestService(service.toLowerCase());
  if (known === undefined || name === '') {
    return undefined;
  }
  const nearest = nearestIn(name, actionsOfVerb(known, name));
  return nearest === undefined ? undefined : `${known}:${nearest}`;
});

const nearestService = remember((service): string | undefined =>
  services().has(service) ? service : nearestOf(service, services().keys()),
);

/** Tells whether a word is a known one with at most two letters wrong. */
export function isMistyped(word: string, meant: string): boolean {
  return distance(word.toLowerCase(), meant.toLowerCase(), MISTYPED_LETTERS) <= MISTYPED_LETTERS;
}

/** Returns the actions that begin with the verb of a name, or with one of which that is a mistyped one: never Head and Create. */
function actionsOfVerb(service: string, name: string): Words {
  const typed = name.toLowerCase();
  const verbs = [...byVerb(service)].filter(
    ([verb]) =>
      typed.startsWith(verb) ||
      [-1, 0, 1].some((more) => distance(typed.slice(0, verb.length + more), verb, 1) <= 1),
  );
  return new Map(verbs.flatMap(([, actions]) => [...actions]));
}

const byVerb = remember((service): ReadonlyMap<string, Words> => {
  const verbs = new Map<string, Map<string, string>>();
  for (const [folded, action] of actionsOf(service)) {
    const verb = /^[A-Z][a-z]+/.exec(action)?.[0].toLowerCase() ?? '';
    verbs.set(verb, (verbs.get(verb) ?? new Map<string, string>()).set(folded, action));
  }
  return verbs;
});

/** Tells whether AWS documents a condition key; a part that people choose, such as the name of a tag, may be any text. */
export function keyIsKnown(key: string): boolean {
  const [prefix, name] = splitAtColon(key);
  const keys = keysOf(prefix);
  return (
    keys.has(name.toLowerCase()) ||
    [...keys.keys()].some((known) => known.includes('*') && matchesPattern(known, name))
  );
}

/** Returns the condition key that was most likely meant, if one is near: with the same prefix, or a global key. */
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
 * @param problem why the word is wrong, and the consequence
 * @param meant the word that was most likely meant
 */
export function explainUnknown(problem: string, meant: string | undefined): Omit<Finding, 'location'> {
  return {
    problem: meant === undefined ? problem : `${problem}; did you mean '${meant}'?`,
    fix:
      `${meant === undefined ? 'correct it' : `write ${meant}`}, or, if it is newer than ${vocabularyDate()}, ` +
      'the date of the data, acknowledge it with that reason',
  };
}

function nearestIn(name: string, words: Words): string | undefined {
  const nearest = nearestOf(name, words.keys());
  return nearest === undefined ? undefined : words.get(nearest);
}

/** Finds the nearest word. Skips words of a very different length, of which there are thousands. */
function nearestOf(name: string, words: Iterable<string>): string | undefined {
  const similar = [...words].filter(
    (word) => Math.abs(word.length - name.length) <= Math.max(1, word.length / 3),
  );
  return nearestWord(name, similar);
}

function keysOf(prefix: string): Words {
  return wordsOf(keysByPrefix, prefix.toLowerCase(), (id) =>
    [keyLines().get(id), UNLISTED_KEYS.get(id)].flatMap((words) => words?.split(' ') ?? []),
  );
}

function splitAtColon(text: string): readonly [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Caches results: the same few hundred words are looked up repeatedly. */
function remember<Found>(find: (word: string) => Found): (word: string) => Found {
  const found = new Map<string, { readonly as: Found }>();
  return (word) => {
    const before = found.get(word) ?? { as: find(word) };
    found.set(word, before);
    return before.as;
  };
}
