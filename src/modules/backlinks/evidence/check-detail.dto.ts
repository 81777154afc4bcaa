import { ApiProperty } from '@nestjs/swagger';
import { CheckResponse, Compliance } from '../backlink-responses.dto.js';
import type { CheckDetail } from '../backlinks.queries.js';

/** The secure connection that the page came over. */
export class TlsEvidence {
  protocol!: string | null;
  cipher!: string;
  /** Organisation and name, as the certificate has them. */
  subject!: string;
  issuer!: string;
  /** As the certificate writes it: `Jun  1 12:00:00 2027 GMT`. */
  validTo!: string;
}

export class CrawlerDirective {
  /** meta or header. */
  from!: string;
  /** Whom it tells; `robots`: all. */
  agent!: string;
  rules!: string[];
}

export class TargetEvidence {
  url!: string;
  /** Null when it could not be seen. */
  status!: number | null;
  /** Where it redirects to; null when nowhere. */
  endsAt!: string | null;
}

/** Of a check that fetched nothing, or was made before a part was kept. */
const NOTHING_KEPT = {
  ...{ headers: {}, bodyHash: null, truncated: false, timingMs: null, ip: null, agent: null, failure: null },
  ...{ notModified: false, readAt: null, httpVersion: null, tls: null, robots: null, directives: [], targets: [] },
};

export class CheckEvidence {
  /** Headers of the answer that say something of the link, each with its values in order. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } })
  headers!: Record<string, string[]>;
  /** SHA-256 of the page, in hex; null when there was none. Of an unchanged page that of `readAt`. */
  bodyHash!: string | null;
  /** Only the beginning of the page was read. */
  truncated!: boolean;
  timingMs!: number | null;
  /** The address that answered. */
  ip!: string | null;
  /** The User-Agent that we said. */
  agent!: string | null;
  /** Why the page could not be fetched. */
  failure!: string | null;
  /** The server said that the page is as it was when it was read before (304). */
  notModified!: boolean;
  /** When an unchanged page was read; null when this check read it. */
  readAt!: string | null;
  /** 1.1 or 2. */
  httpVersion!: string | null;
  /** Null where there was no secure connection. */
  @ApiProperty({ type: TlsEvidence, nullable: true })
  tls!: TlsEvidence | null;
  /** What robots.txt said: allowed, disallowed, unreachable, overruled by an agreement, or not_asked for a check that somebody wanted. */
  robots!: string | null;
  /** What the page tells crawlers of itself. */
  directives!: CrawlerDirective[];
  /** What the target, and addresses that might lead to it, answered when they were looked at. */
  targets!: TargetEvidence[];

  static from(kept: CheckDetail['evidence']): CheckEvidence {
    const { headers, bodyHash, truncated, timingMs, ip, agent, failure, directives, ...how } = { ...NOTHING_KEPT, ...kept };
    const { notModified, readAt, httpVersion, tls, robots, targets } = how;
    return {
      ...{ headers, bodyHash, truncated, timingMs, ip, agent, failure, notModified, readAt, httpVersion, tls, robots, targets },
      directives: directives.map((each) => ({ ...each, rules: [...each.rules] })),
    };
  }
}

/** One check with all that was kept of it. */
export class CheckDetailResponse extends CheckResponse {
  compliance!: Compliance;
  evidence!: CheckEvidence;

  static of(check: CheckDetail): CheckDetailResponse {
    const { compliance } = check.evidence;
    return Object.assign(CheckResponse.from(check), {
      compliance: compliance ?? { status: 'not_judged', codes: [] },
      evidence: CheckEvidence.from(check.evidence),
    });
  }
}
