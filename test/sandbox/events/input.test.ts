import type { JsonObject } from '../operation';
import { inputFor } from './input';

const event: JsonObject = { detail: { user: 'olga', count: 2, list: ['a', 'b'] } };

/** Creates a target with an input transformer. */
function transformed(InputTemplate: string, InputPathsMap: JsonObject = paths): JsonObject {
  return {
    InputTransformer: { InputPathsMap, InputTemplate },
  };
}
const paths = {
  user: '$.detail.user',
  count: '$.detail.count',
  second: '$.detail.list[1]',
  none: '$.detail.x',
};

test.each<[string, JsonObject, string]>([
  ['the event itself', {}, JSON.stringify(event)],
  ['a constant', { Input: '"hello"' }, '"hello"'],
  ['a part', { InputPath: '$.detail.count' }, '2'],
  [
    'lines of text, whose quotation marks stay',
    transformed('"Who: <user>"\n"Of: <second>"'),
    '"Who: olga"\n"Of: b"',
  ],
  ['a text without what the event does not hold', transformed('"x <none> y"'), '"x  y"'],
  [
    'JSON',
    transformed('{"who": <user>, "what": "<count> of <second>"}'),
    '{"who": "olga", "what": "2 of b"}',
  ],
])('a target gets %s', (_what, target, text) => {
  expect(inputFor(target, event)).toBe(text);
});

test('a name without a path is an error', () => {
  expect(() => inputFor(transformed('"<who>"'), event)).toThrow('names who, which has no path');
});
