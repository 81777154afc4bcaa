import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LINK_PROOF_PATH, originOfLinkDomain } from '../../domain/link-domain.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import { PageFetcher } from '../../platform/web-fetch/net/page-fetcher.js';

const PURPOSE = 'link-domain';
const PROBE_MS = 10_000;

/** Whether a domain leads to this installation: it must answer what only we can. */
@Injectable()
export class LinkDomainProof {
  constructor(
    private readonly signer: LinkSigner,
    private readonly fetcher: PageFetcher,
  ) {}

  isInner(hostname: string): boolean {
    return this.fetcher.opensInnerHost(hostname);
  }

  answer(challenge: string): string {
    return this.signer.sign(PURPOSE, challenge);
  }

  /** A redirect is no answer: mail programs do not follow one when they unsubscribe (RFC 8058 section 3.1). */
  async leadsHere(domain: string): Promise<boolean> {
    const challenge = randomBytes(24).toString('base64url');
    const url = `${originOfLinkDomain(domain)}${LINK_PROOF_PATH}?challenge=${challenge}`;
    const signal = AbortSignal.timeout(PROBE_MS);
    const found = await this.fetcher.fetchPage(url, { signal }).catch(() => undefined);
    return found?.kind === 'page' && found.status === 200 && found.chain.length === 1 && found.body.includes(this.answer(challenge));
  }
}
