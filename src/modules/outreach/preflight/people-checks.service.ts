import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { domainOf } from '../../../domain/email-address.js';
import { lawObjection } from '../../../domain/outreach-law.js';
import { DnsReader } from '../../../platform/dns/dns-reader.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';
import { about, type Found, type MailDomain, type PeopleCheck, type PreflightRun } from './preflight-check.js';
import { type EnrollmentToCheck, guardedAmong } from './preflight.queries.js';

/** Who must not be written to, and whom the guard holds back for a while. */
@Injectable()
export class RecipientChecks implements PeopleCheck {
  constructor(
    private readonly db: DataSource,
    private readonly suppressions: Suppressions,
  ) {}

  async ofPeople({ workspaceId, campaign }: PreflightRun, people: readonly EnrollmentToCheck[]): Promise<Found> {
    const emailKeys = people.map(({ emailKey }) => emailKey);
    const suppressed = await this.suppressions.findAll(this.db, workspaceId, { emailKeys, projectId: campaign.projectId });
    const guarded = new Map(
      (
        await guardedAmong(
          this.db,
          workspaceId,
          people.map(({ id }) => id),
        )
      ).map(({ id, by }) => [id, by]),
    );
    const stopped = people.filter(({ emailKey }) => suppressed.has(emailKey));
    const undeliverable = people.filter((one) => one.undeliverable);
    const unlawful = people.flatMap((one) => {
      const objection = lawObjection(one);
      return objection ? [about(one, objection.code, objection.detail)] : [];
    });
    return {
      errors: [
        ...stopped.map((one) => about(one, 'suppressed', 'This address is not to be mailed: stop the enrollment.')),
        ...undeliverable.map((one) => about(one, 'undeliverable', 'Mail to this address came back for good.')),
        ...unlawful,
      ],
      warnings: people.flatMap((one) => {
        const by = guarded.get(one.id);
        return by === undefined ? [] : [about(one, by, HELD[by])];
      }),
      counts: { suppressed: stopped.length, undeliverable: undeliverable.length, consentMissing: unlawful.length, guarded: guarded.size },
    };
  }
}

const HELD = {
  site_in_contact: 'A colleague is in contact with this site: the mail is held until they let go, or a manager lifts the guard.',
  contact_already_in_contact: 'Somebody is in contact with this person at another site.',
} as const;

/** Name servers asked at the same time. */
const AT_ONCE = 20;

/** Whether the recipients' domains take mail at all (RFC 7505). */
@Injectable()
export class MailDomainChecks implements PeopleCheck {
  constructor(private readonly dns: DnsReader) {}

  async ofPeople(run: PreflightRun, people: readonly EnrollmentToCheck[]): Promise<Found> {
    await this.lookUp(run, [...new Set(people.map(({ emailKey }) => domainOf(emailKey)))]);
    const of = (state: MailDomain): EnrollmentToCheck[] => people.filter(({ emailKey }) => run.mailDomains.get(domainOf(emailKey)) === state);
    const none = of('takes_none');
    return {
      errors: none.map((one) => about(one, 'domain_takes_no_mail', 'The domain says in DNS that it takes no mail (RFC 7505).')),
      warnings: of('without_mx').map((one) => about(one, 'domain_without_mx', 'DNS names no mail server of the domain.')),
      counts: { domainTakesNoMail: none.length },
    };
  }

  /** Each domain once. Name servers that do not answer are not waited for again. */
  private async lookUp({ mailDomains, enoughDns }: PreflightRun, domains: readonly string[]): Promise<void> {
    const open = domains.filter((domain) => !mailDomains.has(domain) && this.dns.couldExist(domain));
    for (let start = 0; start < open.length && !enoughDns.signal.aborted; start += AT_ONCE) {
      const asked = open.slice(start, start + AT_ONCE);
      const found = await Promise.all(asked.map((domain) => this.stateOf(domain)));
      for (const [at, domain] of asked.entries()) mailDomains.set(domain, found[at] ?? 'unknown');
      if (found.every((state) => state === 'unknown')) enoughDns.abort();
    }
  }

  private async stateOf(domain: string): Promise<MailDomain> {
    const mx = await this.dns.mx(domain);
    if (mx.is !== 'found') return mx.is === 'absent' ? 'without_mx' : 'unknown';
    return mx.records.every(({ exchange }) => exchange === '' || exchange === '.') ? 'takes_none' : 'takes_mail';
  }
}
