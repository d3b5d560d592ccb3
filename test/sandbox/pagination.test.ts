import { pageOf } from './pagination';

const items = ['d', 'b', 'a', 'c', 'e'];
function page(Marker: string | undefined, MaxItems: number, cap = Number.POSITIVE_INFINITY) {
  return pageOf(items, (item) => item, { Marker, MaxItems }, cap);
}

test('pages continue where the marker says until nothing is left', () => {
  const first = page(undefined, 2);
  expect(first).toEqual({ items: ['a', 'b'], rest: { IsTruncated: true, Marker: expect.any(String) } });
  const second = page(String(first.rest.Marker), 2);
  expect(second.items).toEqual(['c', 'd']);
  expect(page(String(second.rest.Marker), 2)).toEqual({ items: ['e'], rest: { IsTruncated: false } });
});

test('the cap makes pages shorter than was asked for', () => {
  expect(page(undefined, 100, 3)).toMatchObject({ items: ['a', 'b', 'c'], rest: { IsTruncated: true } });
});

test('a page that ends exactly at the end is not truncated', () => {
  expect(page(undefined, 5).rest).toEqual({ IsTruncated: false });
});

test('a marker that is not ours is refused', () => {
  expect(() => page('nonsense', 2)).toThrow(expect.objectContaining({ code: 'ValidationError' }));
});
