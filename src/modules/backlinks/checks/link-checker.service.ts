import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { judgeLink, wantsRendering, type Judgement } from '../../../domain/link-judge.js';
import { mayOverruleRobots } from '../../../domain/robots-watch.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { PageLook, type Look, type LookOptions } from '../../../platform/web-fetch/page-look.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { LinkReports } from '../reports/link-reports.service.js';
import { releaseClaim } from './link-checks.queries.js';
import { claimDue, gatherDue, nextTurnMs, type ClaimedLink } from './link-claims.queries.js';
import { LinkVerdicts, type SeenPage } from './link-verdicts.service.js';
import { judgedFor } from './seen-page.js';
import { findSeenPage } from './seen-pages.queries.js';

/** Pages fetched side by side by one process. */
const AT_ONCE = 20;
/** Of these, kept free for links that somebody waits for: slow pages must not keep a fresh report from its verdict. */
const KEPT_FREE = 4;
/** Between two looks for a host whose turn it is. */
const TURN_WAIT_MS = { least: 10, most: 1000 };

/**
 * The loop `check`: claims links that are due, looks at their pages, and lets the evidence decide. Runs in any number of
 * processes; a killed one leaves claims that run out.
 */
@Injectable()
export class LinkChecker {
  private readonly logger = new Logger(LinkChecker.name);
  private readonly running = new Set<Promise<void>>();
  /** Until a host may be asked again whose links are due. */
  private turn: { readonly come: Promise<void>; readonly cancel: () => void } | undefined;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly pages: PageLook,
    private readonly reports: LinkReports,
    private readonly verdicts: LinkVerdicts,
  ) {}

  /**
   * Starts what is due and waits for none of it: a page that hangs must not keep a fresh report from its verdict.
   * @param slotFree  called whenever a check has ended, and when a host with due links may be asked again
   * @returns true when there may be more
   */
  async startDue(stopping: AbortSignal, slotFree: () => void): Promise<boolean> {
    const limit = AT_ONCE - this.running.size;
    if (limit === 0) return false;
    this.turn?.cancel();
    const at = this.clock.now();
    const token = newId();
    const planned = Math.max(0, limit - KEPT_FREE);
    const gathered = await gatherDue(this.db, at);
    const claimed = await claimDue(this.db, { at, token, limit, planned });
    for (const link of claimed) {
      const run: Promise<void> = this.checkSafely(link, token, stopping).finally(() => {
        this.running.delete(run);
        slotFree();
      });
      this.running.add(run);
    }
    if (claimed.length === 0 && planned > 0) await this.awaitTurn(at, stopping, slotFree);
    return claimed.length > 0 || gathered;
  }

  /** @returns false when nothing is under way; else when one check has ended, or a host may be asked again */
  async oneDone(): Promise<boolean> {
    const underway = this.turn ? [...this.running, this.turn.come] : [...this.running];
    if (underway.length === 0) return false;
    await Promise.race(underway);
    return true;
  }

  private async awaitTurn(at: Date, stopping: AbortSignal, slotFree: () => void): Promise<void> {
    const ms = await nextTurnMs(this.db, at);
    if (ms === undefined) return;
    const cancelled = new AbortController();
    const signal = AbortSignal.any([stopping, cancelled.signal]);
    const come = pause(Math.min(Math.max(ms, TURN_WAIT_MS.least), TURN_WAIT_MS.most), undefined, { signal }).then(slotFree, () => undefined);
    const turn = {
      come: come.then(() => {
        if (this.turn === turn) this.turn = undefined;
      }),
      cancel: () => {
        cancelled.abort();
        this.turn = undefined;
      },
    };
    this.turn = turn;
  }

  private async checkSafely(link: ClaimedLink, token: string, stopping: AbortSignal): Promise<void> {
    try {
      await this.check(link, token, stopping);
    } catch (error) {
      if (stopping.aborted) {
        // else both run out by themselves
        await Promise.allSettled([releaseClaim(this.db, link.workspaceId, link.id, token), this.pages.unused(link.sourceUrl, token)]);
        return;
      }
      // the claim stays: it keeps the link from being tried again at once
      this.logger.error({ err: error, workspaceId: link.workspaceId, backlinkId: link.id }, 'link check failed');
    }
  }

  private async check(link: ClaimedLink, token: string, stopping: AbortSignal): Promise<void> {
    const now = this.clock.now();
    if (link.expiresAt !== null && link.expiresAt <= now && (await this.endTerm(link, token))) {
      await this.pages.unused(link.sourceUrl, token);
      return;
    }
    if (link.state === 'reported') {
      await transact(this.db, (tx) => this.pipeline.record(tx, systemActor(link.workspaceId), { kind: 'check_claimed', backlinkId: link.id }));
    }
    const { askedBy } = link;
    const known = askedBy === 'schedule' ? await findSeenPage(this.db, link, judgedFor(link)) : undefined;
    const asked = { askedBy, signal: stopping, despiteRobots: mayOverruleRobots(link, now) };
    const look = await this.pages.look(link.sourceUrl, { ...asked, token, known });
    const raw = { look, judgement: this.judge(link, look) };
    await this.verdicts.weigh(link, token, (await this.rendered(link, raw, asked)) ?? raw);
  }

  /** A page that scripts make is shown to a browser, where there is one; what counts is only what the browser tells for sure. */
  private async rendered(link: ClaimedLink, { look, judgement }: SeenPage, asked: LookOptions): Promise<SeenPage | undefined> {
    if (!wantsRendering(judgement)) return undefined;
    const shown = await this.pages.rendered(look, asked);
    if (!shown) return undefined;
    const seen = { look: shown, judgement: this.judge(link, shown) };
    return seen.judgement.verdict === 'live' || shown.rendered === 'complete' ? seen : undefined;
  }

  /** @returns false for a link that a term does not end, such as a suspect: it is checked on */
  private async endTerm({ workspaceId, id }: ClaimedLink, token: string): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'term_ended', backlinkId: id });
      const ended = moves.some((move) => move.machine === 'backlink' && move.id === id);
      if (ended) await releaseClaim(tx, workspaceId, id, token);
      return ended;
    });
  }

  private judge(link: ClaimedLink, { outcome, facts, robots }: Look): Judgement {
    const judgement = judgeLink({
      sourceUrl: link.sourceUrl,
      targetUrl: link.targetUrl,
      fetch: outcome,
      ...(facts && { page: facts }),
      expected: { rel: link.expectedRel ?? 'any', paid: link.paid, ...(link.expectedAnchor !== null && { anchor: link.expectedAnchor }) },
      rules: { siteOf: (url) => this.reports.siteOf(url) },
      now: this.clock.now(),
    });
    // seen all the same, and said so
    return robots === 'overruled' ? { ...judgement, reasonCodes: [...judgement.reasonCodes, 'ROBOTS_DISALLOW'] } : judgement;
  }
}
