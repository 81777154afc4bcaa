import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { templateFolder } from './template-folder.js';

/** Tactics that come with a starter sequence (features T3, T4). */
export const STARTER_TACTICS = ['guest_post', 'link_insertion', 'resource_page', 'broken_link', 'unlinked_mention', 'content_promotion', 'reclamation'] as const;
export type StarterTactic = (typeof STARTER_TACTICS)[number];

const STARTER_STEPS = ['1-first', '2-follow-up'] as const;

export interface StarterMail {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
}

/** The mails of a starter sequence, in order: the first mail and one follow-up. */
export function readStarterSequence(tactic: StarterTactic): Promise<StarterMail[]> {
  const folder = join(templateFolder(), 'outreach', tactic);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  return Promise.all(
    STARTER_STEPS.map(async (name) => ({
      name,
      subject: (await read(`${name}.subject.hbs`)).trim(),
      text: await read(`${name}.text.hbs`),
    })),
  );
}
