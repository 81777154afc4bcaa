import { pagesNamedIn } from './reply-urls.js';

const PAGE = 'https://blog.example/tea-post';

describe('the pages that an answer names', () => {
  it.each([
    ['an address alone', PAGE],
    ['the end of a sentence', `It is live: ${PAGE}.`],
    ['in brackets', `Done (${PAGE}), enjoy!`],
    ['in angle brackets', `Here <${PAGE}>`],
    ['without a scheme', 'It is up at blog.example/tea-post now'],
    ['twice', `${PAGE} yes, ${PAGE}#comments`],
    [
      'above a quote',
      `Live: ${PAGE}\n\nOn Mon, 2 Nov 2026 at 10:00, Ann <ann@shop.example> wrote:\n> see https://blog.example/old\nhttps://blog.example/older`,
    ],
    [
      'above an attribution in two lines',
      `Live: ${PAGE}\n\nOn Mon, 2 Nov 2026 at 10:00, Ann\n<ann@shop.example> wrote:\n> x\nhttps://blog.example/older`,
    ],
    ['above a German quote', `Online: ${PAGE}\n\nAm 02.11.2026 um 10:00 schrieb Ann <ann@shop.example>:\n> https://blog.example/alt`],
    ['above a French quote', `En ligne: ${PAGE}\n\nLe lun. 2 nov. 2026 à 10:00, Ann <ann@shop.example> a écrit :\nhttps://blog.example/vieux`],
    ['above a quoted header', `Live: ${PAGE}\n\nFrom: Ann <ann@shop.example>\nSent: Monday\nTo: Mei\nSubject: A page\n\nhttps://blog.example/old`],
    ['above a signature', `Live: ${PAGE}\n\n-- \nMei, editor\nhttps://blog.example/authors/mei`],
    ['above a farewell', `Live: ${PAGE}\n\nBest regards,\nMei\nhttps://blog.example/authors/mei`],
    ['below our lines', `> is it live?\n> https://blog.example/old\nYes: ${PAGE}`],
  ])('%s', (_, text) => {
    expect(pagesNamedIn(text)).toEqual([PAGE]);
  });

  it.each([
    ['the home page', 'We are https://blog.example/ and https://blog.example'],
    ['guidelines', 'Please read https://blog.example/write-for-us and https://blog.example/editorial-guidelines first'],
    ['an opt-out', 'Stop: https://blog.example/news/unsubscribe?id=1'],
    ['a mail address', 'Write to mei@blog.example/work'],
    ['no web address', 'See ftp://blog.example/a and file:///etc/passwd'],
    ['a user name', 'https://me:secret@blog.example/post'],
  ])('are none: %s', (_, text) => {
    expect(pagesNamedIn(text)).toEqual([]);
  });

  it('are ten at most, and found in linear time', () => {
    expect(pagesNamedIn(Array.from({ length: 40 }, (_, at) => `${PAGE}-${at}`).join(' '))).toHaveLength(10);
    const began = performance.now();
    pagesNamedIn(`On ${'a.'.repeat(200_000)}`);
    pagesNamedIn('On x\n'.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
