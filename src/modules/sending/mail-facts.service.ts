import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import type { SendFacts } from '../../domain/send-decision.js';
import { Clock } from '../../platform/clock.js';
import { type SuppressionMatch, Suppressions } from '../suppressions/suppressions.service.js';
import { type MailRow, readMails } from './send-facts.queries.js';

/** All that the decision asks of one mail, and what it was read of. */
export type MailFacts = MailRow & SendFacts;

/** Gathers the facts of the final check (F27). */
@Injectable()
export class MailFactsReader {
  constructor(
    private readonly suppressions: Suppressions,
    private readonly clock: Clock,
  ) {}

  /** In the order the mails became due; ids that are no outgoing mails of the workspace are left out. */
  async read(tx: Pick<EntityManager, 'query'>, workspaceId: string, ids: readonly string[]): Promise<MailFacts[]> {
    const now = this.clock.now();
    const mails = await readMails(tx, workspaceId, ids);
    const matches = new Map<string | null, Map<string, SuppressionMatch>>();
    for (const projectId of new Set(mails.map((mail) => mail.projectId))) {
      const emailKeys = [...new Set(mails.filter((mail) => mail.projectId === projectId).flatMap(keysOf))];
      matches.set(projectId, await this.suppressions.findAll(tx, workspaceId, { emailKeys, projectId }));
    }
    return mails.map((mail) => {
      const [match] = keysOf(mail).flatMap((key) => matches.get(mail.projectId)?.get(key) ?? []);
      return { ...mail, now, suppressed: match?.kind ?? null };
    });
  }
}

/** The contact's address may have changed since the mail was written: both are asked about. */
function keysOf({ toAddress, contactKey }: MailRow): string[] {
  const written = normaliseEmail(toAddress);
  return [...new Set([...(contactKey === null ? [] : [contactKey]), ...(written === undefined ? [] : [written])])];
}
