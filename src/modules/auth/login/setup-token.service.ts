import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { AppConfig } from '../../../platform/config/app-config.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import { hashToken } from '../../../platform/secrets/tokens.js';

/**
 * What proves that who sets up an installation also runs it. Without SETUP_TOKEN it is drawn from the installation's own
 * key, so that every process and every start before the setup prints the same one.
 */
@Injectable()
export class SetupToken {
  private readonly token: string;

  constructor(
    private readonly config: AppConfig,
    signer: LinkSigner,
  ) {
    this.token = config.SETUP_TOKEN ?? signer.sign('setup', 'first owner');
  }

  matches(given: string): boolean {
    return timingSafeEqual(Buffer.from(hashToken(given)), Buffer.from(hashToken(this.token)));
  }

  /** What the operator reads at a start without an owner. SETUP_TOKEN itself is theirs already, and stays out of logs. */
  invitation(): string {
    const token = this.config.SETUP_TOKEN === undefined ? this.token : 'the value of SETUP_TOKEN';
    const address = `${this.config.publicUrl}/api/v1/auth/setup`;
    const body = {
      setupToken: token,
      workspaceName: 'My links',
      name: 'Your name',
      email: 'you@your-company.com',
      password: 'at least 10 characters',
    };
    return [
      '',
      'This installation has no owner yet. Make yourself its owner:',
      `  address  ${address}`,
      `  token    ${token}`,
      `  curl -X POST '${address}' -H 'content-type: application/json' \\`,
      `    -d '${JSON.stringify(body)}'`,
      '',
      '',
    ].join('\n');
  }
}
