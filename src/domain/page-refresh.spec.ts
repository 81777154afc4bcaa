import { leadsOn, refreshOf, reloadsItself } from './page-refresh.js';

const PAGE = 'https://blog.test/tea';

describe('refreshOf', () => {
  it.each([
    ['0;url=/new', 0, 'https://blog.test/new'],
    ['5; URL = "https://a.test/x"', 5, 'https://a.test/x'],
    ["0;'/new'more", 0, 'https://blog.test/new'],
    ['1.5, /new', 1, 'https://blog.test/new'],
    [' 3 url=new ', 3, 'https://blog.test/new'],
    ['0 ; url=//a.test', 0, 'https://a.test/'],
    ['.5;url=/new', 0, 'https://blog.test/new'],
    ['300', 300, PAGE],
    ['0;', 0, PAGE],
  ])('reads %j', (content, afterSeconds, url) => {
    expect(refreshOf(content, PAGE, PAGE)).toEqual({ afterSeconds, url: url === PAGE ? expect.stringContaining(PAGE) : url });
  });

  it.each(['', 'url=/new', 'soon;url=/new', '0x;url=/new', '0;url=javascript:alert(1)', '0;url=http://['])('ignores %j as browsers do', (content) => {
    expect(refreshOf(content, PAGE, PAGE)).toBeUndefined();
  });
});

describe('what a refresh means', () => {
  it.each([
    [0, 'https://blog.test/new', true, false],
    [10, 'https://a.test/', true, false],
    [11, 'https://a.test/', false, false],
    [5, `${PAGE}#top`, false, true],
    [300, PAGE, false, false],
  ])('after %d seconds to %s', (afterSeconds, url, onward, again) => {
    expect([leadsOn({ afterSeconds, url }, PAGE), reloadsItself({ afterSeconds, url }, PAGE)]).toEqual([onward, again]);
  });
});
