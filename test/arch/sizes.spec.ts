import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, sourceFiles } from '../support/source-files.js';

const MAX_LINES = 300;
const FOLDERS = ['src', 'migrations', 'test', 'bench', 'client'].filter((folder) => existsSync(join(root, folder)));
// Made of two parts, so that this file does not find itself.
const OFF = ['eslint', 'disable'].join('-');
const DISABLE = new RegExp(`${OFF}(?!.* -- \\S)`);

/** As `wc -l` counts: comments and blank lines too, for a file is read whole. */
const linesOf = (text: string): number => text.split('\n').length - 1;

describe('source files', () => {
  const files = sourceFiles(...FOLDERS);

  it('are found', () => {
    expect(files.map((file) => file.path)).toEqual(expect.arrayContaining(['src/domain/errors.ts', 'test/arch/sizes.spec.ts']));
  });

  it(`have at most ${MAX_LINES} lines`, () => {
    const long = files.map(({ path, text }) => ({ path, lines: linesOf(text) })).filter(({ lines }) => lines > MAX_LINES);

    expect(long).toEqual([]);
  });

  it('switch a lint rule off only with a reason (after " -- ")', () => {
    expect(files.filter(({ text }) => text.split('\n').some((line) => DISABLE.test(line))).map((file) => file.path)).toEqual([]);
  });
});

describe('the measures', () => {
  it.each([
    ['const a = 1;\n\n// why\n/** doc\n * more\n */\nconst b = 2; // here\n', 7],
    ['const a = 1;\n', 1],
    ['', 0],
  ])('counts every line of %j: %i', (text, lines) => {
    expect(linesOf(text)).toBe(lines);
  });

  it.each([
    [`// ${OFF}-next-line no-console`, true],
    [`// ${OFF}-next-line no-console -- `, true],
    [`// ${OFF}-next-line no-console -- the program speaks here`, false],
  ])('%j is without a reason: %s', (line, bare) => {
    expect(DISABLE.test(line)).toBe(bare);
  });
});
