/**
 * Jest's runtime, with modules that all suites of a worker share. Jest evaluates every module again for each suite, and
 * aws-cdk-lib or the AWS SDK take longer for that than most suites for their tests.
 *
 * Everything in test/ but the sandbox and the tokens is still loaded for each suite, because a suite may change it and it may
 * register hooks. A suite that uses `jest.mock` shares nothing (see environment.js).
 *
 * This builds on what Jest does not document. Therefore Jest's version is exact, and shared-modules.test.ts tests it.
 */
const asyncHooks = require('node:async_hooks');
const { join, sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');

const tests = join(__dirname, '../..') + sep;
const sharedTests = ['sandbox', 'tokens'].map((room) => join(tests, room) + sep);

/**
 * With each acknowledgement, the CDK records where it was made, which nothing in these tests reads. Mapping that stack to the
 * sources takes a twelfth of the time of a suite that synthesizes.
 */
const CDK_STACK_TRACE = '../private/stack-trace';
const CDK = `${sep}aws-cdk-lib${sep}core${sep}`;

/** All loaded modules by path. */
const modules = new Map();
/** Jest's own modules, which it loads into each environment: expect, snapshots, messages. */
const modulesOfJest = new Map();
/** Kept for stacks through modules that an earlier suite loaded. */
const sourceMaps = new Map();
/** Serves the suite that runs. A shared module keeps the `require` of the suite that loaded it, and may call it later. */
let current;

function isOfOneSuite(path) {
  const isTest = path.startsWith(tests) && !path.includes(`${sep}node_modules${sep}`);
  return isTest && (path.endsWith('.test.ts') || !sharedTests.some((folder) => path.startsWith(folder)));
}

/**
 * Keeps the test or hook that runs, for jest-circus. Node's own storage follows every promise for that, which takes a tenth
 * of the time of most suites, and continues after the suite has ended. Tests never run at the same time, so one value is enough.
 */
class ContextOfOneTest {
  #store;

  run(store, callback) {
    const before = this.#store;
    this.#store = store;
    const restore = () => {
      this.#store = before;
    };
    const result = callback();
    if (typeof result?.finally === 'function') {
      return result.finally(restore);
    }
    restore();
    return result;
  }

  getStore() {
    return this.#store;
  }
}

class SharedModulesRuntime extends Runtime {
  constructor(...parts) {
    super(...parts);
    const [, environment] = parts;
    this.isShared = environment.isShared === true;
    if (this.isShared) {
      this.registries.moduleRegistry = modules;
      this.registries.internalModuleRegistry = modulesOfJest;
      this.transformCache.sourceMaps = sourceMaps;
      current = this;
    }
  }

  requireModuleOrMock(from, name) {
    if (this.isShared && this !== current) {
      return current.requireModuleOrMock(from, name);
    }
    const found = super.requireModuleOrMock(from, name);
    if (name === CDK_STACK_TRACE && from.includes(CDK)) {
      found.enhancedStackTrace = () => [];
    }
    return found;
  }

  requireInternalModule(from, name) {
    if (this.isShared && this !== current) {
      return current.requireInternalModule(from, name);
    }
    return name === 'node:async_hooks'
      ? { ...asyncHooks, AsyncLocalStorage: ContextOfOneTest }
      : super.requireInternalModule(from, name);
  }

  teardown() {
    if (this.isShared) {
      // Jest clears the registries that it finds.
      this.registries.moduleRegistry = new Map();
      this.registries.internalModuleRegistry = new Map();
      for (const path of modulesOfJest.keys()) {
        if (path.includes(`${sep}jest-circus${sep}`)) {
          modulesOfJest.delete(path);
        }
      }
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
