import { normaliseEmail, normaliseMailDomain } from '../../domain/email-address.js';
import { RuleViolation } from '../../domain/errors.js';
import { isFreeMail } from '../../domain/free-mail.js';
import type { ProblemCode } from '../../domain/problem-catalogue.js';
import { siteKeyOf } from '../../platform/web-fetch/registrable-domain.js';
import type { SuppressionKind } from './suppression.entity.js';

/** `a.b.example.com` and every domain it lies under, the nearest first, top level aside. */
export function domainsAbove(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
}

/** @throws RuleViolation `invalid_email`, `invalid_domain`, `free_mail_domain` */
export function normalisedValue(kind: SuppressionKind, value: string): string {
  if (kind === 'address') {
    const address = normaliseEmail(value);
    if (address === undefined) throw refuse('invalid_email', 'This is no e-mail address that could be written to.');
    return address;
  }
  const domain = normaliseMailDomain(value.trim());
  if (domain === undefined || siteKeyOf(`https://${domain}`) === undefined) throw refuse('invalid_domain', 'This is no domain of a site or firm.');
  if (isFreeMail(domain)) throw refuse('free_mail_domain', 'Anyone can have an address there: suppress the single addresses instead.');
  return domain;
}

function refuse(code: ProblemCode, detail: string): RuleViolation {
  return RuleViolation.at('/value', code, detail);
}
