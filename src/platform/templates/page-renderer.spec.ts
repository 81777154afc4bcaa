import { createHash } from 'node:crypto';
import { PageRenderer, type PublicPages } from './page-renderer.js';

const pages = new PageRenderer();
const EVERY: { [P in keyof PublicPages]: PublicPages[P] } = {
  'unsubscribe-confirm': { senderName: 'Tea Desk' },
  'unsubscribe-done': { senderName: 'Tea Desk' },
  'unsubscribe-invalid': {},
  'report-form': { projectName: 'Tea', targetUrl: 'https://tea.example/a', url: 'x', error: 'Write a web address.' },
  'report-verdict': { verdict: 'not_live', url: 'https://blog.example/p', findings: ['The link has rel="nofollow".'] },
  'report-invalid': {},
};
const names = Object.keys(EVERY) as (keyof PublicPages)[];

describe('PageRenderer', () => {
  it.each(names)('renders %s whole, without scripts or anything from elsewhere', (name) => {
    const html = pages.render(name, EVERY[name]);

    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<h1>');
    expect(html).not.toMatch(/<script|<img|<link|\bsrc=|url\(|\son\w+=|\{\{/i);
  });

  it('escapes what it shows', () => {
    const html = pages.render('report-form', { projectName: '<script>1</script>', targetUrl: '"><b>', url: '" autofocus onfocus="x', error: '<i>' });

    expect(html).not.toMatch(/<script|<b>|<i>|" onfocus/);
  });

  it('posts to the same address, with a labelled field', () => {
    const html = pages.render('report-form', { projectName: 'Tea', targetUrl: 'https://tea.example/a' });

    expect(html).toContain('<form method="post">');
    expect(html).toContain('<label for="url">');
    expect(html).not.toContain('aria-invalid');
  });

  it('makes the button of the confirm page say what the one-click of a mail program says', () => {
    expect(pages.render('unsubscribe-confirm', { senderName: 'Tea' })).toContain('name="List-Unsubscribe" value="One-Click"');
  });

  it('allows exactly the style it writes', () => {
    const style = /<style>(.*)<\/style>/s.exec(pages.render('report-invalid', {}))?.[1] ?? '';

    expect(pages.contentSecurityPolicy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });
});
