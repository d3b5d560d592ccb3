const base = require('../../../jest.config.js');

/** Every policy, asked for every action, and deployed: `npm run test:policies`. @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../../..',
  roots: ['<rootDir>/test/lib/decisions', '<rootDir>/test/lib/deployed'],
  testPathIgnorePatterns: [],
  // They deploy whole apps, which takes many times as long on a busy machine.
  testTimeout: 180_000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
