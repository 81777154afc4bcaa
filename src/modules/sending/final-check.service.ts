import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { decideSend } from '../../domain/send-decision.js';
import { Hold } from './hold.service.js';
import { MailFactsReader } from './mail-facts.service.js';

export interface CheckResult {
  /** In the order they became due. */
  readonly passed: readonly string[];
  /** Some only wait for a gate to open. */
  readonly waiting: boolean;
}

/** The last look before a mail leaves (F27), in the transaction that claims it and again in the one that begins. */
@Injectable()
export class FinalCheck {
  constructor(
    private readonly facts: MailFactsReader,
    private readonly hold: Hold,
  ) {}

  /** Cancels or puts back what must not go now. A mail that a stop has taken from its claim is left as it is. */
  async pass(tx: EntityManager, workspaceId: string, claimed: readonly string[]): Promise<CheckResult> {
    const passed: string[] = [];
    let waiting = false;
    for (const mail of await this.facts.read(tx, workspaceId, claimed)) {
      if (mail.state !== 'claimed') continue;
      const decision = decideSend(mail);
      if (decision.do === 'send') passed.push(mail.id);
      else await this.hold.apply(tx, workspaceId, mail, decision);
      waiting ||= decision.do === 'hold';
    }
    return { passed, waiting };
  }
}
