import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_CODES } from '../../src/domain/problem-catalogue.js';
import { drawProblemPage } from '../../src/domain/problem-page.js';
import { root, sourceFiles } from '../support/source-files.js';

/** Where codes are only talked of, never given. */
const TALK = ['src/domain/problem-catalogue.ts', 'src/domain/problem-page.ts', 'src/platform/http/contract/'];

const sources = sourceFiles('src').filter(({ path }) => !path.endsWith('.spec.ts') && !TALK.some((place) => path.startsWith(place)));
/** Without the lists of the routes, which name codes that others raise. */
const code = sources.map(({ text }) => text.replaceAll(/@Problems\([^)]*\)/g, '')).join('\n');

/** How an error gets its code; the compiler holds each of them to the catalogue, so that this finds none only shows that it looks. */
const GIVEN = [
  /new (?:Conflict|RuleViolation)\(\s*'(\w+)'/g,
  /RuleViolation\.at\(\s*[^,]+,\s*'(\w+)'/g,
  /new HttpProblem\(\s*\d+,\s*'(\w+)'/g,
  /status: \d+,\s*code: '(\w+)'/g,
  /readonly code(?:: ProblemCode)? = '(\w+)'/g,
];
const given = new Set(GIVEN.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? '')));

describe('the catalogue of problems', () => {
  it('knows every code that the source gives to an error', () => {
    expect([...given].filter((one) => !PROBLEM_CODES.some((known) => known === one))).toEqual([]);
    expect(given.size).toBeGreaterThan(60);
  });

  it('holds no code that nothing gives to an error', () => {
    expect(PROBLEM_CODES.filter((one) => !code.includes(`'${one}'`))).toEqual([]);
  });

  it('is what docs/problems.md shows (redraw it with: node scripts/draw-domain.mjs)', () => {
    expect(readFileSync(join(root, 'docs/problems.md'), 'utf8')).toBe(drawProblemPage());
  });
});
