import fc from 'fast-check';
import { orderByDependency } from './resource-order';

test('a resource comes after what it depends on, and the others stay in their order', () => {
  const order = orderByDependency(
    new Map([
      ['policy', ['user', 'group']],
      ['group', []],
      ['user', ['group']],
      ['role', []],
    ]),
  );
  expect(order).toEqual(['group', 'user', 'policy', 'role']);
});

test('any graph without a circle is put in order, and nothing is lost', () => {
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 });
  fc.assert(
    fc.property(edges, fc.shuffledSubarray([...Array(10).keys()], { minLength: 10 }), (pairs, shuffled) => {
      const graph = new Map(shuffled.map((node) => [`r${node}`, [] as string[]]));
      for (const [a, b] of pairs) {
        if (a !== b) {
          graph.get(`r${Math.max(a, b)}`)?.push(`r${Math.min(a, b)}`);
        }
      }
      const order = orderByDependency(graph);
      expect([...order].sort()).toEqual([...graph.keys()].sort());
      for (const [node, dependencies] of graph) {
        for (const dependency of dependencies) {
          expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(node));
        }
      }
    }),
  );
});

test('a circle is refused by the names in it', () => {
  const graph = new Map([
    ['free', []],
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(() => orderByDependency(graph)).toThrow('Circular dependency between resources: [b, c]');
});
