/** Holds the part of the project's English that a pattern can hold; docs/glossary.md has all of it. */
import { read } from '../architecture/imports';

const STEMS = [
  ...['author', 'canonical', 'categor', 'custom', 'final', 'general', 'initial', 'local', 'maxim', 'minim'],
  ...['normal', 'optim', 'organ', 'random', 'real', 'recogn', 'serial', 'special', 'summar', 'synchron'],
  ...['resynchron', 'deserial', 'reorgan', 'unauthor', 'util'],
];

/** Phrases that are not used, each with what is said instead. A blank also stands for the end of a line. */
const PHRASES: readonly (readonly [phrase: string, instead: string])[] = [
  ['anew', 'again'],
  ['meanwhile', 'since then, in the meantime, while …'],
  ['by now', 'already, since'],
  ['beside', 'in addition to, next to'],
  ['as such', 'on its own'],
  ['(?:came|comes|come) of', 'result'],
  ['(?:is|are|was|were) to do', 'needs doing'],
  ['stands? on', 'is printed on, is based on'],
  ['(?:go|goes|going|gone|went) on with', 'continue'],
  ['lets? (?:\\S+ )?in(?! (?:which|a|an|the)\\b)', 'can sign in'],
  ['mended', 'fixed'],
  ["(?<!')enrol(?:s|ments?)?(?!')", 'enroll, enrollment'],
  [`(?:${STEMS.join('|')})is(?:e[ds]?|ers?|ing|ations?)`, '-ize'],
  ['synthesis(?:e|es|ed|ing)', 'synthesize'],
  [
    'behaviours?|colours?|favours?|honours?|centres?|licences?|modelled|learnt|misspelt|greys?|defences?|towards|whilst|amongst',
    'the American spelling',
  ],
];

const NOT_USED = PHRASES.map(([phrase, instead]) => ({
  // In a comment, the next line begins with an asterisk or two slashes.
  pattern: new RegExp(`\\b(?:${phrase.replaceAll(' ', '(?:\\s+(?:(?:\\*|//)\\s+)?)')})(?![\\w-])`, 'gi'),
  instead,
}));

/** A comment's first line is a sentence with a subject and a verb. */
const NOUN_CLAUSE = /(?:\/\*\*(?:\s*\n\s*\*)?|^\s*\/\/) (?:What|How|Which|Whether)\b(?![^\n]*\?)/gm;

/** Lists what a file says that it should not, each with its line and what to say instead. */
export function englishOf(file: string): readonly string[] {
  const text = read(file);
  return [...NOT_USED, { pattern: NOUN_CLAUSE, instead: 'a sentence with a subject and a verb' }].flatMap(
    ({ pattern, instead }) =>
      [...text.matchAll(pattern)].map((match) => {
        const line = text.slice(0, match.index).split('\n').length;
        return `${file}:${line}: "${match[0].replace(/[\s*/]+/g, ' ').trim()}": say ${instead}`;
      }),
  );
}
