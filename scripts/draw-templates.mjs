// Draws docs/templates.md anew: the tables of variables and helpers from src/domain.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './ensure-built.mjs';

const { redrawTemplateDoc } = await import('../dist/src/domain/template-language.js');
const path = join(import.meta.dirname, '../docs/templates.md');
writeFileSync(path, redrawTemplateDoc(readFileSync(path, 'utf8')));
