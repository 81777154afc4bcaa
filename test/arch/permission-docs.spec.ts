import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BORDER_CHANGES, changeRuleOf } from '../../src/domain/border-changes.js';
import { redrawPermissionDoc } from '../../src/domain/permission-tables.js';
import { borderWord, wordOfField } from '../../src/domain/project-border.js';
import { CONTRACT_ROUTES } from '../support/contract-routes.js';

const doc = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');

/** What may be of several kinds, or is no thing of a project: its list is narrowed row by row. */
const OF_ANY_KIND = ['subjectId', 'eventId', 'lastEventId', 'requestId'];

describe('docs/permissions.md', () => {
  it('shows what the code says (redraw it with: node scripts/draw-permissions.mjs)', () => {
    expect(redrawPermissionDoc(doc)).toBe(doc);
  });

  it.each(['permissions', 'border', 'changes'])('has a place for the table of %s', (name) => {
    const [, drawing] = doc.split(new RegExp(`<!-- (?:drawn|end): ${name} -->\n`));

    expect(drawing?.split('\n').length).toBeGreaterThan(10);
  });
});

describe('the table of the project border', () => {
  it('knows every word that stands before an id in a path', () => {
    const unknown = CONTRACT_ROUTES.flatMap(({ name, words }) => words.filter((word) => !borderWord(word)).map((word) => `${name}: ${word}`));

    expect(unknown).toEqual([]);
  });

  it('knows the first word of every address at which something changes', () => {
    const changing = CONTRACT_ROUTES.filter(({ method }) => method !== 'get');

    expect(changing.filter(({ path }) => !changeRuleOf(path)).map(({ name }) => name)).toEqual([]);
    expect(Object.keys(BORDER_CHANGES).filter((word) => !changing.some(({ path }) => path.split('/')[1] === word))).toEqual([]);
  });

  it('knows every field that holds ids', () => {
    const fields = CONTRACT_ROUTES.flatMap(({ idFields, idFilters }) => [
      ...idFields.map((field) => field.replaceAll(/\/\d+/g, '').split('/').at(-1) ?? ''),
      ...idFilters.map((filter) => /\[(\w+)\]$/.exec(filter)?.[1] ?? filter),
    ]);

    expect([...new Set(fields)].filter((field) => field !== 'id' && !OF_ANY_KIND.includes(field) && !wordOfField(field))).toEqual([]);
  });
});
