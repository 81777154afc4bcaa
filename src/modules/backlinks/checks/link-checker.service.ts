import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { claimDue, releaseClaim, type ClaimedLink } from './link-checks.queries.js';
import { LinkVerdicts } from './link-verdicts.service.js';
import { PageJudge } from './page-judge.service.js';

/** Pages fetched side by side by one process. */
const AT_ONCE = 20;

/**
 * The loop `check`: claims links that are due, looks at their pages, and lets the evidence decide. Runs in any number of
 * processes; a killed one leaves claims that run out.
 */
@Injectable()
export class LinkChecker {
  private readonly logger = new Logger(LinkChecker.name);
  /** Checks under way, each with the host it asks. */
  private readonly running = new Map<Promise<void>, string>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly judge: PageJudge,
    private readonly verdicts: LinkVerdicts,
  ) {}

  /**
   * Starts what is due and waits for none of it: a page that hangs must not keep a fresh report from its verdict.
   * @param slotFree  called whenever a check has ended
   * @returns true when there may be more
   */
  async startDue(stopping: AbortSignal, slotFree: () => void): Promise<boolean> {
    const free = AT_ONCE - this.running.size;
    if (free === 0) return false;
    const busyHosts = [...this.running.values()];
    const token = newId();
    const claimed = await claimDue(this.db, { at: this.clock.now(), token, limit: free, busyHosts });
    const slotsFreed = this.running.size < busyHosts.length; // while we asked, and the answer did not count them
    for (const link of claimed) {
      const run: Promise<void> = this.checkSafely(link, token, stopping).finally(() => {
        this.running.delete(run);
        slotFree();
      });
      this.running.set(run, link.host);
    }
    return claimed.length > 0 || slotsFreed;
  }

  /** @returns false when nothing is under way; else when one check has ended */
  async oneDone(): Promise<boolean> {
    if (this.running.size === 0) return false;
    await Promise.race(this.running.keys());
    return true;
  }

  private async checkSafely(link: ClaimedLink, token: string, stopping: AbortSignal): Promise<void> {
    try {
      await this.check(link, token, stopping);
    } catch (error) {
      if (stopping.aborted) {
        await releaseClaim(this.db, link.workspaceId, link.id, token).catch(() => undefined); // else it runs out by itself
        return;
      }
      // the claim stays: it keeps the link from being tried again at once
      this.logger.error({ err: error, workspaceId: link.workspaceId, backlinkId: link.id }, 'link check failed');
    }
  }

  private async check(link: ClaimedLink, token: string, stopping: AbortSignal): Promise<void> {
    if (link.expiresAt !== null && link.expiresAt <= this.clock.now() && (await this.endTerm(link, token))) return;
    if (link.state === 'reported') {
      await transact(this.db, (tx) => this.pipeline.record(tx, systemActor(link.workspaceId), { kind: 'check_claimed', backlinkId: link.id }));
    }
    const seen = await this.judge.see(link, stopping);
    await this.verdicts.weigh(link, token, seen);
    await this.judge.followUp(link, seen, stopping);
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
}
