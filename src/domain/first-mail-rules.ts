import { isMisleadingSubject } from './misleading-subject.js';
import type { TemplateValues } from './template-variables.js';
import { webAddressesIn } from './text-to-html.js';

/** What is wrong with a mail to somebody who never wrote to us. */
export interface FirstMailFinding {
  readonly code: 'misleading_subject' | 'many_links' | 'remote_image';
  readonly detail: string;
}

/** Those that keep no mail from being sent. */
export const FIRST_MAIL_WARNINGS: ReadonlySet<string> = new Set<FirstMailFinding['code']>(['many_links', 'remote_image']);

/** One link is an offer, several are an advertisement: to filters and to readers. */
const LINKS_AT_MOST = 1;

const REMOTE_IMAGE =
  /<(?:img|input|video|source)\b[^<>]{0,5000}?\b(?:src|srcset|poster)\s*=\s*["']?\s*(?:https?:)?\/\/|\bbackground\s*=\s*["']?\s*(?:https?:)?\/\/|url\(\s*["']?\s*(?:https?:)?\/\//i;
const HREF = /\bhref\s*=\s*(?:"([^"]{0,5000})"|'([^']{0,5000})')/gi;

/**
 * Looks at a rendered first mail. Links to the site that is written to and the one that stops all mail do not count; no mail
 * of a sequence has attachments.
 *
 * @param values  what the mail was made from
 */
export function firstMailFindings(
  mail: { readonly subject: string; readonly text: string; readonly html: string },
  values: TemplateValues,
): FirstMailFinding[] {
  const findings: FirstMailFinding[] = [];
  if (isMisleadingSubject(mail.subject)) {
    const detail = `The subject begins with ${(mail.subject.trim().split(/[:：]/)[0] ?? '').trim()}: as if there had been a mail before. Take that away.`;
    findings.push({ code: 'misleading_subject', detail });
  }
  const links = countedLinks(mail, values);
  if (links > LINKS_AT_MOST) {
    const detail = `This first mail has ${links} links beside the one to stop all mail: one is enough, more look like an advertisement.`;
    findings.push({ code: 'many_links', detail });
  }
  if (REMOTE_IMAGE.test(mail.html)) {
    findings.push({
      code: 'remote_image',
      detail: 'The HTML part loads an image from elsewhere: many programs hide it, and some take it for tracking.',
    });
  }
  return findings;
}

function countedLinks({ text, html }: { readonly text: string; readonly html: string }, values: TemplateValues): number {
  const targets = [...html.matchAll(HREF)]
    .map((match) => (match[1] ?? match[2] ?? '').replaceAll('&amp;', '&').trim())
    .filter((link) => /^https?:/i.test(link));
  const all = new Set(
    [...webAddressesIn(text), ...targets].filter((link) => link !== values['links.unsubscribe'] && !leadsTo(link, values['prospect.domain'])),
  );
  return all.size;
}

function leadsTo(link: string, domain: string | null | undefined): boolean {
  if (!domain || !URL.canParse(link)) return false;
  const { hostname } = new URL(link);
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
