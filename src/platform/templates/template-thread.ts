import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { RuleViolation } from '../../domain/errors.js';
import type { TemplateValues } from '../../domain/template-variables.js';
import { LimitedThread, ThreadLost } from '../threads/limited-thread.js';
import type { MailRenderResult, MailTemplateSource } from './mail-template.js';
import { templateProblem } from './template-problem.js';
import { doTemplateTask, type TemplateAnswer, type TemplateParts, type TemplateTask } from './template-work.js';

/** What passes the limits of size is read in milliseconds; a busy machine may need seconds to start the thread. */
const LIMITS = { timeoutMs: 10_000, maxHeapMb: 128 };

// As in parse-inbound.ts: run from source there is no compiled neighbour that a thread could load.
const compiled = import.meta.url.endsWith('.js');

/** Reads and fills templates that nobody has read before in a thread of limited time and memory: what a user wrote never holds up the server. */
@Injectable()
export class TemplateThread implements OnModuleDestroy {
  private readonly thread: LimitedThread<TemplateTask, TemplateAnswer> | undefined;

  constructor() {
    this.thread = compiled ? new LimitedThread(new URL('./template.worker.js', import.meta.url), LIMITS) : undefined;
  }

  async onModuleDestroy(): Promise<void> {
    await this.thread?.close();
  }

  /**
   * Whether these parts of a template may be stored.
   * @throws RuleViolation `template_…` as compileMailTemplate, and for spintax
   */
  async check(parts: TemplateParts): Promise<void> {
    await answerOf({ do: 'check', parts }, this.thread);
  }

  /** @throws RuleViolation `template_…` */
  async render(source: MailTemplateSource, values: TemplateValues): Promise<MailRenderResult> {
    const answer = await answerOf({ do: 'render', source, values }, this.thread);
    if (answer.done !== 'render') throw new Error('The thread answered another question.');
    return answer.result;
  }

  /**
   * The text part for an HTML part that came without one.
   * @throws RuleViolation `text_needed` when there are no words in it, or it is too much to read
   */
  async textOf(html: string): Promise<string> {
    const answer = await answerOf({ do: 'text', html }, this.thread).catch(asTextNeeded);
    if (answer.done === 'text' && answer.text !== '') return answer.text;
    throw textNeeded();
  }
}

function textNeeded(): RuleViolation {
  return RuleViolation.at('/text', 'text_needed', 'No text can be made of this HTML: send the text too.');
}

function asTextNeeded(error: unknown): never {
  throw error instanceof RuleViolation ? textNeeded() : error;
}

/** @throws RuleViolation for a template that is refused, or too much for the thread */
export async function answerOf(task: TemplateTask, thread: LimitedThread<TemplateTask, TemplateAnswer> | undefined): Promise<TemplateAnswer> {
  const answer = thread ? await thread.ask(task).catch(asRefusal) : doTemplateTask(task);
  if (answer.done === 'refused') throw new RuleViolation(answer.code, answer.detail, answer.facts);
  if (answer.done === 'failed') throw new Error(answer.detail);
  return answer;
}

function asRefusal(error: unknown): never {
  if (!(error instanceof ThreadLost) || (error.reason !== 'time' && error.reason !== 'memory')) throw error;
  throw templateProblem('template_not_allowed', 'This takes too long to read: make it simpler.', { pointer: '/text', line: 1, column: 1 });
}
