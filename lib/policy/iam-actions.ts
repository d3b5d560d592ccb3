/** The actions that AWS documents, and which of them only read. */
import type * as IamVocabulary from './iam-vocabulary.generated';

/** Actions that AWS's reference leaves out although constructs of CDK, or AWS's default policies, allow them. */
const UNLISTED_ACTIONS: ReadonlyMap<string, string> = linesOf(`
lambda InvokeWebFunctionEndpoint
rds-data DeleteItems GetItems InsertItems UpdateItems
s3 GetObjectMetadata
sns Receive
`);

/** Words by their lower case, because IAM ignores the case of actions and keys. */
export type Words = ReadonlyMap<string, string>;

/** Half a megabyte, which an app that names no actions never loads. */
export const vocabulary = lazy((): typeof IamVocabulary => require('./iam-vocabulary.generated'));

/** Maps each service to its actions as one text. */
export const services = lazy(() => linesOf(vocabulary().ACTIONS));

const exceptions = lazy(() => linesOf(vocabulary().UNLIKE_THEIR_VERB));
const readingVerbs = lazy(() => new Set(vocabulary().READING_VERBS.split(' ')));
const actionsByService = new Map<string, Words>();
const exceptionsByService = new Map<string, Words>();

/** Returns the actions of a service; none if AWS documents no such service. */
export function actionsOf(service: string): Words {
  return wordsOf(actionsByService, service.toLowerCase(), (id) =>
    ungrouped(`${services().get(id) ?? ''} ${UNLISTED_ACTIONS.get(id) ?? ''}`),
  );
}

/**
 * Tells whether AWS classifies an action as reading or listing.
 *
 * @param name as `actionsOf` spells it
 */
export function isReading(service: string, name: string): boolean {
  const unlike = wordsOf(exceptionsByService, service.toLowerCase(), (id) =>
    ungrouped(exceptions().get(id) ?? ''),
  );
  return readingVerbs().has(actionVerb(name)) !== unlike.has(name.toLowerCase());
}

/** Returns the first word of an action: `Get` of `GetMFADevice`. */
export function actionVerb(name: string): string {
  return /^[A-Z]?[a-z]+(?=[A-Z0-9]|$)/.exec(name)?.[0] ?? '';
}

/** Lists the words of a text such as `Assume(Role Root) TagSession`. */
function ungrouped(text: string): readonly string[] {
  return [...text.matchAll(/([^\s()]+)(?:\(([^)]*)\))?/g)].flatMap(([, word = '', rests]) =>
    rests === undefined ? [word] : rests.split(' ').map((rest) => word + rest),
  );
}

/** Returns the words of an id from the cache, or makes them. */
export function wordsOf(
  cache: Map<string, Words>,
  id: string,
  words: (id: string) => readonly string[],
): Words {
  const known = cache.get(id) ?? new Map(words(id).map((word) => [word.toLowerCase(), word]));
  cache.set(id, known);
  return known;
}

/** Maps the lines by their first word. */
export function linesOf(text: string): ReadonlyMap<string, string> {
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

/** Makes a value when it is first asked for, once. */
export function lazy<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
