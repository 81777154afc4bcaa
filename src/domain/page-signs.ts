import type { FetchedHead, PageFacts } from './page-facts.js';
import { codesOf, type ReasonCode } from './reason-codes.js';

// Phrases that stand on the pages of bot walls, parking services and error pages. They only ever lead to "a person should look".
const CHALLENGE =
  /just a moment\.\.\.|attention required! \| cloudflare|checking your browser before|verify(ing)? (that )?you are (a )?human|ddos-guard|incapsula incident|pardon our interruption|press (&|and) hold to confirm|enable javascript and cookies to continue|unusual traffic from your/i;
const PARKED =
  /\bdomain (name )?(is|may be) for sale|buy this domain|this domain (name )?(is|has been) (parked|registered|expired)|parked (free|domain)|domain parking|sedoparking|hugedomains|parkingcrew|interested in this domain|domain has expired/i;
const NOT_FOUND =
  /\b404\b|(page|post|article|content|site) (was |could |can ?)?(not|n't|no longer) (be )?(found|exists?|available)|not found|nothing (was )?found|page introuvable|seite (wurde )?nicht gefunden|p[aá]gina no encontrada|pagina non trovata|p[aá]gina n[aã]o encontrada|pagina niet gevonden|nie znaleziono|страница не найдена/i;
const LOGIN_PATH = /\/(wp-login\.php|log-?in|sign-?in|auth|account\/login|users\/sign_in)\/?$/i;
const NEEDS_SCRIPT = /(enable|requires?|need|turn on|activate) javascript|javascript (is )?(required|disabled)/i;

/** Text shorter than this on a page with scripts: an empty shell that the scripts fill. */
const SHELL_TEXT = 500;
/** A bot wall or log-in form says little; an article that mentions one says more. */
const WALL_TEXT = 2000;

/** Signs that this is not the page that was meant, or not yet all of it. They matter only where the link is not there. */
export function pageSigns(head: FetchedHead, page: PageFacts): readonly ReasonCode[] {
  const start = `${page.title}\n${page.textStart}`;
  const brief = page.visibleTextLength < WALL_TEXT;
  const shell = page.visibleTextLength < SHELL_TEXT;
  const ledToLogin = head.chain.length > 1 && LOGIN_PATH.test(URL.parse(head.finalUrl)?.pathname ?? '');
  return codesOf({
    CHALLENGE: brief && CHALLENGE.test(start),
    LOGIN_WALL: brief && (page.hasPasswordField || ledToLogin),
    SOFT_404: head.status < 300 && NOT_FOUND.test(shell ? start : page.title),
    PARKED: brief && PARKED.test(start),
    JS_SUSPECTED: page.scriptCount > 0 && (shell || asksForScript(page)),
  });
}

function asksForScript(page: PageFacts): boolean {
  return page.visibleTextLength < WALL_TEXT && NEEDS_SCRIPT.test(page.textStart);
}

/** A bot wall that names itself in a header (Cloudflare `cf-mitigated`, standards 70). */
export function challengedByHeader(head: FetchedHead): boolean {
  return head.headers['cf-mitigated']?.some((value) => /challenge/i.test(value)) ?? false;
}
