// Draws docs/domain.md anew: the state diagrams from src/domain/machines, the ladder from ladder.json. And docs/problems.md from the catalogue.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './ensure-built.mjs';

const root = join(import.meta.dirname, '..');
const { drawProblemPage } = await import('../dist/src/domain/problem-page.js');
const { redrawDomainDoc } = await import('../dist/src/domain/machine-diagram.js');
const path = join(root, 'docs/domain.md');
const ladder = JSON.parse(readFileSync(join(root, 'ladder.json'), 'utf8'));
writeFileSync(path, redrawDomainDoc(readFileSync(path, 'utf8'), ladder));
writeFileSync(join(root, 'docs/problems.md'), drawProblemPage());
