import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { RobotsAnswer } from '../../../domain/robots-watch.js';
import { wordsFor } from '../../../domain/reason-words.js';
import { templateFolder } from '../../../platform/templates/template-folder.js';
import type { TlsFacts } from '../../../platform/web-fetch/net/connection-facts.js';
import type { BacklinkRow, CandidateEvidence, CheckDetail } from '../backlinks.queries.js';

/** A line of the page. `href` only where a browser may follow it. */
interface Line {
  readonly name: string;
  readonly text: string;
  readonly href?: string;
}

const SUMMARIES: Readonly<Record<CheckDetail['verdict'], string>> = {
  live: 'The page was fetched, and it bore the link.',
  not_live: 'The page was fetched, and it did not bear the link.',
  unknown: 'The page could not be seen well enough to say whether it bears the link.',
};
const ASKED_BY: Readonly<Record<CheckDetail['askedBy'], string>> = {
  schedule: 'regular watch',
  person: 'a member of the team',
  prospect: 'the prospect',
};

const ROBOTS: Readonly<Record<RobotsAnswer, string>> = {
  not_asked: 'not asked: somebody wanted to see this page',
  allowed: 'allows the look',
  disallowed: 'asks us to stay away',
  overruled: 'asks us to stay away; an agreement about the page gives one look a day',
  unreachable: 'could not be read',
};

/**
 * The proof of one check as one HTML file that needs nothing else and can do nothing: it escapes all that the page said, links
 * http(s) addresses alone, and carries a policy of its own, since a saved file has no headers.
 */
export class ProofPage {
  readonly contentSecurityPolicy: string;
  private readonly style: string;
  private readonly page: Handlebars.TemplateDelegate;

  constructor(folder = join(templateFolder(), 'pages')) {
    this.style = readFileSync(join(folder, 'link-proof.css'), 'utf8');
    this.page = Handlebars.create().compile(readFileSync(join(folder, 'link-proof.hbs'), 'utf8'), { knownHelpersOnly: true });
    const hash = createHash('sha256').update(this.style).digest('base64');
    this.contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  }

  render(link: BacklinkRow, check: CheckDetail): string {
    const { evidence } = check;
    return this.page({
      policy: this.contentSecurityPolicy,
      style: this.style,
      check: { checkedAt: check.checkedAt.toISOString() },
      summary: SUMMARIES[check.verdict],
      link: linkLines(link),
      seen: seenLines(check),
      reasons: check.reasonCodes.map((code) => ({ code, words: wordsFor(code) })),
      chain: evidence.chain ?? [],
      headers: Object.entries(evidence.headers ?? {}).flatMap(([name, values]) => values.map((text) => ({ name, text }))),
      directives: directiveLines(evidence),
      targets: targetLines(evidence),
      candidates: (evidence.candidates ?? []).map(candidateLines),
    });
  }
}

function linkLines(link: BacklinkRow): Line[] {
  return lines({
    Page: link.sourceUrl,
    Target: link.targetUrl,
    'Agreed anchor text': link.expectedAnchor ?? 'any',
    'Agreed rel': link.expectedRel?.join(' or ') ?? 'any',
    'First seen live': link.firstLiveAt?.toISOString() ?? 'never',
  });
}

function seenLines(check: CheckDetail): Line[] {
  const { evidence } = check;
  return lines({
    Check: check.id,
    'Made at': check.checkedAt.toISOString(),
    'Asked for by': ASKED_BY[check.askedBy],
    Verdict: check.verdict,
    'Final address': check.finalUrl,
    'HTTP status': check.httpStatus?.toString(),
    'Anchor text': check.anchorText,
    Rel: check.rel.join(' ') || 'none',
    'May be indexed': check.indexable === null ? 'not seen' : check.indexable ? 'yes' : 'no',
    'Why it failed': evidence.failure,
    'SHA-256 of the page': evidence.bodyHash,
    'Unchanged since it was read at': evidence.readAt,
    'Only a part was read': evidence.truncated === true ? 'yes' : undefined,
    'Fetched from': evidence.ip,
    'Fetched in': evidence.timingMs === undefined ? undefined : `${evidence.timingMs} ms`,
    'Fetched as': evidence.agent,
    'HTTP version': evidence.httpVersion,
    'Secure connection': evidence.tls ? tlsLine(evidence.tls) : undefined,
    'robots.txt': evidence.robots && ROBOTS[evidence.robots],
  });
}

function tlsLine({ protocol, cipher, subject, issuer, validTo }: TlsFacts): string {
  return `${protocol ?? 'TLS'}, ${cipher}; ${subject || 'no name'}, by ${issuer || 'no name'}, until ${validTo}`;
}

/** What the page tells crawlers. */
function directiveLines({ directives = [] }: CheckDetail['evidence']): Line[] {
  return directives.map(({ from, agent, rules }) => ({ name: `${agent}, by ${from}`, text: rules.join(', ') }));
}

function targetLines({ targets = [] }: CheckDetail['evidence']): Line[] {
  return targets.map(({ url, status, endsAt }) => ({
    name: url,
    text: `${status === null ? 'not seen' : status.toString()}${endsAt === null ? '' : `, leads to ${endsAt}`}`,
  }));
}

function candidateLines(candidate: CandidateEvidence): Line[] {
  return lines({
    'As written': candidate.href,
    Address: candidate.url,
    'How near': candidate.level,
    'Anchor text': candidate.anchorText,
    Rel: candidate.rel.join(' ') || 'none',
    Place: candidate.hidden ? `${candidate.place}, hidden` : candidate.place,
    Context: candidate.context,
  }).map(({ name, text }) => ({ name, text }));
}

/** Lines that have something to show. */
function lines(shown: Readonly<Record<string, string | null | undefined>>): Line[] {
  return Object.entries(shown).flatMap(([name, text]) => (text ? [{ name, text, ...hrefOf(text) }] : []));
}

function hrefOf(text: string): { href?: string } {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? { href: text } : {};
}
