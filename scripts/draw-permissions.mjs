// Draws docs/permissions.md anew: the tables of roles and of the project border from src/domain.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './ensure-built.mjs';

const { redrawPermissionDoc } = await import('../dist/src/domain/permission-tables.js');
const path = join(import.meta.dirname, '../docs/permissions.md');
writeFileSync(path, redrawPermissionDoc(readFileSync(path, 'utf8')));
