const machineSettings = require('./test/support/machine-settings.js');
const suitesWithTools = require('./test/support/suites-with-tools.js');

// The SDK's warning about the Node of its future versions would repeat in every test.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Tests must not depend on them. A bundle of certificates also costs time, because each process parses it.
for (const name of Object.keys(process.env).filter((name) => machineSettings.test(name))) {
  delete process.env[name];
}

// For each resource, the CDK records the stack that created it, which nothing in these tests reads.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-creation-stack-traces': true });

/** @type {import('jest').Config} */
module.exports = {
  // Suites share the modules that take long to load.
  testEnvironment: '<rootDir>/test/support/shared-modules/environment.js',
  runtime: '<rootDir>/test/support/shared-modules/runtime.js',
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: [
    '<rootDir>/test/pcsc/',
    '<rootDir>/test/lib/decisions/',
    '<rootDir>/test/lib/deployed/',
    ...suitesWithTools.map((path) => `<rootDir>/${path}`),
  ],
  testMatch: ['**/*.test.ts'],
  transform: {
    '(\\.(ts|mjs)|/(sisteransi|fast-wrap-ansi|fast-string-[a-z-]+|node_modules/qr)/.*\\.js)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // clack and its dependencies, and qr, are ES modules, which Jest cannot load untransformed.
  transformIgnorePatterns: ['/node_modules/(?!@clack/|sisteransi|fast-wrap-ansi|fast-string-|qr/)'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  reporters: [
    'default',
    [
      '<rootDir>/test/support/summary-reporter.js',
      {
        notRun: [
          'most of the random cases and of the long repetitions and sweeps, and most ceremonies through the SDK, because they take a minute: CI=1 npm test',
          'suites that start cdk, aws, a compiler, a terminal or many processes of ours, or read pictures, because they take a minute: npm run test:tools',
          'test/lib/decisions and test/lib/deployed, every policy against every action, because they take a minute: npm run test:policies',
          'test/pcsc, the real PC/SC stack, because it needs pcscd and vsmartcard-vpcd: npm run test:pcsc',
          'test/faults, every fault in every ceremony, because it takes minutes: npm run faults',
        ],
      },
    ],
  ],
  // Long enough for a machine that does other things: it ends what hangs, and judges no speed.
  testTimeout: 60_000,
  // By default, Jest leaves one core idle; of two, that is half.
  maxWorkers: '100%',
};
