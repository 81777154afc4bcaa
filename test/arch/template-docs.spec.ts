import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redrawTemplateDoc, TEMPLATE_HELPERS, templateVariables } from '../../src/domain/template-language.js';
import { compileTemplate, renderTemplate } from '../../src/platform/templates/template-compiler.js';

const doc = readFileSync(join(import.meta.dirname, '../../docs/templates.md'), 'utf8');

describe('docs/templates.md', () => {
  it('shows what the code says (redraw it with: node scripts/draw-templates.mjs)', () => {
    expect(redrawTemplateDoc(doc)).toBe(doc);
  });

  it.each(['variables', 'helpers'])('has a place for the table of %s', (name) => {
    const [, drawing] = doc.split(new RegExp(`<!-- (?:drawn|end): ${name} -->\n`));

    expect(drawing?.split('\n').length).toBeGreaterThan(5);
  });

  it('gives examples that a template takes', () => {
    const values = Object.fromEntries(templateVariables().map(({ name, example }) => [name, example]));
    const text = TEMPLATE_HELPERS.map(({ example }) => example).join('\n');

    expect(renderTemplate(compileTemplate(text, 'text'), values)).toEqual({ ok: true, text: 'Mei\nabout Leaf\n' });
  });
});
