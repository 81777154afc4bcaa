import { Injectable } from '@nestjs/common';
import { RuleViolation } from '../../../domain/errors.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import type { ResolveMailHost } from '../../../platform/mail/smtp/pinned-socket.js';
import { AddressGuard } from '../../../platform/web-fetch/net/address-guard.js';
import { NameNotResolved, TargetNotPublic } from '../../../platform/web-fetch/net/fetch-refusal.js';
import { NameResolver } from '../../../platform/web-fetch/net/name-resolver.js';
import { TargetGate } from '../../../platform/web-fetch/net/target-gate.js';
import type { MailSecurity } from '../mailbox.entity.js';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
}

/** Which mail servers may be spoken to: public ones, and inner ones that MAIL_ALLOW_CIDRS names. */
@Injectable()
export class MailHosts {
  private readonly guard: AddressGuard;
  private readonly gate: TargetGate;

  constructor(config: AppConfig) {
    this.guard = new AddressGuard({ allowCidrs: config.MAIL_ALLOW_CIDRS, forbiddenPorts: config.ownPorts });
    this.gate = new TargetGate(this.guard, new NameResolver(config.DNS_SERVERS));
  }

  /** For every connection, whatever was checked before. @throws TargetNotPublic, NameNotResolved */
  readonly addressesOf: ResolveMailHost = (host, port) => this.gate.permittedAddresses(host, port);

  /**
   * Refuses settings that could never be used, when they are made. A name that does not resolve today may do so tomorrow.
   * @param pointer  where they stand in the request, such as `/smtp`
   * @throws RuleViolation `target_not_public`, `tls_required`
   */
  async requireUsable({ host, port, security }: MailServer, pointer: string): Promise<void> {
    const addresses = await this.addressesOf(host, port).catch((error: unknown) => {
      if (error instanceof TargetNotPublic) throw RuleViolation.at(`${pointer}/host`, 'target_not_public', error.message);
      if (error instanceof NameNotResolved) return [];
      throw error;
    });
    const inside = addresses.length > 0 && addresses.every((address) => this.guard.opens(address));
    if (security === 'none' && !inside)
      throw RuleViolation.at(`${pointer}/security`, 'tls_required', 'Outside of your own network mail needs tls or starttls.');
  }
}
