import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redrawDomainDoc } from '../../src/domain/machine-diagram.js';
import { MACHINE_NAMES } from '../../src/domain/machines/machine.js';

const root = join(import.meta.dirname, '../..');
const doc = readFileSync(join(root, 'docs/domain.md'), 'utf8');
const ladder = JSON.parse(readFileSync(join(root, 'ladder.json'), 'utf8')) as string[];

describe('docs/domain.md', () => {
  it('shows what the code says (redraw it with: node scripts/draw-domain.mjs)', () => {
    expect(redrawDomainDoc(doc, ladder)).toBe(doc);
  });

  it.each([...MACHINE_NAMES, 'ladder'])('has a place for the %s', (name) => {
    const [, drawing] = doc.split(new RegExp(`<!-- (?:drawn|end): ${name} -->\n`));

    expect(drawing?.split('\n').length).toBeGreaterThan(10);
  });
});
