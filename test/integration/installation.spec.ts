import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openInstallation } from '../../src/platform/secrets/installation.js';
import { SecretBox, WrongSecretKey } from '../../src/platform/secrets/secret-box.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the keys of an installation', () => {
  let database: TestDatabase;
  let client: Client;
  const newBox = (): SecretBox => new SecretBox(randomBytes(32).toString('base64'));

  beforeEach(async () => {
    database = await createTestDatabase();
    client = new Client(database.url);
    await client.connect();
  });

  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  const db = { query: async <T>(sql: string, values?: unknown[]): Promise<T> => (await client.query(sql, values)).rows as T };

  it('are made once, and are the same at every start', async () => {
    const box = newBox();

    const [first, second] = [await openInstallation(db, box), await openInstallation(db, box)];

    expect(second.verify('report', 'x', first.sign('report', 'x'))).toBe(true);
  });

  it('do not open for another SECRET_KEY: it is refused before it does harm', async () => {
    await openInstallation(db, newBox());

    await expect(openInstallation(db, newBox())).rejects.toThrow(WrongSecretKey);
  });
});
