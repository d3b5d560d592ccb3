/** Comments and messages are in the project's English, as far as a pattern can tell. */
import { sources } from './architecture/imports';
import { ROOMS } from './architecture/rooms';
import { englishOf } from './support/english';

test.each(ROOMS.map(({ path }) => path))('%s', (path) => {
  const files = path.endsWith('.ts') ? [path] : sources(path);
  expect(files.filter((file) => !file.includes('.generated.')).flatMap(englishOf)).toEqual([]);
});

test.each(['package.json', 'lib/package.json', 'runbook/package.json', 'tokens.yaml', 'tokens.schema.json'])(
  '%s',
  (file) => {
    expect(englishOf(file)).toEqual([]);
  },
);
