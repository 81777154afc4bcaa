import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

interface Violation {
  readonly rule: string;
  readonly from: string;
}

/** Runs the same program as `npm run lint:floors`, in a given tree. */
function violationsIn(cwd: string, paths: readonly string[]): Violation[] {
  const run = spawnSync(process.execPath, [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...paths], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser said: ${run.stdout}${run.stderr}`);
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map((violation) => ({ rule: violation.rule.name, from: violation.from }));
}

const use = (from: string): string => `import { x } from '${from}';\nexport const y = x;\n`;
const LEAF = 'export const x = 1;\n';

/** A small tree that keeps every rule: specs beside the code, calls down the floors and up the list, the four faces. */
const INNOCENT: Readonly<Record<string, string>> = {
  'src/domain/rule.ts': LEAF,
  'src/domain/rule.spec.ts': use('node:fs'),
  'src/domain/decision.ts': use('./rule.js'),
  'src/platform/clock.ts': LEAF,
  'src/platform/sign.ts': use('../domain/rule.js'),
  'src/modules/projects/projects.service.ts': LEAF,
  'src/modules/projects/projects.queries.ts': LEAF,
  'src/modules/prospects/prospects.service.ts': use('../projects/projects.service.js'),
  'src/modules/prospects/prospect.entity.ts': use('typeorm'),
  'src/app.module.ts': use('./modules/prospects/prospects.service.js'),
};

const PLANTED: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['no-cycles', 'src/platform/egg.ts', { 'src/platform/hen.ts': use('./egg.js'), 'src/platform/egg.ts': use('./hen.js') }],
  ['domain-is-pure', 'src/domain/impure-platform.ts', { 'src/domain/impure-platform.ts': use('../platform/clock.js') }],
  ['domain-is-pure', 'src/domain/impure-node.ts', { 'src/domain/impure-node.ts': use('node:crypto') }],
  ['domain-is-pure', 'src/domain/impure-library.ts', { 'src/domain/impure-library.ts': use('typeorm') }],
  ['platform-knows-no-feature', 'src/platform/nosy.ts', { 'src/platform/nosy.ts': use('../modules/projects/projects.service.js') }],
  ['ladder-projects', 'src/modules/projects/looks-up.ts', { 'src/modules/projects/looks-up.ts': use('../prospects/prospects.service.js') }],
  [
    'typeorm-stays-below-controllers',
    'src/modules/prospects/prospects.controller.ts',
    { 'src/modules/prospects/prospects.controller.ts': use('typeorm') },
  ],
  ['features-show-four-faces', 'src/modules/prospects/peeks.ts', { 'src/modules/prospects/peeks.ts': use('../projects/projects.queries.js') }],
  [
    'every-feature-stands-on-the-ladder',
    'src/uses-stray.ts',
    { 'src/uses-stray.ts': use('./modules/stray/stray.service.js'), 'src/modules/stray/stray.service.ts': LEAF },
  ],
  ['demo-is-a-guest', 'src/demo/burglar.ts', { 'src/demo/burglar.ts': use('../domain/rule.js') }],
];

/** A tree in a temporary place, under this repository's own rules; a stub stands for the library. */
function plant(tree: Readonly<Record<string, string>>): string {
  const place = mkdtempSync(join(tmpdir(), 'floors-'));
  for (const name of ['.dependency-cruiser.cjs', 'ladder.json', 'tsconfig.json']) copyFileSync(join(root, name), join(place, name));
  const files = {
    'package.json': '{ "type": "module", "dependencies": { "typeorm": "1" } }',
    'node_modules/typeorm/package.json': '{ "name": "typeorm", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
    'node_modules/typeorm/index.js': LEAF,
    ...tree,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return place;
}

describe('the floors and the ladder', () => {
  const places: string[] = [];
  const planted = (tree: Readonly<Record<string, string>>): Violation[] => {
    const place = plant(tree);
    places.push(place);
    return violationsIn(place, ['src']);
  };
  let found: Violation[] = [];

  beforeAll(() => {
    found = planted(Object.assign({}, INNOCENT, ...PLANTED.map(([, , files]) => files)) as Record<string, string>);
  });
  afterAll(() => {
    for (const place of places) rmSync(place, { recursive: true, force: true });
  });

  it('hold in this tree', () => {
    expect(violationsIn(root, ['src', 'migrations'])).toEqual([]);
  });

  it('find nothing in an innocent tree', () => {
    expect(planted(INNOCENT)).toEqual([]);
  });

  it.each(PLANTED)('%s shouts at %s', (rule, from) => {
    expect(found).toContainEqual({ rule, from });
  });

  it('shout at nothing beside what was planted', () => {
    const guilty = new Set(PLANTED.flatMap(([, , files]) => Object.keys(files)));

    expect(found.filter(({ from }) => !guilty.has(from))).toEqual([]);
  });
});
