/**
 * One environment for all suites of a worker, so that they can share modules (see runtime.js): a module belongs to the
 * global object that it was loaded with. Everything else that a suite may leave behind is restored after it.
 */
const { readFileSync } = require('node:fs');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/** The global symbols in which jest-circus keeps the state of one suite. */
const STATE_OF_SUITE = ['JEST_STATE_SYMBOL', 'EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL'];

/**
 * Makes an environment whose global object is an ordinary one. Jest's is a proxy, through which each look at `Math`, `Map` or
 * `Date` takes fifteen times as long.
 */
function withOrdinaryGlobal(Environment, ...parts) {
  const { createContext } = vm;
  const ordinary = vm.constants?.DONT_CONTEXTIFY; // since Node 20.18
  vm.createContext = ordinary === undefined ? createContext : () => createContext(ordinary);
  try {
    return new Environment(...parts);
  } finally {
    vm.createContext = createContext;
  }
}

class SharedEnvironment extends TestEnvironment {
  isShared = true;
  #variables;

  async setup() {
    await super.setup();
    this.#variables = { ...this.global.process.env };
    // Node's default. Jest raises it to 100, and CDK takes a stack trace, mapped to the sources, for each acknowledgement.
    this.global.Error.stackTraceLimit = 10;
  }

  async teardown() {
    this.fakeTimers.useRealTimers();
    this.fakeTimersModern.useRealTimers();
    for (const symbol of Object.getOwnPropertySymbols(this.global)) {
      if (STATE_OF_SUITE.includes(symbol.description)) {
        delete this.global[symbol];
      }
    }
    const { env } = this.global.process;
    for (const name of Object.keys(env)) {
      delete env[name];
    }
    Object.assign(env, this.#variables);
  }
}

let shared;

/** Gives the shared environment; a suite that replaces modules gets one of its own. Jest calls it with `new`. */
function environmentFor(config, context) {
  if (/\bjest\.(mock|unmock|doMock|resetModules)\(/.test(readFileSync(context.testPath, 'utf8'))) {
    return withOrdinaryGlobal(TestEnvironment, config, context);
  }
  shared ??= withOrdinaryGlobal(SharedEnvironment, config, context);
  return shared;
}

module.exports = environmentFor;
