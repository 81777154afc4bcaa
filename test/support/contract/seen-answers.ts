import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

// Apart from the check itself: every spec file loads this, and most of them never ask over HTTP.
const offences = new Set<string>();
const seen = new Set<string>();

export function noteAnswer(what: string, offence: string | undefined): void {
  seen.add(what);
  if (offence !== undefined) offences.add(offence);
}

/** What answers did not keep to since the last call. A spec that offends on purpose takes its own before the check does. */
export function takeContractOffences(): string[] {
  const found = [...offences];
  offences.clear();
  return found;
}

/** Hands on which answers were seen, for the closing report of the run. */
export function reportSeen(): void {
  const folder = process.env['CONTRACT_COVERAGE'];
  if (folder === undefined || seen.size === 0) return;
  appendFileSync(join(folder, randomBytes(8).toString('hex')), `${[...seen].join('\n')}\n`);
  seen.clear();
}
