import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { domainOf, normaliseEmail } from '../../../domain/email-address.js';
import { threadHeaders } from '../../../domain/mail-thread.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { personalMessageId } from '../../../platform/mail/compose/message-id.js';
import { unsubscribeUrl } from '../../../platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import { renderMailTemplate, type RenderedMail } from '../../../platform/templates/mail-template.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';
import { loadMailVariables } from '../../templates/mail-variables.service.js';
import { findNeedlessDraft, findOriginalMail, hasOpenDraft, readBefore, takeLoss, type LostLink, type OriginalMail } from './reclaim.queries.js';
import { reclaimTemplate } from './reclaim-texts.js';

/** A link to ask for again, with the card that it was agreed on. */
interface Asked {
  readonly link: LostLink & { readonly opportunityId: string; readonly sourceUrl: string };
  readonly to: OriginalMail;
}

/**
 * Asks for links that were lost or changed, and no further than a draft: in the thread where the link was agreed on, to whom
 * it was agreed with (F76). People release it like any mail; a link that comes back first takes it away again. The task that
 * pipeline leaves is there in any case.
 */
@Injectable()
export class Reclaim {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly suppressions: Suppressions,
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {}

  /** Looks after one loss; its mark and its draft stand in one transaction, so each is drafted once. @returns true when there may be more */
  draftOne(): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const link = await takeLoss(tx);
      if (!link) return false;
      const asked = await this.whomToAsk(tx, link);
      if (asked) await this.draft(tx, asked);
      return true;
    });
  }

  /** Takes back one draft whose link is live again, or no longer watched. @returns true when there may be more */
  async cancelOne(): Promise<boolean> {
    const draft = await findNeedlessDraft(this.db.manager);
    if (!draft) return false;
    const { workspaceId, id } = draft;
    await transact(this.db, (tx) =>
      this.pipeline.move(tx, systemActor(workspaceId), { machine: 'message', id, to: 'cancelled', ifVersion: '*', reasonCode: 'link_recovered' }),
    );
    return true;
  }

  /** Nobody for a link that was never live by its terms: whoever reports it is told on the page. */
  private async whomToAsk(tx: EntityManager, link: LostLink): Promise<Asked | undefined> {
    const { workspaceId, opportunityId, sourceUrl } = link;
    if (opportunityId === null || sourceUrl === null || (link.state === 'degraded' && !link.wasLive)) return undefined;
    if (await hasOpenDraft(tx, workspaceId, link.id)) return undefined;
    const to = await findOriginalMail(tx, workspaceId, opportunityId);
    const emailKey = to && !to.closed ? normaliseEmail(to.toAddress) : undefined;
    if (!to || emailKey === undefined) return undefined;
    const stop = await this.suppressions.find(tx, workspaceId, { emailKey, projectId: to.projectId });
    return stop ? undefined : { link: { ...link, opportunityId, sourceUrl }, to };
  }

  private async draft(tx: EntityManager, asked: Asked): Promise<void> {
    const { link, to } = asked;
    const mail = await this.wordsOf(tx, asked);
    if (!mail) return;
    const { workspaceId, opportunityId } = link;
    const actor = systemActor(workspaceId);
    const id = newId();
    const { subject, inReplyTo, referenceIds } = threadHeaders(await readBefore(tx, workspaceId, to.threadId), mail.subject);
    const key = Buffer.from(this.signer.sign('message-id', 'key'), 'base64url');
    const { projectId, campaignId, prospectId, contactId, mailboxId, threadId, fromAddress, toAddress, commercial } = to;
    const row = {
      ...{ id, direction: 'out', source: 'reclaim', commercial, nextAt: null, reclaimsBacklinkId: link.id, opportunityId },
      ...{ projectId, campaignId, prospectId, contactId, mailboxId, threadId, fromAddress, toAddress },
      ...{ rfcMessageId: personalMessageId(key, id, domainOf(fromAddress)), inReplyTo, referenceIds: [...referenceIds] },
      ...{ subject, text: mail.text, html: null },
    };
    await this.pipeline.create(tx, actor, { machine: 'message', state: 'draft', on: 'message_drafted', row });
    await audit(tx, actor, { action: 'message.drafted', subjectId: id, at: this.clock.now(), details: { backlinkId: link.id } });
  }

  private async wordsOf(tx: EntityManager, { link, to }: Asked): Promise<RenderedMail | undefined> {
    const { workspaceId, opportunityId, sourceUrl, targetUrl } = link;
    const { contactId, mailboxId } = to;
    const values = await loadMailVariables(tx, workspaceId, { opportunityId, contactId, mailboxId });
    const own = { 'opportunity.pageUrl': sourceUrl, 'targetPage.url': targetUrl };
    const unsubscribe = unsubscribeUrl(this.config.publicUrl, this.signer, { workspaceId, contactId });
    const result = renderMailTemplate(await reclaimTemplate(link), { ...values, ...own, 'links.unsubscribe': unsubscribe });
    return result.ok ? result.mail : undefined;
  }
}
