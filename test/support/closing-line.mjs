// Jest reporter: the very last line of a run is "N passed, N failed, N skipped".
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites; // a file that could not run fails as one
    const skipped = results.numPendingTests + results.numTodoTests;
    // Jest's own summary and the global teardown come after this hook: only at exit nothing follows.
    process.once('exit', () => process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`));
  }
}
