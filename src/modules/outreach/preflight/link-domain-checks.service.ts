import { Injectable } from '@nestjs/common';
import { LINK_PROOF_PATH } from '../../../domain/link-domain.js';
import { LinkDomains } from '../../projects/link-domains.service.js';
import type { CampaignCheck, Found, PreflightFinding, PreflightRun } from './preflight-check.js';

/** Whether the domains that links shall stand under lead here by now; until they do, links stand under PUBLIC_URL. */
@Injectable()
export class LinkDomainChecks implements CampaignCheck {
  constructor(private readonly links: LinkDomains) {}

  async ofCampaign({ workspaceId, campaign, mailboxes }: PreflightRun): Promise<Found> {
    const found = [
      await this.tryAgain('projects', { workspaceId, id: campaign.projectId, domain: campaign.openLinkDomain }),
      ...(await Promise.all(mailboxes.map(({ id, openLinkDomain: domain }) => this.tryAgain('mailboxes', { workspaceId, id, domain })))),
    ];
    return { warnings: found.flat() };
  }

  private async tryAgain(
    table: 'projects' | 'mailboxes',
    { workspaceId, id, domain }: { readonly workspaceId: string; readonly id: string; readonly domain: string | null },
  ): Promise<PreflightFinding[]> {
    if (domain === null || (await this.links.verify(table, { workspaceId, id, domain }))) return [];
    const detail = `Links stand under PUBLIC_URL, as ${domain} does not lead here: let https://${domain}${LINK_PROOF_PATH} reach this server.`;
    return [{ code: 'link_domain_unverified', detail, ...(table === 'mailboxes' && { mailboxId: id }) }];
  }
}
