/** The order in which resources are created. */

import { validationError } from './validation-error';

/**
 * Sorts names so that each comes after everything it depends on; otherwise the given order stays.
 *
 * @throws AwsError ValidationError naming the cycle
 */
export function orderByDependency(dependencies: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const ordered: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(name: string): void {
    if (done.has(name)) {
      return;
    }
    const start = path.indexOf(name);
    if (start >= 0) {
      throw validationError(`Circular dependency between resources: [${path.slice(start).join(', ')}]`);
    }
    path.push(name);
    for (const dependency of dependencies.get(name) ?? []) {
      visit(dependency);
    }
    path.pop();
    done.add(name);
    ordered.push(name);
  }
  for (const name of dependencies.keys()) {
    visit(name);
  }
  return ordered;
}
