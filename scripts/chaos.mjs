// The fault matrix of sending at its full size (test/chaos): npm run chaos -- [--seed N] [--mails 200] [--rounds 20] [--servers own,shared]
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outfile = join(root, 'dist/chaos/main.mjs'); // as deep as its sources: paths inside are told from there
await build({
  entryPoints: [join(root, 'test/chaos/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
await import(outfile);
