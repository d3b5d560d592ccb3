/**
 * Jest's runtime, with modules that all suites of a worker share. Jest evaluates every module again for each suite, and
 * aws-cdk-lib or the AWS SDK take longer for that than most suites for their tests.
 *
 * Modules that a suite may change, or that register hooks, are still loaded for each suite: everything in test/ but the
 * sandbox and the tokens. A suite that uses `jest.mock` shares nothing (see environment.js).
 *
 * This depends on parts of Jest that are not documented. Therefore Jest's version is exact, and shared-modules.test.ts tests it.
 */
const { join, sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');

const tests = join(__dirname, '../..') + sep;
const sharedTests = ['sandbox', 'tokens'].map((room) => join(tests, room) + sep);

/** All loaded modules by path. */
const modules = new Map();
/** Kept for stacks through modules that an earlier suite loaded. */
const sourceMaps = new Map();
/** Serves the suite that runs. A shared module keeps the `require` of the suite that loaded it, and may call it later. */
let current;

function isOfOneSuite(path) {
  const isTest = path.startsWith(tests) && !path.includes(`${sep}node_modules${sep}`);
  return isTest && (path.endsWith('.test.ts') || !sharedTests.some((folder) => path.startsWith(folder)));
}

class SharedModulesRuntime extends Runtime {
  constructor(...parts) {
    super(...parts);
    const [, environment] = parts;
    this.isShared = environment.isShared === true;
    if (this.isShared) {
      this.registries.moduleRegistry = modules;
      this.transformCache.sourceMaps = sourceMaps;
      current = this;
    }
  }

  requireModuleOrMock(from, name) {
    if (this.isShared && this !== current) {
      return current.requireModuleOrMock(from, name);
    }
    return super.requireModuleOrMock(from, name);
  }

  teardown() {
    if (this.isShared) {
      // Jest clears the registry that it finds.
      this.registries.moduleRegistry = new Map();
      for (const path of modules.keys()) {
        if (isOfOneSuite(path)) {
          modules.delete(path);
        }
      }
    }
    super.teardown();
  }
}

module.exports = { __esModule: true, default: SharedModulesRuntime };
