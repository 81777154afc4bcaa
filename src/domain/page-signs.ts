import type { FetchedHead, PageFacts } from './page-facts.js';
import { reloadsItself } from './page-refresh.js';
import { codesOf, type ReasonCode } from './reason-codes.js';
import { PARKING, WALLS, WORDS } from './sign-words.js';

/** Text shorter than this on a page with scripts: an empty shell that the scripts fill. */
const SHELL_TEXT = 500;
/** A bot wall or log-in form says little; an article that mentions one says more. */
const WALL_TEXT = 2000;
/** An article that was made on the server stands there whole, whatever data its scripts bring along. */
const ARTICLE_TEXT = 6000;
/** Scripts so many times longer than the text: what is read is not what is shown. */
const SCRIPT_SHARE = 20;

/**
 * Signs that this is not the page that was meant, or not yet all of it. Said whether or not the link is there; only where it is
 * not do they keep it from counting as missing.
 */
export function pageSigns(head: FetchedHead, page: PageFacts): readonly ReasonCode[] {
  const seen: SeenPage = {
    head,
    page,
    names: [page.title, ...page.headings].map(plain),
    start: plain(`${page.title}\n${page.textStart}`),
    brief: page.visibleTextLength < WALL_TEXT,
    shell: page.visibleTextLength < SHELL_TEXT,
  };
  return codesOf({
    CHALLENGE: isChallenge(seen),
    LOGIN_WALL: isLoginWall(seen),
    SOFT_404: isSoft404(seen),
    PARKED: isParked(seen),
    JS_SUSPECTED: isMadeByScripts(seen),
  });
}

interface SeenPage {
  readonly head: FetchedHead;
  readonly page: PageFacts;
  /** Title and headings: what the page says it is. */
  readonly names: readonly string[];
  /** Title and the beginning of the text. */
  readonly start: string;
  readonly brief: boolean;
  readonly shell: boolean;
}

/** Typographic apostrophes and dashes as plain ones: templates write both. */
function plain(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/\u2026/g, '...')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A bot wall that names itself in a header (Cloudflare `cf-mitigated`, standards 70, and its like). */
export function challengedByHeader({ headers, status }: FetchedHead): boolean {
  const says = (name: 'cf-mitigated' | 'x-amzn-waf-action' | 'x-vercel-mitigated', words: RegExp): boolean =>
    headers[name]?.some((value) => words.test(value)) ?? false;
  return (
    says('cf-mitigated', /challenge/i) ||
    says('x-amzn-waf-action', /challenge|captcha/i) ||
    says('x-vercel-mitigated', /challenge|deny/i) ||
    // DataDome sends it with every page it guards; with an error it is the wall itself
    (status >= 400 && headers['x-datadome'] !== undefined)
  );
}

function isChallenge(seen: SeenPage): boolean {
  const { head, page, names, start, brief, shell } = seen;
  return (
    isWallByParts(seen) ||
    names.some((name) => WALLS.names.test(name)) ||
    (page.refresh !== undefined && reloadsItself(page.refresh, head.finalUrl)) ||
    (brief && (WALLS.words.test(start) || names.some((name) => WALLS.plainNames.test(name)))) ||
    // honest pages load these too, for their forms
    (shell && page.loads.some((address) => WALLS.captchas.test(address)))
  );
}

function isWallByParts({ head, page }: SeenPage): boolean {
  return (
    page.scriptStarts.some((script) => WALLS.scripts.test(script)) ||
    page.loads.some((address) => WALLS.loads.test(address)) ||
    WALLS.paths.test(URL.parse(head.finalUrl)?.pathname ?? '')
  );
}

function isLoginWall({ head, page, names, start, brief }: SeenPage): boolean {
  return (
    isLedToLogin(head) ||
    (brief && (page.hasPasswordField || WORDS.login.test(start))) ||
    (page.hasPasswordField && names.some((name) => WORDS.loginName.test(name))) ||
    names.some((name) => WORDS.loginAsked.test(name))
  );
}

function isLedToLogin({ chain, finalUrl }: FetchedHead): boolean {
  const url = URL.parse(finalUrl);
  return chain.length > 1 && url !== null && (WORDS.loginPath.test(url.pathname) || WORDS.loginHost.test(url.hostname));
}

function isSoft404({ head, names, start, shell }: SeenPage): boolean {
  if (head.status >= 300) return false;
  return names.some(saysNotFound) || (shell && WORDS.notFound.test(start));
}

/** A name of one part may tell of missing pages at length: "How to fix the error 404 page not found in ten steps". */
function saysNotFound(name: string): boolean {
  return name.split(/\s[-|\u2013\u2014\u00bb\u00ab:\u00b7]\s|[|\u00bb\u00ab\u00b7]/).some((part) => part.length <= 80 && WORDS.notFound.test(part));
}

function isParked({ head, page, start, brief }: SeenPage): boolean {
  return (
    page.loads.some((address) => PARKING.loads.test(address)) ||
    page.scriptStarts.some((script) => PARKING.scripts.test(script)) ||
    (head.chain.length > 1 && PARKING.places.test(head.finalUrl)) ||
    (brief && PARKING.words.test(start))
  );
}

function isMadeByScripts({ page, shell, brief, start }: SeenPage): boolean {
  const { scriptCount, inlineScriptLength, scriptDataLength, visibleTextLength, app, noscriptStart } = page;
  if (scriptCount === 0) return false;
  const scripted = inlineScriptLength + scriptDataLength > SCRIPT_SHARE * visibleTextLength;
  const asks = WORDS.needsScript.test(start) || asksWithoutScript(noscriptStart);
  return shell || (brief && (asks || scripted)) || (app !== undefined && isUnfilled(page, app.textLength, scripted));
}

/** A framework's element with little text in it, on a page with little around it. */
function isUnfilled({ visibleTextLength }: PageFacts, textLength: number, scripted: boolean): boolean {
  if (visibleTextLength - textLength >= WALL_TEXT) return false;
  return textLength < WALL_TEXT || (scripted && textLength < ARTICLE_TEXT);
}

/** Comment and map widgets ask for scripts on pages that are all there. */
function asksWithoutScript(noscript: string): boolean {
  const words = plain(noscript);
  return WORDS.needsScript.test(words) && !/comments?\b|disqus|\bmap\b/i.test(words);
}
