import { Injectable } from '@nestjs/common';
import type { OidcSecrets } from '../../../platform/auth/oidc-client.js';
import { Clock } from '../../../platform/clock.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import { OIDC_FLOW_MS } from '../sessions/browser-cookies.js';

/** What somebody went to the provider for. */
export type OidcPurpose =
  { readonly kind: 'login'; readonly workspaceId?: string; readonly fresh: boolean } | { readonly kind: 'link'; readonly sessionId: string };

export interface OidcFlow {
  readonly secrets: OidcSecrets;
  readonly purpose: OidcPurpose;
}

const CONTEXT = 'oidc.flow';

/** What the browser keeps while it is at the provider, sealed: nobody reads or forges it, and no other browser has it. */
@Injectable()
export class OidcFlows {
  constructor(
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  seal(flow: OidcFlow): string {
    return this.box.seal(JSON.stringify({ ...flow, endsAt: this.clock.now().getTime() + OIDC_FLOW_MS }), CONTEXT);
  }

  /** @returns undefined for what is not ours, or came too late */
  open(sealed: string | undefined): OidcFlow | undefined {
    if (sealed === undefined) return undefined;
    try {
      const flow = JSON.parse(this.box.open(sealed, CONTEXT)) as OidcFlow & { readonly endsAt: number }; // sealed by ourselves, so of this shape
      return flow.endsAt > this.clock.now().getTime() ? flow : undefined;
    } catch {
      return undefined;
    }
  }
}
