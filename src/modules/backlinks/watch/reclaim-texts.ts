import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wordsOf } from '../../../domain/reason-words.js';
import { compileMailTemplate, type MailTemplate } from '../../../platform/templates/mail-template.js';
import { readStarterSequence } from '../../../platform/templates/starter-sequences.js';
import { templateFolder } from '../../../platform/templates/template-folder.js';
import type { LostLink } from './reclaim.queries.js';

/** The words that ask for a link again: the starter's for one that has gone, others for one that has changed. */
export async function reclaimTemplate({ state, complianceCodes }: Pick<LostLink, 'state' | 'complianceCodes'>): Promise<MailTemplate> {
  if (state === 'degraded') return changedTemplate(wordsOf(complianceCodes));
  const { steps } = await readStarterSequence('reclamation');
  for (const step of steps) if (step.kind !== 'task') return compileMailTemplate(step.mail);
  throw new Error('The starter of reclamation has no mail.');
}

async function changedTemplate(findings: readonly string[]): Promise<MailTemplate> {
  const read = (part: string) => readFile(join(templateFolder(), 'outreach', 'reclamation', `changed.${part}.hbs`), 'utf8');
  const [subject, text] = await Promise.all([read('subject'), read('text')]);
  // sentences of ours, which hold nothing that a template would take for its own
  const told = (findings.length > 0 ? findings : ['It no longer is as we agreed.']).map((sentence) => `- ${sentence}`).join('\n');
  return compileMailTemplate({ subject: subject.trim(), text: text.replace('{{findings}}', () => told) });
}
