// The SDK's warning about the Node of its future versions would repeat in every test.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // These need system packages (`npm run test:pcsc`), or take a minute by themselves (`npm run test:policies`).
  testPathIgnorePatterns: [
    '<rootDir>/test/pcsc/',
    '<rootDir>/test/lib/decisions/',
    '<rootDir>/test/lib/deployed/',
  ],
  testMatch: ['**/*.test.ts'],
  transform: {
    '(\\.(ts|mjs)|/(sisteransi|fast-wrap-ansi|fast-string-[a-z-]+)/.*\\.js)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // clack and what it stands on are ES modules, which Jest cannot load as they are.
  transformIgnorePatterns: ['/node_modules/(?!@clack/|sisteransi|fast-wrap-ansi|fast-string-)'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  reporters: [
    'default',
    [
      '<rootDir>/test/support/summary-reporter.js',
      {
        notRun: [
          'test/pcsc, the real PC/SC stack, because it needs pcscd and vsmartcard-vpcd: npm run test:pcsc',
          'test/lib/decisions and test/lib/deployed, every policy asked for every action, because they take a minute: npm run test:policies',
        ],
      },
    ],
  ],
  testTimeout: 20_000,
  // Jest leaves one core idle; with two that halves the speed.
  maxWorkers: '100%',
};
