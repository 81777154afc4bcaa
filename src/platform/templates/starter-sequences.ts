import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StepDelay, type StepKind } from '../../domain/sequence-steps.js';
import { templateFolder } from './template-folder.js';

/** Tactics that come with a starter sequence (features T3, T4). */
export const STARTER_TACTICS = ['guest_post', 'link_insertion', 'resource_page', 'broken_link', 'unlinked_mention', 'content_promotion', 'reclamation'] as const;
export type StarterTactic = (typeof STARTER_TACTICS)[number];

export interface StarterMail {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
}

/** A mail, or something that a person does. */
export type StarterStep = { readonly delay: StepDelay } & (
  { readonly kind: Exclude<StepKind, 'task'>; readonly mail: StarterMail } | { readonly kind: 'task'; readonly title: string }
);

export interface StarterSequence {
  /** What people call it. */
  readonly name: string;
  readonly steps: readonly StarterStep[];
}

/** `sequence.json` of a tactic: `mail` names two files of the same folder, `<mail>.subject.hbs` and `<mail>.text.hbs`. */
interface StarterFile {
  readonly name: string;
  readonly steps: readonly { readonly kind: StepKind; readonly delay: StepDelay; readonly mail?: string; readonly title?: string }[];
}

/** What comes with the product for a tactic, from `templates/outreach`. */
export async function readStarterSequence(tactic: StarterTactic): Promise<StarterSequence> {
  const folder = join(templateFolder(), 'outreach', tactic);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const { name, steps } = JSON.parse(await read('sequence.json')) as StarterFile; // ships with the product; the spec reads every one
  const toStep = async ({ kind, delay, mail = '', title = '' }: StarterFile['steps'][number]): Promise<StarterStep> => {
    if (kind === 'task') return { kind, delay, title };
    const [subject, text] = [(await read(`${mail}.subject.hbs`)).trim(), await read(`${mail}.text.hbs`)];
    return { kind, delay, mail: { name: mail, subject, text } };
  };
  return { name, steps: await Promise.all(steps.map(toStep)) };
}
