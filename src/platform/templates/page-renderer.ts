import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { templateFolder } from './template-folder.js';

/** The public pages, each with what it shows. */
export interface PublicPages {
  'unsubscribe-confirm': { readonly senderName: string };
  'unsubscribe-done': { readonly senderName: string };
  'unsubscribe-invalid': NothingToShow;
  /** `url` and `error`: what was typed and why it was not taken. */
  'report-form': { readonly projectName: string; readonly targetUrl: string; readonly url?: string | undefined; readonly error?: string | undefined };
  /** `findings`: what was found on the page, one sentence each. `next`: when it is looked at again; `canRetry`: whether a button asks for it now. */
  'report-verdict': {
    readonly verdict: ReportVerdict;
    readonly url: string;
    readonly findings?: readonly string[] | undefined;
    readonly next?: string | undefined;
    readonly canRetry?: boolean | undefined;
  };
  'report-invalid': NothingToShow;
}

type NothingToShow = Readonly<Record<string, never>>;

export type ReportVerdict = 'live' | 'checking' | 'not_live';

const TITLES: Readonly<Record<keyof PublicPages, string>> = {
  'unsubscribe-confirm': 'Stop all mail?',
  'unsubscribe-done': 'Done',
  'unsubscribe-invalid': 'This link does not work',
  'report-form': 'Report that the link is live',
  'report-verdict': 'Thank you',
  'report-invalid': 'This link does not work',
};

const VERDICTS: Readonly<Record<ReportVerdict, string>> = {
  live: 'We have found the link. Everything is in order.',
  checking: 'We are looking at the page now. You need not wait.',
  not_live: 'We have looked at the page, but the link is not there as agreed yet.',
};

/** Renders the pages that people outside see without logging in: plain HTML that works without scripts. */
export class PageRenderer {
  /** Allows the one style of the pages and forms that post back here, nothing else. */
  readonly contentSecurityPolicy: string;
  private readonly handlebars = Handlebars.create();
  private readonly style: string;
  private readonly layout: Handlebars.TemplateDelegate;
  private readonly pages = new Map<string, Handlebars.TemplateDelegate>();

  constructor(private readonly folder = join(templateFolder(), 'pages')) {
    this.style = this.read('style.css');
    this.layout = this.compile('layout');
    const styleHash = createHash('sha256').update(this.style).digest('base64');
    this.contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  }

  render<P extends keyof PublicPages>(page: P, shown: PublicPages[P]): string {
    const content = this.pageOf(page)({ ...shown, ...('verdict' in shown && { message: VERDICTS[shown.verdict] }) });
    return this.layout({ title: TITLES[page], style: this.style, content });
  }

  private pageOf(page: string): Handlebars.TemplateDelegate {
    const known = this.pages.get(page);
    if (known) return known;
    const compiled = this.compile(page);
    this.pages.set(page, compiled);
    return compiled;
  }

  private compile(name: string): Handlebars.TemplateDelegate {
    return this.handlebars.compile(this.read(`${name}.hbs`), { knownHelpersOnly: true });
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}
