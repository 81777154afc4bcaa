// npm run migrate:new <kebab-what>: an empty migration with the next 13-digit name, listed last in migrations/index.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const what = process.argv[2];
if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(what ?? '')) {
  console.error('Usage: npm run migrate:new <what-it-does>   (lower case, words joined by -)');
  process.exit(1);
}
const folder = join(import.meta.dirname, '../migrations');
const stamp = Date.now();
const name = `${what.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase())}${stamp}`;
writeFileSync(
  join(folder, `${stamp}-${what}.ts`),
  `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What it is for. Expand and contract; never a lock for long. */
export class ${name} implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(\`\`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('');
  }
}
`,
);
const index = join(folder, 'index.ts');
const text = readFileSync(index, 'utf8');
writeFileSync(index, text.replace(/\n\n\/\*\*/, `\nimport { ${name} } from './${stamp}-${what}.js';\n\n/**`).replace(/\n\];/, `\n  ${name},\n];`));
console.log(`migrations/${stamp}-${what}.ts`);
