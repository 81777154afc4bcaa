/** The database is away, or too busy to answer: what failed may be tried again as it was. SQLSTATE classes 08, 53 and 57, and lost connections. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(?:(?:08|53|57)...|E[A-Z]{3,})$/.test(code) ||
    /connection (?:terminated|timeout|ended)|timeout exceeded when trying to connect/i.test(error.message)
  );
}
