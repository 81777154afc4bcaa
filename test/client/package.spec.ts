import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/source-files.js';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

const folder = join(root, 'client');

describe('the package of the client', () => {
  it('holds what its users need, and nothing else', () => {
    const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    const [packed] = JSON.parse(answer) as Packed[];
    const modules = ['client', 'index', 'pages', 'problem', 'query', 'retry', 'schema'].flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);

    expect(packed?.files.map(({ path }) => path).sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', ...modules, 'package.json'].sort());
  });

  it('has the licence of the product, and runs where fetch does', () => {
    const { license, engines, dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;

    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    expect({ license, engines, dependencies }).toEqual({
      license: 'MIT',
      engines: { node: '>=20.3' },
      dependencies: { 'openapi-fetch': expect.any(String) },
    });
  });

  it('names nothing that only Node has', () => {
    const built = ['client', 'pages', 'problem', 'query', 'retry'].map((name) => readFileSync(join(folder, `dist/${name}.js`), 'utf8')).join('\n');

    expect(built).not.toMatch(/from 'node:|\bprocess\.|\bBuffer\b|require\(/);
  });
});
