const base = require('../../../jest.config.js');

/** Every policy, asked for every action, and deployed: `npm run test:policies`. @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../../..',
  roots: ['<rootDir>/test/lib/decisions', '<rootDir>/test/lib/deployed'],
  testPathIgnorePatterns: [],
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
