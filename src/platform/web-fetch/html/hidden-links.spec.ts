import fc from 'fast-check';
import { extractPageFacts } from './page-facts.js';

const LINK = '<a href=x>the words</a>';

/** @param page  with `LINK` where the link stands */
function isHidden(page: string): boolean | undefined {
  return extractPageFacts(page.replace('LINK', LINK), 'https://blog.test/tea').links.findLast(({ anchorText }) => anchorText === 'the words')?.hidden;
}

const inline = (style: string): string => `<div style="${style}">LINK</div>`;
const block = (css: string, markup = '<div class="x">LINK</div>'): string => `<head><style>${css}</style></head><body>${markup}`;

describe('a link is hidden', () => {
  it.each([
    'display:none',
    'DISPLAY : NONE !important',
    'color:red;display:none',
    'display:none!important;display:block',
    'display/**/:none',
    'dis/**/play:block;display:/* not */none',
    'display:none;display:blok',
    'visibility:hidden',
    'visibility: collapse',
    'content-visibility:hidden',
    'opacity:0',
    'opacity: 0.0',
    'opacity:0%',
    'font-size:0',
    'font-size:0px',
    'font-size:1px',
    'font:0/0 a',
    'width:0;overflow:hidden',
    'max-height:0px; overflow:hidden',
    'height:1px;overflow:hidden;margin:0',
    'position:absolute;width:1px;height:1px;padding:0;overflow:hidden;clip:rect(0,0,0,0)',
    'text-indent:-9999px',
    'position:absolute;left:-9999px',
    'position:relative;left:-9999px',
    'position:fixed; top:-1000px',
    'position:absolute; left:-999em',
    'position:absolute;left:-100vw',
    'position:absolute;right:calc(-9999px)',
    'position:absolute;inset:0 auto auto -9999px',
    'margin-left:-9999px',
    'margin:0 0 0 -9999px',
    'position:absolute; clip:rect(0,0,0,0)',
    'position:absolute;clip: rect(1px 1px 1px 1px)',
    'clip-path: inset(50%)',
    'clip-path:inset(100% 0 0 0)',
    'clip-path:circle(0)',
    'clip-path:polygon(0 0,0 0,0 0)',
    'clip-path:polygon(0px 0px, 0px 0px,0px 0px, 0px 0px)',
    'transform:scale(0)',
    'transform:translateX(-9999px)',
    'transform:rotate(3deg) translate(-9999px, 0)',
    'translate:-9999px',
  ])('by style="%s"', (style) => {
    expect(isHidden(inline(style))).toBe(true);
  });

  it.each([
    ['the attribute', '<div hidden>LINK</div>'],
    ['the attribute, whatever its value', '<div hidden=false>LINK</div>'],
    ['a transparent colour of its own', '<a href=x style="color:transparent">the words</a>'],
    ['a colour that is seen through', '<a href=x style="color:rgba(0,0,0,0)">the words</a>'],
    ['what stands around what stands around it', '<div style="display:none"><p style="display:block"><b>LINK</b></p></div>'],
    ['a size taken from none', '<div style="font-size:0"><p style="font-size:2em">LINK</p></div>'],
    ['no words that are seen', '<a href=x><span style="display:none">the words</span></a>'],
    ['a picture of one pixel', '<a href=x title="the words"><img src=p.gif width=1 height=1></a>'],
    ['a closed dialog', '<dialog>LINK</dialog>'],
    ['a popover that no button opens', '<div popover id=p>LINK</div>'],
  ])('by %s', (_, page) => {
    expect(isHidden(page)).toBe(true);
  });

  it.each([
    ['a class', block('.x{display:none}')],
    ['a class among rules', block('body{margin:0}@font-face{font-family:a;src:url(a;{b)}p,.x , h1 { color:red; display : none }')],
    ['an id', block('#x{visibility:hidden}', '<div id=x>LINK</div>')],
    ['a tag', block('aside{display:none}', '<aside>LINK</aside>')],
    ['an attribute', block('[data-k="v"]{display:none}', '<div data-k=v>LINK</div>')],
    ['the beginning of a class', block('[class^="hid"]{display:none}', '<div class="hidden-x">LINK</div>')],
    ['a descendant', block('.a .x{opacity:0}', '<div class=a><p><b class=x>LINK</b></p></div>')],
    ['a child', block('.a>.x{font-size:0}', '<div class=a><b class=x>LINK</b></div>')],
    ['a child below another', block('.b > .c .x{display:none}', '<i class="b"><i class="c"><i class="c"><i class=x>LINK</i></i></i></i>')],
    ['two classes', block('.x.y{position:absolute;left:-9999px}', '<div class="x y">LINK</div>')],
    ['properties from two rules', block('.x{position:absolute}.y{left:-9999px}', '<div class="x y">LINK</div>')],
    ['the link itself', block('.x a{color:transparent}')],
    ['a link that points there', block('a[href="x"]{font-size:0}', 'LINK')],
    ['a sheet for all screens', block('@media screen{.x{display:none}}')],
    ['a layer', block('@layer base{.x{display:none}}')],
    ['importance over an inline style', block('.x{display:none!important}', '<div class=x style="display:block">LINK</div>')],
    ['the more special rule', block('div.x{display:none}.x{display:block}')],
    ['the later rule', block('.x{display:block}.x{display:none}')],
    ['a style block further down', '<div class=x>LINK</div><style>.x{display:none}</style>'],
    ['a rule in an escape', block('.md\\:x{display:none}', '<div class="md:x">LINK</div>')],
    ['a rule after a comment', block('/* } .x{display:block} */ .x/* */{/**/display:none}')],
    ['a rule after a string', block('.a::before{content:"}"}.x{display:none}')],
    ['a frame in the page with styles of its own', `<iframe srcdoc='<style>.x{display:none}</style><div class=x>LINK</div>'></iframe>`],
  ])('by a style block: %s', (_, page) => {
    expect(isHidden(page)).toBe(true);
  });
});

describe('a link is not hidden', () => {
  it.each([
    'line-height:0.9',
    'line-height:0',
    'opacity:0.5',
    'opacity:.05',
    'font-size:0.9em',
    'font-size:10px',
    'display:none-such',
    'display:none;display:block',
    'width:0',
    'height:0',
    'height:100px;overflow:hidden',
    'height:0;overflow:hidden;padding-bottom:56%',
    'height:0;overflow:hidden;min-height:200px',
    'left:-9999px',
    'position:absolute;left:-10px',
    'position:absolute;left:-50%',
    'text-indent:-10px',
    'margin-bottom:-9999px;padding-bottom:9999px',
    'margin:0 -9999px;padding:0 9999px',
    'margin-left:-15px',
    'transform:scale(0.5)',
    'transform:translate(-50%,-50%)',
    'clip-path:polygon(0 0,100% 0,100% 90%)',
    'clip-path:circle(50%)',
    'position:absolute;clip:rect(0,300px,200px,0)',
    'color:rgba(0,0,0,0.8)',
    'color:transparent',
    'background:url(display:none)',
    'background:url("x;display:none")',
    '--display:none',
    'opacity:0;transition:opacity .3s',
    'animation:fade 1s;opacity:0',
    'text-indent:-9999px;background:url(logo.png)',
  ])('by style="%s"', (style) => {
    expect(isHidden(inline(style))).toBe(false);
  });

  it.each([
    ['a shown child of a hidden parent', '<div style="visibility:hidden"><p style="visibility:visible">LINK</p></div>'],
    ['a sized child of a parent without size (the gap between boxes)', '<div style="font-size:0"><div style="font-size:16px">LINK</div></div>'],
    ['a size in rem below none', '<div style="font-size:0"><div style="font-size:1rem">LINK</div></div>'],
    ['a link below transparent words: it has a colour of its own', '<div style="color:transparent">LINK</div>'],
    ['an indent taken back', '<div style="text-indent:-9999px"><p style="text-indent:0">LINK</p></div>'],
    ['details that a click opens', '<details><summary>More</summary>LINK</details>'],
    ['what the search in the page opens', '<div hidden=until-found>LINK</div>'],
    ['an attribute that the style overrules', '<div hidden style="display:block">LINK</div>'],
    ['a panel that a button opens', '<button aria-controls="p1">More</button><div id=p1 style="display:none">LINK</div>'],
    ['a tab', '<div role=tabpanel style="display:none">LINK</div>'],
    ['a collapsed part of Bootstrap', '<a data-bs-target="#c">More</a><div id=c style="display:none">LINK</div>'],
    ['an element that fades in when scrolled to', '<div data-aos=fade-up style="opacity:0">LINK</div>'],
    ['a page that a script shows', '<body style="visibility:hidden">LINK'],
    ['an icon beside hidden words', '<a href=x><svg></svg><span style="display:none">the words</span></a>'],
    ['a class of a telling name', '<div class="hidden invisible">LINK</div>'],
    ['an open dialog', '<dialog open>LINK</dialog>'],
    ['a hidden neighbour', '<p hidden>off</p>LINK'],
  ])('by %s', (_, page) => {
    expect(isHidden(page)).toBe(false);
  });

  it.each([
    ['another class', block('.y{display:none}')],
    ['a class that begins alike', block('.xy{display:none}')],
    ['a child that is a grandchild', block('.a>.x{display:none}', '<div class=a><p><b class=x>LINK</b></p></div>')],
    ['paper', block('@media print{.x{display:none}}')],
    ['narrow screens only', block('@media (max-width:600px){.x{display:none}}')],
    ['a sheet for paper', '<style media=print>.x{display:none}</style><div class=x>LINK</div>'],
    ['wide screens, which show it', block('.x{display:none}@media (min-width:600px){.x{display:block}}')],
    ['a menu that the pointer opens', block('.menu ul{display:none}.menu:hover ul{display:block}', '<li class=menu><ul>LINK</ul></li>')],
    ['a tab that gets a class', block('.tab{display:none}.tab.active{display:block}', '<div class=tab>LINK</div>')],
    ['a panel that opens with its page', block('.p{display:none}.is-open .p{display:block}', '<div class=p>LINK</div>')],
    ['a box to tick', block('.p{display:none}#c:checked ~ .p{display:block}', '<input id=c type=checkbox><div class=p>LINK</div>')],
    ['browsers without scripts', block('.no-js .x{display:none}', '<html class=no-js><div class=x>LINK</div>')],
    ['the way to fade in', block('@keyframes a{from{visibility:hidden}to{visibility:visible}}.x{animation:a 1s}')],
    ['an important rule to the contrary', block('.x{display:none}div{display:block!important}')],
    ['the more special rule', block('#x{display:block}.x{display:none}', '<div id=x class=x>LINK</div>')],
    ['its own style', block('.x{display:none}', '<div class=x style="display:block">LINK</div>')],
    ['a weaker layer', block('@layer base{#x.x{display:none}}.x{display:block}', '<div id=x class=x>LINK</div>')],
    ['what stands before it', block('.x::before{display:none}')],
    ['a style of a template', '<template><style>.x{display:none}</style></template><div class=x>LINK</div>'],
    ['a style for no scripts', '<noscript><style>.x{display:none}</style></noscript><div class=x>LINK</div>'],
    ['a comment', block('/* .x{display:none} */')],
    ['words in a string', block('.y{content:".x{display:none}"}')],
    ['a selector that browsers refuse', block('.x,:::{display:none}')],
    ['a rule that is nested', block('.y{color:red;.x{display:none}}')],
    ['all but those that are open', block('.x:not(.open){display:none}')],
    ['a page behind a curtain', block('body{opacity:0}')],
  ])('by a style block: %s', (_, page) => {
    expect(isHidden(page)).toBe(false);
  });
});

describe('a hostile style sheet', () => {
  const hidden = (css: string): boolean | undefined => isHidden(`<style>${css}</style>${'<div class="x y">'.repeat(300)}LINK`);
  const cpuMs = (work: () => unknown): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };

  it.each([
    ['open blocks', (size: number) => '.x{'.repeat(size / 3)],
    ['at-rules without end', (size: number) => '@media (a){'.repeat(size / 11)],
    ['comments without end', (size: number) => '/*'.repeat(size / 2)],
    ['strings without end', (size: number) => `.x{a:"${'\\"'.repeat(size / 2)}`],
    ['brackets', (size: number) => `.x${'('.repeat(size)}{display:none}`],
    ['commas', (size: number) => `${'.x,'.repeat(size / 3)}.x{display:none}`],
    ['long chains', (size: number) => `${'.x '.repeat(size / 3)}.x{display:none}`],
    ['many chains', (size: number) => '.x .y .x .y .x .z .x{display:none}'.repeat(size / 34)],
    ['many rules for all', (size: number) => '*{display:none}'.repeat(size / 15)],
    ['one endless value', (size: number) => `.x{display:none;margin:${'- '.repeat(size / 2)}}`],
    ['one endless list of values', (size: number) => `.x{${'font:0 '.repeat(size / 7)}}`],
    ['spaces', (size: number) => `.x{display:${' '.repeat(size)}none}`],
    ['backslashes', (size: number) => `${'\\'.repeat(size)}.x{display:none}`],
    ['addresses', (size: number) => `.x{${'a:url(('.repeat(size / 7)}display:none}`],
  ])('takes no more than linear time: %s', (_, css) => {
    const short = cpuMs(() => hidden(css(40_000)));
    const long = cpuMs(() => hidden(css(400_000)));

    expect(long / Math.max(short, 40)).toBeLessThan(40);
  });

  it('is read without an error, whatever it says', () => {
    const piece = fc.constantFrom(
      '.x',
      '#',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '"',
      "'",
      '\\',
      '/*',
      '*/',
      ';',
      ':',
      ',',
      '>',
      '~',
      '@media ',
      '@',
      'display',
      'none',
      'url(',
      '!important',
      '\n',
      '*',
      ' ',
    );

    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(piece, { maxLength: 20 }), (sheet, own) => {
        const page = `<style>${sheet.join('')}</style><div class=x style='${own.join('').replaceAll("'", '')}'>LINK</div>`;
        expect(typeof isHidden(page)).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
