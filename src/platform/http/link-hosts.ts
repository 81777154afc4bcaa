import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { answersOnLinkDomain } from '../../domain/link-domain.js';
import { SECOND_MS } from '../clock.js';
import { HttpProblem } from './problems/http-problem.js';

/** What another process has changed is known here after that long. */
const FRESH_MS = 30 * SECOND_MS;

/** Hosts that only links in mails lead to. Whoever knows them says so; this is where requests are held against them. */
@Injectable()
export class LinkHosts {
  private read: () => Promise<readonly string[]> = () => Promise.resolve([]);
  private known: ReadonlySet<string> = new Set();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;
  private changes = 0;

  readFrom(read: () => Promise<readonly string[]>): void {
    this.read = read;
  }

  /** Something has changed in this process. A read that is under way may have missed it. */
  forget(): void {
    this.changes += 1;
    this.readAt = -Infinity;
    this.reading = undefined;
  }

  /** Without the database, as they were known last. */
  async all(): Promise<ReadonlySet<string>> {
    if (!this.isFresh) await this.refresh();
    return this.known;
  }

  /** As `all`, but what is old is told at once, and read again beside: no request waits for it, but the first. */
  async lately(): Promise<ReadonlySet<string>> {
    if (this.readAt === -Infinity) await this.refresh();
    else if (!this.isFresh) void this.refresh();
    return this.known;
  }

  /** What is known, without waiting for anything. */
  get atHand(): ReadonlySet<string> {
    return this.known;
  }

  private get isFresh(): boolean {
    return performance.now() - this.readAt < FRESH_MS;
  }

  /** Whoever asks while it is read gets what this read finds. */
  private refresh(): Promise<void> {
    this.reading ??= this.readNow(this.changes);
    return this.reading;
  }

  private async readNow(changes: number): Promise<void> {
    const found = await this.read().catch(() => undefined);
    if (changes !== this.changes) return this.refresh();
    this.reading = undefined;
    if (!found) return;
    this.known = new Set(found);
    this.readAt = performance.now();
  }
}

/** They tell whether the process lives, which is no matter of the database. */
const HEALTH = ['/healthz', '/readyz'];

/** On a host that links stand under nothing else is answered: no login, no API (421, RFC 9110 section 15.5.20). The host of PUBLIC_URL answers everything, whatever is said of it. */
export function guardLinkHosts(server: FastifyInstance, hosts: LinkHosts, publicUrl: string): void {
  const own = new URL(publicUrl).host;
  server.addHook('onRequest', async (request) => {
    const host = request.host.toLowerCase().replace(/\.?(?::(?:80|443))?$/, '');
    const [path = ''] = request.url.split('?');
    if (host === own || answersOnLinkDomain(path)) return;
    const known = HEALTH.includes(path) ? hosts.atHand : await hosts.lately();
    if (!known.has(host)) return;
    throw new HttpProblem(421, 'misdirected_request', 'Under this host stand links in mails alone.');
  });
}
