import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { retryAfterMs } from '../../../domain/webhook-retry.js';
import { Clock, DAY_MS } from '../../clock.js';
import { AppConfig } from '../../config/app-config.js';
import { newId } from '../../ids.js';
import { HostAtRest, TookTooLong } from '../net/fetch-refusal.js';
import type { HostTurns, Turn, TurnWanted } from '../net/host-turn.js';
import { endTurn, giveBackHost, takeHost, whyNot } from './fetch-hosts.queries.js';

/** A wait for other pages of the host is no fault of ours, but a claim on the link must not run out over it. */
const PATIENCE_MS = 60_000;
/** Between two looks at a host that another process asks right now. */
const LOOK_MS = 100;
/** How far a Retry-After is believed for all pages of a host; the page that said it rests longer. */
const LONGEST_REST_MS = DAY_MS;

/**
 * One request at a time to each host, FETCH_HOST_GAP_MS apart, over all processes and whoever asks: watch, looks, redirects,
 * robots.txt. The gap is real time, whatever clock the product goes by; a Retry-After is the product's.
 */
@Injectable()
export class SharedHostTurns implements HostTurns {
  /** The last turn at each host in this process: only the first in line asks the database. */
  private readonly lines = new Map<string, Promise<unknown>>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  async take(host: string, wanted: TurnWanted): Promise<Turn> {
    // who holds the host already, by a claim, must not stand in line behind somebody who waits for it
    const { token } = wanted;
    if (token !== undefined && (await takeHost(this.db, { host, token, now: this.clock.now() }))) return this.turnOf(host, token);
    return this.takeInLine(host, wanted);
  }

  private async takeInLine(host: string, wanted: TurnWanted): Promise<Turn> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    const before = this.lines.get(host);
    let leave = (): void => undefined;
    const over = new Promise<unknown>((resolve) => {
      leave = () => {
        resolve(undefined);
      };
    });
    const line = Promise.all([before, over]);
    this.lines.set(host, line);
    void line.then(() => {
      if (this.lines.get(host) === line) this.lines.delete(host);
    });
    try {
      await before;
      return this.turnOf(host, await this.lease(host, wanted, giveUpAt), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** For a caller who was given a host and has not asked it anything. */
  giveBack(host: string, token: string): Promise<void> {
    return giveBackHost(this.db, host, token);
  }

  private turnOf(host: string, token: string, leave = (): void => undefined): Turn {
    return {
      end: async (retryAfter) => {
        await endTurn(this.db, { host, token, gapMs: this.config.FETCH_HOST_GAP_MS, restUntil: this.restUntil(retryAfter) }).finally(leave);
      },
    };
  }

  private async lease(host: string, { token = newId(), signal }: TurnWanted, giveUpAt: number): Promise<string> {
    for (;;) {
      signal?.throwIfAborted();
      const now = this.clock.now();
      if (await takeHost(this.db, { host, token, now })) return token;
      const { resting, waitMs } = await whyNot(this.db, host, now);
      if (resting) throw new HostAtRest(host);
      if (performance.now() + waitMs > giveUpAt && performance.now() + LOOK_MS > giveUpAt) throw new TookTooLong(`The wait for ${host}`);
      await pause(Math.max(1, Math.min(waitMs, LOOK_MS)), undefined, { ...(signal && { signal }) });
    }
  }

  private restUntil(retryAfter: string | undefined): Date | null {
    const now = this.clock.now();
    const restMs = retryAfterMs(retryAfter, now);
    return restMs === undefined ? null : new Date(now.getTime() + Math.min(restMs, LONGEST_REST_MS));
  }
}
