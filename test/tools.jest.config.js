const base = require('../jest.config.js');
const suitesWithTools = require('./support/suites-with-tools.js');

/** The suites that start large programs: `npm run test:tools`. @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '..',
  testMatch: suitesWithTools.map((path) => `<rootDir>/${path}`),
  testPathIgnorePatterns: [],
  // They start programs, which take many times as long on a busy machine.
  testTimeout: 180_000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
