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

  readFrom(read: () => Promise<readonly string[]>): void {
    this.read = read;
  }

  /** Something has changed in this process. */
  forget(): void {
    this.readAt = -Infinity;
  }

  /** Without the database, as they were known last. */
  async all(): Promise<ReadonlySet<string>> {
    const now = performance.now();
    if (now - this.readAt < FRESH_MS) return this.known;
    this.readAt = now;
    try {
      this.known = new Set(await this.read());
    } catch {
      this.forget();
    }
    return this.known;
  }
}

/** On a host that links stand under nothing else is answered: no login, no API (421, RFC 9110 section 15.5.20). The host of PUBLIC_URL answers everything, whatever is said of it. */
export function guardLinkHosts(server: FastifyInstance, hosts: LinkHosts, publicUrl: string): void {
  const own = new URL(publicUrl).host;
  server.addHook('onRequest', async (request) => {
    const host = request.host.toLowerCase().replace(/\.?(?::(?:80|443))?$/, '');
    const [path = ''] = request.url.split('?');
    if (host === own || answersOnLinkDomain(path) || !(await hosts.all()).has(host)) return;
    throw new HttpProblem(421, 'misdirected_request', 'Under this host stand links in mails alone.');
  });
}
