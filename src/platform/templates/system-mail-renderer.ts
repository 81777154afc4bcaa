import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { textToHtml } from '../../domain/text-to-html.js';
import { templateFolder } from './template-folder.js';

/** The product's own mails, each with what it says beside its link. */
export interface SystemMails {
  /** `expiresOn`: the last day, as people write it. */
  invitation: { readonly inviterName: string; readonly workspaceName: string; readonly role: string; readonly expiresOn: string };
  'password-reset': { readonly name: string; readonly minutes: string };
  'password-changed': { readonly name: string; readonly at: string };
  'campaign-held': { readonly workspaceName: string; readonly campaignName: string; readonly reason: string };
  'webhook-endpoint-disabled': { readonly workspaceName: string; readonly endpointHost: string; readonly reason: string };
  /** `said`: the server's words. */
  'mailbox-alarm': { readonly workspaceName: string; readonly mailboxName: string; readonly mailboxAddress: string; readonly said: string };
}
export type SystemMailName = keyof SystemMails;

export interface RenderedSystemMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders the product's own mails: plain text, and the same words as HTML. */
export class SystemMailRenderer {
  private readonly handlebars = Handlebars.create();
  private readonly parts = new Map<string, Handlebars.TemplateDelegate>();

  constructor(private readonly folder = join(templateFolder(), 'system')) {}

  /** @param link  where the mail leads: an address of this installation */
  render<M extends SystemMailName>(mail: M, values: SystemMails[M], link: string): RenderedSystemMail {
    const shown = { ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tame(value)])), link };
    const text = this.part(`${mail}.text`)(shown);
    return { subject: this.part(`${mail}.subject`)(shown).trim(), text, html: textToHtml(text) };
  }

  private part(name: string): Handlebars.TemplateDelegate {
    const known = this.parts.get(name);
    if (known) return known;
    const source = readFileSync(join(this.folder, `${name}.hbs`), 'utf8');
    const compiled = this.handlebars.compile(source, { noEscape: true, strict: true, knownHelpersOnly: true });
    this.parts.set(name, compiled);
    return compiled;
  }
}

/** Names are typed by people: one that is an address, or several lines long, must not speak in place of the mail. */
function tame(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll('://', ': //')
    .trim();
}
