/**
 * Lets `ask` send its statements, of which only the plans are made: warm, the best of three, and taken back. With several
 * statements it is the slowest that counts.
 */
export async function explain(db, ask) {
  let best;
  for (let round = 0; round < 3; round += 1) {
    await db.query('BEGIN');
    let slowest;
    await ask({
      query: async (sql, values) => {
        const { rows: found } = await db.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values);
        const [plan] = found[0]['QUERY PLAN'];
        if (!slowest || plan['Execution Time'] > slowest['Execution Time']) slowest = plan;
        return [];
      },
    }).catch((error) => (slowest ??= { error }));
    await db.query('ROLLBACK');
    if (slowest.error) return slowest;
    if (!best || slowest['Execution Time'] < best['Execution Time']) best = slowest;
  }
  return best;
}

/** The plan in lines, what was never reached left out. */
export function linesOf(plan) {
  const lines = [];
  walk(plan.Plan, 1, lines);
  return lines;
}

function walk(node, depth, lines) {
  const { Plans: below = [], ...is } = node;
  if (is['Actual Loops'] === 0 || (is['Actual Rows'] === 0 && below.length === 0 && is['Shared Hit Blocks'] <= 2)) return;
  const on = [is['Index Name'] ?? is['Relation Name'] ?? is['CTE Name'], is['Alias']].filter(Boolean).join(' ');
  const dropped = is['Rows Removed by Filter'] > 0 ? `, ${is['Rows Removed by Filter']} dropped` : '';
  lines.push(
    `${'  '.repeat(depth)}${is['Node Type']} ${on}  (${is['Actual Rows']} rows${dropped} x ${is['Actual Loops']}, ${is['Actual Total Time']} ms)`,
  );
  for (const child of below) walk(child, depth + 1, lines);
}
