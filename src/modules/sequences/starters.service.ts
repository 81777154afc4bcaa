import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { transact } from '../../platform/database/transact.js';
import { readStarterSequence, type StarterTactic } from '../../platform/templates/starter-sequences.js';
import { Templates } from '../templates/templates.service.js';
import type { SequenceRow } from './sequences.queries.js';
import { Sequences } from './sequences.service.js';
import type { StepInput } from './step-rules.js';

/** The sequences that come with the product, made into a workspace's own. */
@Injectable()
export class Starters {
  constructor(
    private readonly db: DataSource,
    private readonly templates: Templates,
    private readonly sequences: Sequences,
  ) {}

  /** Templates and sequence, all or nothing; asked again, it makes them again. */
  async create(actor: Actor, tactic: StarterTactic): Promise<SequenceRow> {
    const { name, steps, answers } = await readStarterSequence(tactic);
    const id = await transact(this.db, async (tx) => {
      const made: StepInput[] = [];
      for (const step of steps) {
        const { kind, delay, conditions } = step;
        if (step.kind === 'task') made.push({ kind, delay, conditions, title: step.title });
        else
          made.push({
            kind,
            delay,
            conditions,
            templateId: await this.templates.add(tx, actor, { ...step.mail, name: `${name}: ${step.mail.name}` }),
          });
      }
      for (const answer of answers) await this.templates.add(tx, actor, { ...answer, name: `${name}: ${answer.name}` });
      return this.sequences.add(tx, actor, { name, steps: made });
    });
    return this.sequences.get(actor, id);
  }
}
