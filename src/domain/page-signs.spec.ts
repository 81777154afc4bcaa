import type { FetchedHead, PageFacts } from './page-facts.js';
import { pageSigns } from './page-signs.js';

const URL_OF_PAGE = 'https://blog.test/tea';
/** An article: long, of few scripts, with nothing to remark. */
const article: PageFacts = {
  title: 'About tea',
  baseUrl: URL_OF_PAGE,
  robotsMetas: [],
  canonicals: [],
  links: [],
  linksCut: false,
  textStart: 'About tea '.repeat(200),
  visibleTextLength: 6000,
  headings: ['All about tea'],
  scriptCount: 3,
  inlineScriptLength: 900,
  scriptDataLength: 0,
  scriptStarts: ['var a = 1'],
  loads: ['/js/main.js', 'https://www.googletagmanager.com/gtm.js'],
  noscriptStart: '',
  hasPasswordField: false,
};
const brief = { textStart: 'Some words on a short page. '.repeat(30), visibleTextLength: 840 };
const shell = { textStart: 'Few words', visibleTextLength: 9 };
const head: FetchedHead = {
  kind: 'page',
  finalUrl: URL_OF_PAGE,
  chain: [{ url: URL_OF_PAGE, status: 200 }],
  status: 200,
  headers: {},
  truncated: false,
};

type Change = Partial<PageFacts> & { readonly to?: string; readonly status?: number };

function signs({ to, status = 200, ...page }: Change) {
  const chain = to === undefined ? head.chain : [...head.chain, { url: to, status: 200 }];
  return pageSigns({ ...head, status, chain, finalUrl: to ?? URL_OF_PAGE }, { ...article, ...page });
}

describe('pageSigns', () => {
  it.each<[string, Change]>([
    ['an article', {}],
    ['a short page', brief],
    ['an article that mentions a wall', { textStart: `Checking your browser before you go. ${'Words '.repeat(400)}` }],
    ['an article about captchas', { title: 'Captcha', loads: ['https://js.hcaptcha.com/1/api.js'] }],
    ['a page with a captcha in its contact form', { ...brief, loads: ['https://www.google.com/recaptcha/api.js'] }],
    ['a page that Cloudflare watches', { loads: ['/cdn-cgi/challenge-platform/scripts/jsd/main.js'] }],
    ['an article with a log-in form in its menu', { hasPasswordField: true }],
    ['an article about broken links', { title: 'How to fix 404 errors on a site | Tea blog' }],
    ['an article about what is not found in books', { headings: ['Ten teas that you will not find in shops'] }],
    ['an article that a framework made on the server', { app: { textLength: 5500 }, scriptDataLength: 40_000 }],
    ['an article beside an empty widget', { app: { textLength: 0 } }],
    ['a long article beside heavy data', { app: { textLength: 9000 }, visibleTextLength: 9500, scriptDataLength: 400_000 }],
    ['an article whose comments need scripts', { ...brief, noscriptStart: 'Please enable JavaScript to view the comments powered by Disqus.' }],
    ['an article that reloads itself now and then', { refresh: { afterSeconds: 300, url: URL_OF_PAGE } }],
    ['a page without scripts', { ...shell, scriptCount: 0 }],
    ['a shop of domain names', { title: 'Why this domain is for sale and others are not' }],
  ])('has nothing against %s', (_, change) => {
    expect(signs(change)).toEqual([]);
  });

  it.each<[string, Change]>([
    ['Cloudflare, by its title, with much text', { title: 'Just a moment...' }],
    ['Cloudflare, in German', { title: 'Nur einen Moment…' }],
    ['Cloudflare, by its script', { scriptStarts: ['(function(){window._cf_chl_opt = {cvId: "3"'] }],
    ['Cloudflare, by what it loads', { loads: ['/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=1'] }],
    ['Cloudflare, blocking', { title: 'Attention Required! | Cloudflare' }],
    ['DataDome', { loads: ['https://ct.captcha-delivery.com/c.js'] }],
    ['AWS WAF', { scriptStarts: ['window.awsWafCookieDomainList = []; window.gokuProps = {'] }],
    ['Akamai', { ...brief, textStart: 'Access Denied Reference #18.1 https://errors.edgesuite.net/18.1' }],
    ['Sucuri', { title: 'Sucuri WebSite Firewall - Access Denied' }],
    ['Sucuri, by its script', { scriptStarts: ["var s={},u,c,U,r,i,l=0,sucuri_cloudproxy_js=''"] }],
    ['Imperva', { ...brief, textStart: 'Request unsuccessful. Incapsula incident ID: 1' }],
    ['Imperva, by its script on an empty page', { ...shell, loads: ['/_Incapsula_Resource?SWJIYLWA=1'] }],
    ['Vercel', { title: 'Vercel Security Checkpoint' }],
    ['Anubis', { title: 'Making sure you&#39;re not a bot!'.replace('&#39;', '’') }],
    ['Anubis, by what it loads', { loads: ['/.within.website/x/cmd/anubis/static/js/main.mjs'] }],
    ['HUMAN', { headings: ['Access to this page has been denied'] }],
    ['SiteGround, after its refresh', { to: 'https://blog.test/.well-known/sgcaptcha/?r=%2Ftea' }],
    ['Imunify360', { title: 'One moment, please...' }],
    ['Turnstile on an empty page', { ...shell, loads: ['https://challenges.cloudflare.com/turnstile/v0/api.js'] }],
    ['hCaptcha on an empty page', { ...shell, loads: ['https://js.hcaptcha.com/1/api.js'] }],
    ['a plain name on a short page', { ...brief, title: 'Human Verification' }],
    ['a page that reloads itself at once', { refresh: { afterSeconds: 5, url: URL_OF_PAGE } }],
  ])('knows the wall of %s', (_, change) => {
    expect(signs(change)).toContain('CHALLENGE');
  });

  it.each<[string, Change]>([
    ['a form on a short page', { ...brief, hasPasswordField: true }],
    ['a form that its title names, beside much text', { title: 'Log in ‹ Tea blog', hasPasswordField: true }],
    ['a page that asks', { ...brief, textStart: 'You must be logged in to view this page.' }],
    ['a heading that asks, beside much text', { headings: ['Sign in to continue reading'] }],
    ['a redirect to the form of WordPress', { to: 'https://blog.test/wp-login.php?redirect_to=x' }],
    ['a redirect to a form elsewhere', { to: 'https://login.vendor.test/start' }],
    ['a redirect to a form of another name', { to: 'https://blog.test/Login.aspx' }],
    ['a page for members', { ...brief, textStart: 'This content is only available to members.' }],
    ['a protected post', { headings: ['Protected: Our tea'] }],
  ])('knows a log-in wall: %s', (_, change) => {
    expect(signs(change)).toContain('LOGIN_WALL');
  });

  it.each<[string, Change]>([
    ['a title', { title: '404 Not found' }],
    ['a title after the name of the site', { title: 'Tea blog | Page not found' }],
    ['a heading, with much text', { headings: ['Oops! That page can’t be found.'] }],
    ['a heading with a straight apostrophe', { headings: ["Sorry, this page isn't available"] }],
    ['a heading of one number', { headings: ['404'] }],
    ['what was asked for', { headings: ['The page you requested could not be found'] }],
    ['French', { title: 'Page introuvable – Blog' }],
    ['German', { headings: ['Seite nicht gefunden'] }],
    ['Swedish', { headings: ['Sidan hittades inte'] }],
    ['the text of a page that says little else', { ...shell, textStart: 'Nothing was found at this location.' }],
  ])('knows a page that says it is not there: %s', (_, change) => {
    expect(signs(change)).toContain('SOFT_404');
  });

  it('says soft 404 of good answers only', () => {
    expect(signs({ status: 404, title: '404 Not found' })).toEqual([]);
  });

  it.each<[string, Change]>([
    ['its words', { ...brief, textStart: 'Buy this domain. The domain is for sale.' }],
    ['the scripts of Sedo, with endless advertisements', { loads: ['https://img.sedoparking.com/templates/x.js'] }],
    ['the scripts of ParkingCrew', { loads: ['//d38psrni17bvxu.cloudfront.net/scripts/js3.js'] }],
    ['the frame of GoDaddy', { loads: ['https://img1.wsimg.com/parking-lander/static/js/main.js'] }],
    ['an inline script', { scriptStarts: ['window.park = "eyJ1dWlk"'] }],
    ['a redirect to a market', { to: 'https://www.hugedomains.com/domain_profile.cfm?d=blog.test' }],
  ])('knows a parked site by %s', (_, change) => {
    expect(signs(change)).toContain('PARKED');
  });

  it.each<[string, Change]>([
    ['an empty shell', shell],
    [
      'an app of a frame and a little text beside a heavy script',
      { ...brief, app: { textLength: 1500 }, visibleTextLength: 1500, inlineScriptLength: 50_000 },
    ],
    ['an app that is empty below its header', { app: { textLength: 0 }, visibleTextLength: 1900, textStart: 'Header '.repeat(270) }],
    ['an app whose text is small beside its data', { app: { textLength: 5000 }, visibleTextLength: 5500, scriptDataLength: 200_000 }],
    ['a short page beside heavy scripts', { ...brief, inlineScriptLength: 50_000 }],
    ['a notice for browsers without scripts', { ...brief, noscriptStart: 'You need to enable JavaScript to run this app.' }],
    ['a notice in its text', { ...brief, textStart: 'This site requires JavaScript.' }],
    ['a notice in German', { ...brief, noscriptStart: 'Bitte aktivieren Sie JavaScript.' }],
  ])('suspects scripts: %s', (_, change) => {
    expect(signs(change)).toContain('JS_SUSPECTED');
  });
});
