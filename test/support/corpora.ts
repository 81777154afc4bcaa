import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const CORPORA = process.env['CORPORA_DIR'] ?? path.join(import.meta.dirname, '../../../shared/corpora');

export function corpusPath(...parts: string[]): string {
  return path.join(CORPORA, ...parts);
}

/** `describe`, or a skip that says why: users' machines have no corpora folder. */
export function describeCorpus(title: string, body: () => void): void {
  if (existsSync(CORPORA)) describe(title, body);
  else describe.skip(`${title} (skipped: no corpora folder, set CORPORA_DIR)`, body);
}

/** The rows of a JSON Lines file of the corpora; none where the folder is missing. */
export function corpusRows<T>(...parts: string[]): T[] {
  if (!existsSync(corpusPath(...parts))) return [];
  return readFileSync(corpusPath(...parts), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
