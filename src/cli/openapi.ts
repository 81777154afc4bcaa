import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../bootstrap.js';
import { buildOpenApiDocument } from '../platform/http/openapi.js';
import { withApp } from './with-app.js';

/** Writes the contract, with the routes that exist only with SANDBOX=true. Leaves no trace in DATA_DIR. */
export async function runOpenApi([file = 'openapi.json']: string[]): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'linkwright-openapi-'));
  try {
    await withApp(
      async (app) => {
        await writeFile(file, `${JSON.stringify(buildOpenApiDocument(app), null, 2)}\n`);
      },
      { SANDBOX: 'true', ...(environment()['DATABASE_URL'] ? {} : { DATA_DIR: dataDir }) },
    );
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  process.stdout.write(`Wrote ${file}.\n`);
}
