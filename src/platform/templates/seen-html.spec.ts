import { seenHtml } from './seen-html.js';
import { compileMailTemplate, renderMailTemplate } from './mail-template.js';
import { doTemplateTask } from './template-work.js';

const LINK = 'https://links.example/u/abc.def';
const VALUES = { 'links.unsubscribe': LINK, 'sender.postalAddress': '1 Leaf Lane', 'contact.name': 'Mei' };
const ENDING = 'If you would rather not hear from us again:';
const mailOf = (html: string): string => {
  const made = renderMailTemplate(compileMailTemplate({ subject: 'Tea', text: 'Hello.', html }), VALUES);
  return made.ok ? made.mail.html : '';
};

const SWALLOWING = [
  '<p>Hello.</p><!-- ',
  '<p>Hello.</p><div style="display:none">',
  '<p>Hello.</p><div hidden><p>x</p>',
  '<p>Hello.</p><style>',
  '<title>Hello',
  '<p>Hello.</p><textarea>',
  '<p>Hello.</p><a title="',
  '<p>Hello.</p><!-- </body>',
];

describe('HTML that swallows what comes after it', () => {
  it.each(SWALLOWING)('is not stored: %s', (html) => {
    expect(doTemplateTask({ do: 'check', parts: { html } })).toMatchObject({
      done: 'refused',
      code: 'template_not_allowed',
      facts: { errors: [{ pointer: '/html' }] },
    });
  });

  it.each([...SWALLOWING, '<p>Hello.</p>{{#if contact.name}}<!--{{/if}}'])('never leaves with its ending unseen: %s', (html) => {
    const seen = seenHtml(mailOf(html));

    expect(seen.links).toContain(LINK);
    expect(seen.text).toContain('1 Leaf Lane');
  });

  it.each([
    '<p>Hello.',
    '<p>Hello.</p></body></html><!-- </body> -->',
    '<html><head><title>Tea</title><style>p { color: green }</style></head><body><div><table><tr><td>Hello.</table>',
    '<img src="https://tea.example/a.png" style="display:none"><p>Hello.</p>',
    '<div style="display:none">Tea</div><p style="font-size:0.9em; opacity: 0.5">Hello.</p>',
  ])('is no other: %s', (html) => {
    expect(doTemplateTask({ do: 'check', parts: { html } })).toEqual({ done: 'check' });
    expect(mailOf(html)).toContain('Hello.');
    expect(seenHtml(mailOf(html)).links).toContain(LINK);
  });
});

describe('A link to stop all mail', () => {
  it.each([
    '<span style="display:none">{{links.unsubscribe}} {{sender.postalAddress}}</span>',
    '<!-- {{links.unsubscribe}} {{sender.postalAddress}} -->',
    '<p title="{{links.unsubscribe}} {{sender.postalAddress}}">Hello.</p>',
    '<a href="{{links.unsubscribe}}"></a>',
    '<p style="color: red; visibility: hidden">{{links.unsubscribe}} {{sender.postalAddress}}</p>',
    '<p>{{links.unsubscribe}}for ever</p>',
  ])('that nobody sees or can follow counts as none: %s', (html) => {
    expect(mailOf(html)).toContain(ENDING);
    expect(seenHtml(mailOf(html)).text).toContain('1 Leaf Lane');
  });

  it.each(['<a href="{{links.unsubscribe}}">stop</a>', '<a href="{{links.unsubscribe}}"><img src="https://tea.example/stop.png"></a>', '<p>{{links.unsubscribe}}</p>'])(
    'is not written twice: %s',
    (html) => {
      expect(mailOf(html)).not.toContain(ENDING);
    },
  );
});
