import { extractPageFacts, onwardOf } from './page-facts.js';

const URL_OF_PAGE = 'https://blog.test/2026/tea.html';

function linksOf(html: string) {
  return extractPageFacts(html, URL_OF_PAGE).links;
}

describe('onwardOf', () => {
  it.each([
    ['<meta http-equiv=refresh content="0;url=/new">', 'https://blog.test/new'],
    [`<META content="3; URL='https://a.test/x'" HTTP-EQUIV="Refresh">`, 'https://a.test/x'],
    ['<base href="https://b.test/"><meta http-equiv=refresh content="0;url=y">', 'https://b.test/y'],
    ['<p>Moved</p><meta http-equiv=refresh content="soon"><meta http-equiv=refresh content="1;url=/new">', 'https://blog.test/new'],
  ])('follows %s', (html, url) => {
    expect(onwardOf(html, URL_OF_PAGE)).toBe(url);
  });

  it.each([
    '<meta http-equiv=refresh content=300>',
    '<meta http-equiv=refresh content="30;url=/new">',
    `<meta http-equiv=refresh content="0;url=${URL_OF_PAGE}#top">`,
    '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
    '<noscript><meta http-equiv=refresh content="0;url=/no-script"></noscript>',
    '<!-- <meta http-equiv=refresh content="0;url=/new"> -->',
    '<template><meta http-equiv=refresh content="0;url=/new"></template>',
    `<script>document.write('<meta http-equiv=refresh content="0;url=/new">')</script>`,
    '<meta name=refresh content="0;url=/new"> http-equiv=refresh',
  ])('does not follow %s', (html) => {
    expect(onwardOf(html, URL_OF_PAGE)).toBeUndefined();
  });
});

describe('extractPageFacts', () => {
  it.each([
    ['a relative address', '<a href="../x">t</a>', 'https://blog.test/x'],
    ['white space and entities', '<a href=" /a?b=1&amp;c=2\n">t</a>', 'https://blog.test/a?b=1&c=2'],
    ['no scheme', '<a href=//other.test/x>t</a>', 'https://other.test/x'],
    ['a base further down', '<a href=x>t</a><base href="https://cdn.test/d/">', 'https://cdn.test/d/x'],
    ['an internationalised host', '<a href="https://bücher.test">t</a>', 'https://xn--bcher-kva.test/'],
    ['another scheme', '<a href="mailto:a@b.test">t</a>', undefined],
  ])('resolves %s', (_, html, url) => {
    expect(linksOf(html).map((link) => link.url)).toEqual([url]);
  });

  it.each([
    ['text, in pieces', '<a href=x> Best <b>green</b>\n tea &amp; more</a>', 'Best green tea & more', 'text'],
    ['the alt of an image', '<a href=x title=t><img alt="A cup"></a>', 'A cup', 'image'],
    ['the title', '<a href=x title="Shop"> </a>', 'Shop', 'title'],
    ['nothing', '<a href=x></a>', '', 'nothing'],
    ['text before the next link starts', '<a href=x>one<a href=y>two</a>', 'one', 'text'],
    ['text across misnested blocks', '<div><a href=x>one</div> two</a> three', 'one two', 'text'],
  ])('reads as anchor text: %s', (_, html, anchorText, anchorFrom) => {
    expect(linksOf(html)[0]).toMatchObject({ anchorText, anchorFrom });
  });

  it.each([
    ['<a href=x>t</a>', 'anchor'],
    ['<!-- <a href=x>t</a> -->', 'comment'],
    ['<template><a href=x>t</a></template>', 'template'],
    ['<noscript><a href=x>t</a></noscript>', 'noscript'],
    ['<iframe><a href=x>t</a></iframe>', 'iframe'],
    ['<iframe srcdoc="<a href=x>t</a>"></iframe>', 'iframe'],
    ['<span href=x>t</span>', 'non_anchor'],
    ['<area href=x>', 'non_anchor'],
    ['<div data-href="x">t</div>', 'non_anchor'],
    ['<button onclick="location.href=\'/x\'">t</button>', 'non_anchor'],
    ['<form action=x><button>t</button></form>', 'non_anchor'],
    ['<a onclick="go(\'/x\')">t</a>', 'non_anchor'],
  ])('knows where the link stood: %s', (html, place) => {
    expect(linksOf(html).map((link) => link.place)).toEqual([place]);
  });

  it.each([
    ['<div hidden><p><a href=x>t</a></p></div>', true],
    ['<div style="display:none"><a href=x>t</a></div>', true],
    ['<a href=x style="opacity:0">t</a>', true],
    ['<a href=x><span style="display:none">t</span></a>', true],
    ['<div hidden>off</div><a href=x>t</a>', false],
    ['<p hidden>off<div><a href=x>t</a></div>', false],
    ['<ul><li hidden>off<li><a href=x>t</a></ul>', false],
    ['<a href=x><img alt=t><span hidden>t</span></a>', false],
    ['<div style="line-height:0.9"><a href=x>t</a></div>', false],
  ])('knows what is hidden: %s', (html, hidden) => {
    expect(linksOf(html)[0]?.hidden).toBe(hidden);
  });

  it('ignores links in scripts, styles and text areas', () => {
    expect(linksOf('<script>"<a href=x>"</script><style><a href=x></style><textarea><a href=x></textarea><title><a href=x></title>')).toEqual([]);
  });

  it('reads rel with commas and in any case', () => {
    expect(linksOf('<a href=x rel="NoFollow,UGC  nofollow">t</a>')[0]?.rel).toEqual(['nofollow', 'ugc']);
  });

  it('keeps up to 200 characters around the link', () => {
    const [link] = linksOf(`<p>${'before '.repeat(100)}<a href=x>the link</a>${' after'.repeat(100)}`);

    expect(link?.context).toMatch(/^.*before the link after.*$/);
    expect(link?.context.length).toBeLessThanOrEqual(200);
    expect(link?.context.length).toBeGreaterThan(180);
  });

  it.each(Array.from({ length: 4 }, (_, shift) => shift))('leaves no half characters where texts are cut (shift %d)', (shift) => {
    const tea = 'x'.repeat(shift) + '🍵'.repeat(3000);

    const facts = extractPageFacts(`<title>${tea}</title><p>${tea}<a href="/${tea}" title="${tea}">t</a>${tea}<a href=x>${tea}</a>`, URL_OF_PAGE);

    expect(JSON.stringify(facts)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('reads the signs of the page', () => {
    const facts = extractPageFacts(
      `<title> Tea &amp; more </title><meta name=ROBOTS content=NoIndex><meta name=viewport content=x><link rel=canonical href=/tea>
       <script>var a = 1</script><script type="application/ld+json">{}</script><body>Text<input type=password><link rel=canonical href=/other>`,
      URL_OF_PAGE,
    );

    expect(facts).toMatchObject({
      title: 'Tea & more',
      robotsMetas: [{ name: 'robots', content: 'NoIndex' }],
      canonicals: ['https://blog.test/tea'],
      textStart: 'Text',
      visibleTextLength: 4,
      scriptCount: 1,
      inlineScriptLength: 9,
      hasPasswordField: true,
    });
  });

  /** CPU, not wall time: other work on the machine does not count. */
  function cpuMs(work: () => unknown): number {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }

  it.each([
    ['a million open tags', (size: number) => '<b>'.repeat(size)],
    ['end tags that fit nothing', (size: number) => `${'<i>'.repeat(size / 5)}${'</b>'.repeat(size / 5)}`],
    ['links without end', (size: number) => '<a href=x>'.repeat(size / 4)],
    ['comments full of links', (size: number) => '<!--<a href=x>-->'.repeat(size / 10)],
    ['one endless attribute', (size: number) => `<a style="${'a:'.repeat(size)}`],
    ['text beside many links', (size: number) => '<a href=x>some words</a> and more '.repeat(size / 20)],
  ])('takes time linear in the length of a hostile page: %s', (_, page) => {
    const short = cpuMs(() => extractPageFacts(page(100_000), URL_OF_PAGE));
    const long = cpuMs(() => extractPageFacts(page(1_000_000), URL_OF_PAGE));

    // ten times the page: ten times the work, a hundred times if it were quadratic
    expect(long / Math.max(short, 20)).toBeLessThan(40);
  });

  it('reads what tells a page from the shell of an app, a wall or a parking page', () => {
    const facts = extractPageFacts(
      `<h1>Tea <b>&amp;</b> more</h1><h1 hidden>Second</h1><div id=__next>Menu</div> After
       <script src=/app.js></script><iframe src="//frame.test/x"></iframe><script>window._cf_chl_opt = {}</script>
       <script id=__NEXT_DATA__ type="application/json">{"a":1}</script><noscript>Please enable <b>JavaScript</b>.</noscript>
       <template><script src=/not.js></script><div id=root></div></template>`,
      URL_OF_PAGE,
    );

    expect(facts).toMatchObject({
      headings: ['Tea & more', 'Second'],
      app: { textLength: 4 },
      loads: ['/app.js', '//frame.test/x'],
      scriptStarts: ['window._cf_chl_opt = {}'],
      scriptCount: 2,
      scriptDataLength: 7,
      noscriptStart: 'Please enable JavaScript.',
    });
  });

  it('says when there are more links than it lists', () => {
    expect(extractPageFacts('<a href=x>'.repeat(20_001), URL_OF_PAGE)).toMatchObject({ linksCut: true, links: { length: 20_000 } });
  });
});
