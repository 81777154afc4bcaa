import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepCondition } from '../../domain/step-conditions.js';
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
export type StarterStep = { readonly delay: StepDelay; readonly conditions: readonly StepCondition[] } & (
  { readonly kind: Exclude<StepKind, 'task'>; readonly mail: StarterMail } | { readonly kind: 'task'; readonly title: string }
);

export interface StarterSequence {
  /** What people call it. */
  readonly name: string;
  readonly steps: readonly StarterStep[];
  /** Texts for what comes after a yes, where no sequence runs any more: for an answer in the thread and its follow-up. */
  readonly answers: readonly StarterMail[];
}

/** `sequence.json` of a tactic: `mail` names two files of the same folder, `<mail>.subject.hbs` and `<mail>.text.hbs`. */
interface StarterFile {
  readonly name: string;
  readonly steps: readonly {
    readonly kind: StepKind;
    readonly delay: StepDelay;
    readonly conditions?: readonly StepCondition[];
    readonly mail?: string;
    readonly title?: string;
  }[];
}

/** The same for every tactic: file, and what people call it. */
const ANSWERS = [
  { file: '1-agreed', name: 'when they agree' },
  { file: '2-reminder', name: 'reminder to report the link' },
] as const;

/** What comes with the product for a tactic, from `templates/outreach`. */
export async function readStarterSequence(tactic: StarterTactic): Promise<StarterSequence> {
  const folder = join(templateFolder(), 'outreach', tactic);
  const { name, steps } = JSON.parse(await readFile(join(folder, 'sequence.json'), 'utf8')) as StarterFile; // ships with the product; the spec reads every one
  const toStep = async ({ kind, delay, conditions = [], mail = '', title = '' }: StarterFile['steps'][number]): Promise<StarterStep> => {
    if (kind === 'task') return { kind, delay, conditions, title };
    return { kind, delay, conditions, mail: await readMail(folder, mail, mail) };
  };
  const shared = join(templateFolder(), 'outreach', 'after_agreement');
  const answers = ANSWERS.map(({ file, name: called }) => readMail(shared, file, called));
  return { name, steps: await Promise.all(steps.map(toStep)), answers: await Promise.all(answers) };
}

async function readMail(folder: string, file: string, name: string): Promise<StarterMail> {
  const read = (part: 'subject' | 'text') => readFile(join(folder, `${file}.${part}.hbs`), 'utf8');
  return { name, subject: (await read('subject')).trim(), text: await read('text') };
}
