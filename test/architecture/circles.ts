/**
 * Finds circles in a graph: for each node, the shortest way back to it.
 *
 * @param edges pairs of nodes, from and to
 * @returns each circle once, written `a → b → a`, beginning with its alphabetically first node
 */
export function circles(edges: readonly (readonly [from: string, to: string])[]): readonly string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) {
      next.set(from, (next.get(from) ?? new Set()).add(to));
    }
  }
  const found = [...next.keys()].flatMap((start) => {
    const way = shortestWayBack(start, next);
    return way === undefined ? [] : [inOrder(way)];
  });
  return [...new Set(found)].sort();
}

function shortestWayBack(start: string, next: ReadonlyMap<string, ReadonlySet<string>>) {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const to of next.get(node) ?? []) {
      if (to === start) {
        const way = [node];
        for (let each = cameFrom.get(node); each !== undefined; each = cameFrom.get(each)) {
          way.unshift(each);
        }
        return way;
      }
      if (!cameFrom.has(to)) {
        cameFrom.set(to, node);
        queue.push(to);
      }
    }
  }
  return undefined;
}

function inOrder(way: readonly string[]): string {
  const first = way.indexOf([...way].sort()[0] ?? '');
  const turned = [...way.slice(first), ...way.slice(0, first)];
  return [...turned, turned[0]].join(' → ');
}
