import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DomainError, RuleViolation } from '../../../domain/errors.js';
import { publicActor, systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { transact } from '../../../platform/database/transact.js';
import { leaveNote, leaveTask } from '../../pipeline/left-for-people.service.js';
import { claimNews, findNewsCard, isOwnSite, settleNews, type ClaimedNews, type NewsCard } from './link-news.queries.js';
import { LinkReports } from './link-reports.service.js';

const AGAIN_AFTER_MS = 2 * MINUTE_MS;
const ATTEMPTS = 5;
/** Of one answer: who names more pages of the site sends a list, not a link. */
const REPORTS_OF_AN_ANSWER = 3;

interface NamedPage {
  readonly url: string;
  readonly sourceKey: string;
}

interface Sorted {
  /** On the site of the card. */
  readonly pages: readonly NamedPage[];
  /** On other people's sites: never fetched on a stranger's word. */
  readonly elsewhere: readonly string[];
}

/** The loop `news`: pages that answers and pitches name become reports, as those of the page and of the API do. */
@Injectable()
export class LinkNewsReader {
  private readonly logger = new Logger(LinkNewsReader.name);

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly reports: LinkReports,
    private readonly config: AppConfig,
  ) {}

  /** @returns true when there may be more */
  async readOne(): Promise<boolean> {
    const now = this.clock.now();
    const news = await claimNews(this.db, { now, again: new Date(now.getTime() + AGAIN_AFTER_MS) });
    if (!news) return false;
    try {
      await this.read(news);
    } catch (error) {
      // what the rules refuse stays refused; anything else may pass
      const isOver = error instanceof DomainError || news.attempts >= ATTEMPTS;
      this.logger.warn({ err: error, workspaceId: news.workspaceId, opportunityId: news.opportunityId }, 'a page named as live was not reported');
      if (isOver) await transact(this.db, (tx) => settleNews(tx, news.workspaceId, news.id));
    }
    return true;
  }

  private async read(news: ClaimedNews): Promise<void> {
    const { workspaceId, id, opportunityId, source } = news;
    const card = await findNewsCard(this.db, workspaceId, opportunityId);
    const sorted = card ? await this.sort(news, card) : { pages: [], elsewhere: [] };
    await transact(this.db, async (tx) => {
      if (!(await settleNews(tx, workspaceId, id)) || !card) return;
      const actor = source === 'reply' ? publicActor(workspaceId) : systemActor(workspaceId);
      for (const { url, sourceKey } of sorted.pages) {
        const { news: isNew } = await this.reports.reportWithin(tx, actor, { sourceUrl: url, targetUrl: card.targetUrl, opportunityId }, sourceKey);
        if (isNew && source === 'reply') await this.note(tx, news, `An answer names this page as live: ${url}`);
      }
      if (sorted.elsewhere.length > 0) await this.suggest(tx, news, sorted.elsewhere);
    });
  }

  private async sort({ workspaceId, urls, source }: ClaimedNews, card: NewsCard): Promise<Sorted> {
    const pages: NamedPage[] = [];
    const elsewhere: string[] = [];
    for (const url of urls) {
      const site = this.reports.siteOf(url);
      if (site === undefined || (source === 'reply' && (await this.isOurs(workspaceId, site, url)))) continue;
      if (source === 'reply' && site !== card.domain) elsewhere.push(url);
      else if (pages.length < REPORTS_OF_AN_ANSWER) pages.push(...(await this.public(url)));
    }
    return { pages, elsewhere };
  }

  /** Our own pages, and the addresses behind links in our mails. */
  private async isOurs(workspaceId: string, site: string, url: string): Promise<boolean> {
    return new URL(url).host === new URL(this.config.publicUrl).host || (await isOwnSite(this.db.manager, workspaceId, site));
  }

  private async public(url: string): Promise<NamedPage[]> {
    try {
      return [{ url, sourceKey: await this.reports.publicKeyOf(url) }];
    } catch (error) {
      if (error instanceof RuleViolation) return [];
      throw error;
    }
  }

  private async suggest(tx: EntityManager, { workspaceId, opportunityId, ...news }: ClaimedNews, urls: readonly string[]): Promise<void> {
    const title = 'An answer names a page on another website: is our link there?';
    const card = { subjectType: 'opportunity', subjectId: opportunityId, at: this.clock.now() };
    await leaveTask(tx, workspaceId, { ...card, kind: 'reported_elsewhere', opportunityId, title });
    await this.note(tx, { workspaceId, opportunityId, ...news }, `Named in an answer, on another website: ${urls.join(' ')}`);
  }

  private async note(tx: EntityManager, { workspaceId, opportunityId }: ClaimedNews, text: string): Promise<void> {
    await leaveNote(tx, workspaceId, { subjectType: 'opportunity', subjectId: opportunityId, authorId: null, text, at: this.clock.now() });
  }
}
