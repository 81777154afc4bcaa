// Runs in every spec file before its tests. Hooks that hold for the whole suite are installed here.
const domain = expect.getState().testPath?.includes('/src/domain/') ?? false; // knows no database, and shall not pay for its driver
if (!domain) {
  const { takeOffences, watchStatements } = await import('./tenant-hook.js');
  const { reportSeen, takeContractOffences } = await import('./contract/seen-answers.js');
  watchStatements();
  // An application answers 500 where the hook refused; the test shall fail by the cause, whatever it expected.
  const check = (): void => {
    const [first] = [...takeOffences(), ...takeContractOffences()];
    if (first !== undefined) throw new Error(first);
  };
  afterEach(check);
  afterAll(check);
  afterAll(reportSeen);
}
export {};
