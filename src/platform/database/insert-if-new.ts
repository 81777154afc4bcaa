import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/**
 * Inserts a row unless any unique key of its table stops it. Naming one key would let two equal requests at once fail on another.
 * @returns whether the row was made; if not, read the one that was there first
 */
export async function insertIfNew(tx: EntityManager, entity: EntityTarget<ObjectLiteral>, row: ObjectLiteral): Promise<boolean> {
  const insert = tx.createQueryBuilder().insert().into(entity).values(row).orIgnore();
  const { raw } = (await insert.updateEntity(false).returning('id').execute()) as { raw: unknown[] }; // rows of RETURNING
  return raw.length > 0;
}
