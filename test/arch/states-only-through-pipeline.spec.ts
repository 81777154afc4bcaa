import ts from 'typescript';
import { sourceFiles } from '../support/source-files.js';

const TABLES = 'opportunities|enrollments|messages|pitches|backlinks';
const ENTITIES = ['Opportunity', 'Enrollment', 'Message', 'Pitch', 'Backlink'];
const STATE_KEYS = ['stage', 'state'];
const UPDATE = new RegExp(`\\bUPDATE\\s+(?:ONLY\\s+)?"?(?:${TABLES})"?(?:\\s+(?:AS\\s+)?(?!SET\\b)\\w+)?\\s+SET\\s`, 'gi');
/** A new row begins its life through pipeline as well. */
const INSERT = new RegExp(`\\bINSERT\\s+INTO\\s+"?(?:${TABLES})\\b`, 'i');
const COLUMN = /\b(?:stage|state)\b/i;

/** The columns that the assignments after a SET name: what stands left of each equals sign, wherever else a state is only read. */
function columnsSet(assignments: string): string[] {
  const columns: string[] = [];
  let depth = 0;
  let column = '';
  let named = false;
  for (const [part] of assignments.matchAll(/\b(?:WHERE|FROM|RETURNING)\b|[\s\S]/gi)) {
    if (part.length > 1 && depth === 0) break;
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
    if (part === '=' && depth === 0 && !named) {
      columns.push(column);
      named = true;
    }
    if (part === ',' && depth === 0) {
      column = '';
      named = false;
    } else column += part;
  }
  return columns;
}

const writesState = (sql: string): boolean =>
  INSERT.test(sql) || [...sql.matchAll(UPDATE)].some((match) => columnsSet(sql.slice(match.index + match[0].length)).some((one) => COLUMN.test(one)));

function textsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.getText()];
  return [];
}

const isEntity = (node: ts.Node | undefined): boolean => node !== undefined && ts.isIdentifier(node) && ENTITIES.includes(node.text);

/** The method that is called, and the entity it is called for: `tx.update(Pitch, …)`, `getRepository(Pitch).update(…)`, `.update(Pitch).set(…)`. */
function callOnEntity(node: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression: on } = node.expression;
  const forEntity = isEntity(node.arguments[0]) || (ts.isCallExpression(on) && on.arguments.some(isEntity));
  return forEntity ? name.text : undefined;
}

function setsState(node: ts.Expression | undefined): boolean {
  if (!node || !ts.isObjectLiteralExpression(node)) return false;
  return node.properties.some((property) => property.name !== undefined && STATE_KEYS.includes(property.name.getText().replaceAll(/['"]/g, '')));
}

/** The places of a file that write a machine's state by themselves. */
function trespasses(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const sql of textsIn(node)) if (writesState(sql)) found.push(sql);
    if (ts.isCallExpression(node)) {
      const method = callOnEntity(node);
      const makes = method !== undefined && ['insert', 'save', 'upsert'].includes(method);
      const changes = (method === 'update' || method === 'set') && setsState(node.arguments.at(-1));
      if (makes || changes) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true));
  return found;
}

describe('the states of the five machines', () => {
  const files = sourceFiles('src').filter(({ path }) => !path.startsWith('src/modules/pipeline/') && !path.endsWith('.spec.ts'));

  it('are written by pipeline alone', () => {
    const found = files.flatMap(({ path, text }) => trespasses(text).map((place) => ({ path, place })));

    expect(files.length).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });

  it.each([
    ['sets a state', 'await tx.query(`UPDATE messages SET state = $1 WHERE id = $2`)'],
    ['sets a stage among others', 'const sql = `update opportunities o\n set version = o.version + 1, stage = $1 where id = $2`'],
    ['sets a quoted column', `const sql = 'UPDATE "backlinks" SET "state" = $1'`],
    ['sets a state in a statement with an expression', 'const sql = `UPDATE pitches SET state = ${to} WHERE id = $1`'],
    ['sets a state after what another row says', 'const sql = `UPDATE messages SET subject = (SELECT name FROM x WHERE id = 1), state = $1`'],
    ['sets several columns at once', 'const sql = `UPDATE pitches SET (live_url, state) = ($1, $2) WHERE id = $3`'],
    ['makes a row by SQL', 'const sql = `INSERT INTO enrollments (id, state) VALUES ($1, $2)`'],
    ['makes a row', 'await tx.insert(Opportunity, row)'],
    ['makes a row by its repository', 'await db.getRepository(Backlink).insert(row)'],
    ['updates by the entity', `await tx.update(Pitch, { id }, { state: 'accepted' })`],
    ['updates by its repository', `await tx.getRepository(Message).update({ id }, { state: 'sent' })`],
    ['updates by the builder', `await tx.createQueryBuilder().update(Opportunity).set({ stage }).execute()`],
  ])('would be found when a file %s', (_, text) => {
    expect(trespasses(text)).toHaveLength(1);
  });

  it.each([
    ['reads by state', 'const sql = `SELECT id FROM messages WHERE state = $1`'],
    ['sets something else of rows in a state', `const sql = "UPDATE backlinks SET next_check_at = $1 WHERE state = 'live'"`],
    ['sets when the state changed', 'const sql = `UPDATE messages SET state_changed_at = $1`'],
    [
      'sets something else by its state',
      "const sql = `UPDATE messages SET next_at = CASE WHEN state = 'scheduled' THEN $3 ELSE next_at END, attempts = 0`",
    ],
    ['sets another table', 'const sql = `UPDATE webhook_deliveries SET state = $1`'],
    ['changes a draft', `await tx.update(Message, { id, state: 'draft' }, { subject })`],
    ['has an entity of its own', `await tx.insert(Campaign, { state: 'draft' })`],
  ])('may stay when a file %s', (_, text) => {
    expect(trespasses(text)).toEqual([]);
  });
});
