/** The actions and condition keys that AWS documents, and the most likely correction of an unknown one. */

import {
  actionsOf,
  actionVerb,
  lazy,
  linesOf,
  services,
  vocabulary,
  type Words,
  wordsOf,
} from '../policy/iam-actions';
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

/** As many letters more may be wrong in a long word, as in Policy for Policies. */
const LONG = 15;
const MOST_WRONG = 3;

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
    return service === '*' && name === '*';
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

/** Returns the action that was most likely meant, if one is near: of the same verb, in a service that is the same or near. */
export const nearestAction = remember((action): string | undefined => {
  const [service, name] = splitAtColon(action);
  if (name === '') {
    return undefined;
  }
  for (const near of servicesNear(service.toLowerCase())) {
    const nearest = verbsMeant(near, name)
      .map((verb) => nearestIn(name, byVerb(near).get(verb) ?? NO_WORDS, verb.length))
      .find((one) => one !== undefined);
    if (nearest !== undefined) {
      return `${near}:${nearest}`;
    }
  }
  return undefined;
});

const NO_WORDS: Words = new Map();

/** Many services have names of three letters, so several are near a mistyped one. */
const servicesNear = remember((service): readonly string[] =>
  services().has(service) ? [service] : [...services().keys()].filter((one) => isNear(service, one)),
);

/** Tells whether a word is a known one with at most two letters wrong. */
export function isMistyped(word: string, meant: string): boolean {
  return distance(word.toLowerCase(), meant.toLowerCase(), MISTYPED_LETTERS) <= MISTYPED_LETTERS;
}

/**
 * Returns the verbs of a service by which a name begins. A verb with a wrong letter is meant only if no service has the one
 * that is written: never Get for Set, nor Read for Head.
 */
function verbsMeant(service: string, name: string): readonly string[] {
  const typed = name.toLowerCase();
  const verbs = [...byVerb(service).keys()];
  const written = actionVerb(name).toLowerCase();
  const begun = verbs.filter((verb) => typed.startsWith(verb) && (verb !== '' || written === ''));
  return begun.length > 0 || allVerbs().has(written)
    ? begun
    : verbs.filter((verb) => verb[0] === written[0] && isNear(written, verb));
}

const byVerb = remember((service): ReadonlyMap<string, Words> => {
  const verbs = new Map<string, Map<string, string>>();
  for (const [folded, action] of actionsOf(service)) {
    const verb = actionVerb(action).toLowerCase();
    verbs.set(verb, (verbs.get(verb) ?? new Map<string, string>()).set(folded, action));
  }
  return verbs;
});

const allVerbs = lazy(
  () => new Set([...services().keys()].flatMap((service) => [...byVerb(service).keys()])),
);

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
  const typed = prefix.toLowerCase();
  const near = keyLines().has(typed) ? [typed] : [...keyLines().keys()].filter((one) => isNear(typed, one));
  for (const one of new Set([...near, 'aws'])) {
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

/**
 * Finds the nearest word that is near. Most of what is compared must be right: of a short noun after a verb, not two letters
 * of three.
 *
 * @param same the number of letters at the beginning that are the same anyway
 */
function nearestIn(name: string, words: Words, same = 0): string | undefined {
  const similar = [...words.keys()].filter((word) => Math.abs(word.length - name.length) <= MOST_WRONG);
  const typed = name.toLowerCase();
  // Of words that are equally near, one that goes on where the typed one ends is more likely: OrgID for Org, not Arn.
  const longer = similar.filter((word) => word.startsWith(typed));
  const nearest = nearestWord(name, [...longer, ...similar], MOST_WRONG);
  return nearest !== undefined && isNear(name, nearest, same) ? words.get(nearest) : undefined;
}

/** Tells whether a word is near a known one, in lower case. */
function isNear(word: string, known: string, same = 0): boolean {
  const atMost = Math.min(
    known.length < LONG ? MISTYPED_LETTERS : MOST_WRONG,
    Math.max(1, Math.floor((known.length - same) / 2)),
  );
  return (
    Math.abs(word.length - known.length) <= atMost && distance(word.toLowerCase(), known, atMost) <= atMost
  );
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
