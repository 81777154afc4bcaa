/**
 * Fills large tables: their triggers, foreign keys and indexes are taken away while `fill` runs and made anew after it, which
 * is several times quicker than keeping them row by row. Nobody checks that the rows refer to each other: `fill` knows.
 * @param without  indexes that are not made again, by their definition
 */
export async function fillQuickly(db, tables, fill, without = /^$/) {
  const ask = async (sql, ...values) => (await db.query(sql, values)).rows.map(({ sql: found }) => found);
  const keys = `pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY ($1::regclass[])`;
  // indexes of a partitioned table name its partitions' by themselves
  const indexes = `
    pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = ANY ($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)`;
  const [dropped, made] = [
    [
      ...(await ask(`SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS sql FROM ${keys}`, tables)),
      ...(await ask(`SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS sql FROM ${indexes}`, tables)),
    ],
    [
      ...(await ask(`SELECT replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS sql FROM ${indexes}`, tables)),
      ...(await ask(
        `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS sql FROM ${keys}`,
        tables,
      )),
    ],
  ];
  await db.query(`SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0`);
  for (const table of tables) await db.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  for (const sql of dropped) await db.query(sql);
  await fill();
  for (const sql of made) if (!without.test(sql)) await db.query(sql);
  for (const table of tables) await db.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
}
