/** The documents are in the project's English, as far as a pattern can tell. */
import { DOCUMENTS } from './support/documents';
import { englishOf } from './support/english';

const GLOSSARY = 'docs/glossary.md';

test.each(DOCUMENTS.filter((file) => file !== GLOSSARY))('%s', (file) => {
  expect(englishOf(file)).toEqual([]);
});

test('the glossary names the words that are not used, which shows that they are found', () => {
  const found = englishOf(GLOSSARY).join('\n');
  for (const word of ['anew', 'meanwhile', 'by now', 'beside', 'as such', 'came of', 'is to do']) {
    expect(found).toContain(`"${word}"`);
  }
});
