const base = require('../../jest.config.js');

/** The tests that need pcscd and vsmartcard-vpcd: `npm run test:pcsc`. @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/pcsc'],
  testPathIgnorePatterns: [],
  testTimeout: 180_000,
  // Each suite may start a pcscd of its own, and there can be only one.
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
