import { EventualMap } from './eventual-map';

function lagging(lagMs: number) {
  let now = 0;
  const map = new EventualMap<string>(lagMs, () => now);
  return {
    map,
    at: (instant: number) => {
      now = instant;
    },
  };
}

test('a read is at once, a list is late by the lag', () => {
  const { map, at } = lagging(100);
  map.set('a', 'one');
  expect([map.get('a'), map.listed()]).toEqual(['one', []]);
  at(99);
  expect(map.listed()).toEqual([]);
  at(100);
  expect(map.listed()).toEqual(['one']);
});

test('a change and a deletion are listed late too, in their order', () => {
  const { map, at } = lagging(100);
  map.set('a', 'one');
  at(1000);
  map.set('a', 'two');
  at(1050);
  map.delete('a');
  expect([map.has('a'), map.listed()]).toEqual([false, ['one']]);
  at(1100);
  expect(map.listed()).toEqual(['two']);
  at(1150);
  expect(map.listed()).toEqual([]);
});

test('without a lag a list is what is there', () => {
  const { map } = lagging(0);
  map.set('a', 'one');
  map.set('b', 'two');
  map.delete('a');
  expect(map.listed()).toEqual(['two']);
});
