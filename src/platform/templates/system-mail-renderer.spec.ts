import { SystemMailRenderer, type SystemMailName, type SystemMails } from './system-mail-renderer.js';

const renderer = new SystemMailRenderer();
const LINK = 'https://links.tea.example/go#token=abc';
const EVERY: { [M in SystemMailName]: SystemMails[M] } = {
  invitation: { inviterName: 'Ann', workspaceName: 'Tea links', role: 'member', expiresOn: '9 November 2026' },
  'password-reset': { name: 'Ann', minutes: '30' },
  'password-changed': { name: 'Ann', at: '2026-11-02 10:00 UTC' },
  'campaign-held': { workspaceName: 'Tea links', campaignName: 'Guides', reason: '5 of 60 mails came back for good.' },
  'webhook-endpoint-disabled': { workspaceName: 'Tea links', endpointHost: 'hooks.tea.example', reason: 'it answered 410' },
  'mailbox-alarm': { workspaceName: 'Tea links', mailboxName: 'Ann', mailboxAddress: 'ann@tea.example', said: '554 5.7.1 blocked' },
};
const names = Object.keys(EVERY) as SystemMailName[];

describe('SystemMailRenderer', () => {
  it.each(names)('renders %s whole, with its link as the only one', (name) => {
    const { subject, text, html } = renderer.render(name, EVERY[name], LINK);

    expect(subject).toMatch(/^[^\n{}]{10,100}$/);
    for (const value of Object.values<string>({ ...EVERY[name] })) expect(subject + text).toContain(value);
    expect(text.match(/https?:\/\/\S+/g)).toEqual([LINK]);
    expect(html.match(/href="[^"]*"/g)).toEqual([`href="${LINK}"`]);
    expect(text + html).not.toMatch(/\{\{|<img|<script/);
  });

  it('lets no name speak in place of the mail', () => {
    const name = 'Ann\r\nBcc: all@tea.example\n\nLog in at https://evil.example <b>now</b>';
    const { subject, text, html } = renderer.render('invitation', { ...EVERY.invitation, inviterName: name }, LINK);

    expect(subject).not.toMatch(/[\r\n]/);
    expect(text.split('\n').some((line) => line.startsWith('Bcc') || line.startsWith('Log in'))).toBe(false);
    expect(html.match(/href="[^"]*"/g)).toEqual([`href="${LINK}"`]);
    expect(html).not.toContain('<b>');
  });
});
