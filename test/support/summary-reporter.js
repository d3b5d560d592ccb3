/** Prints at the end of a run what was skipped or left out, and the counts. */
class SummaryReporter {
  /** @param options.notRun one line for each part that this configuration leaves out, with the reason and the command that runs it */
  constructor(_globalConfig, options = {}) {
    this.notRun = options.notRun ?? [];
  }

  onRunComplete(_contexts, results) {
    const skipped = new Set();
    for (const { testResults } of results.testResults) {
      for (const test of testResults) {
        if (test.status === 'pending') {
          skipped.add(test.ancestorTitles.join(' › ') || test.title);
        }
      }
    }
    const lines = [...skipped].map((title) => `skipped: ${title}\n`);
    lines.push(...this.notRun.map((line) => `not run: ${line}\n`));
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = results;
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    process.stderr.write(
      `\n${lines.join('')}${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`,
    );
  }
}

module.exports = SummaryReporter;
