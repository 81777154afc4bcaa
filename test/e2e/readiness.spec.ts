import { generateKeyPairSync } from 'node:crypto';
import { makeMailbox } from '../support/factories.js';
import { type MailDns, startMailDns } from '../support/mail-dns.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

let t: TestApp;
let as: Caller;
let dns: MailDns;

const keyOf = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const DKIM = `v=DKIM1; k=rsa; p=${keyOf(2048)}`;

beforeAll(async () => {
  dns = await startMailDns();
  t = await createTestApp({ env: { DNS_SERVERS: dns.address } });
  as = t.as(t.owner.key);
});
afterAll(async () => {
  await t.close();
  dns.close();
});
beforeEach(() => {
  dns.zones.clear();
  dns.zones.set('news.tea-shop.com', { txt: ['unrelated', 'v=spf1 include:_spf.provider.com -all'], mx: ['mx.provider.com'] });
  dns.zones.set('_spf.provider.com', { txt: ['v=spf1 a mx ip4:203.0.113.0/24 -all'] });
  dns.zones.set('google._domainkey.news.tea-shop.com', { txt: [DKIM] });
  dns.zones.set('_dmarc.tea-shop.com', { txt: ['v=DMARC1; p=none'] });
  dns.zones.set('smtp.provider.com', { a: ['203.0.113.9'] });
  dns.zones.set('9.113.0.203.in-addr.arpa', { ptr: ['out.provider.com'] });
  dns.zones.set('out.provider.com', { a: ['203.0.113.9'] });
});

const ws = (): string => t.owner.workspaceId;
const mailbox = async (over: object = {}): Promise<string> =>
  (await makeMailbox(t.db, ws(), { fromAddress: 'ann@news.tea-shop.com', smtpHost: 'smtp.provider.com', ...over })).id;
interface Finding {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
}
const statesOf = (findings: readonly Finding[]) => Object.fromEntries(findings.map(({ check, state }) => [check, state]));
const check = async (id: string) =>
  (await as.post(`/mailboxes/${id}/readiness`).expect(200)).body as { ready: boolean; domain: string; findings: Finding[]; checkedAt: string };

const ALL_FINE = { spf: 'ok', dkim: 'ok', dmarc: 'ok', alignment: 'ok', mx: 'ok', ptr: 'ok' };

it('finds all there is, the DMARC record at the registered domain above, and keeps it', async () => {
  const id = await mailbox();
  expect((await as.get(`/mailboxes/${id}/readiness`).expect(200)).body).toEqual({
    ...{ domain: 'news.tea-shop.com', ready: false, findings: [], checkedAt: null },
  });

  const found = await check(id);

  expect(found).toMatchObject({ domain: 'news.tea-shop.com', ready: true, checkedAt: '2026-11-02T10:00:00.000Z' });
  expect(statesOf(found.findings)).toEqual(ALL_FINE);
  expect(found.findings[0]?.detail).toContain('3 of 10');
  expect((await as.get(`/mailboxes/${id}/readiness`).expect(200)).body).toEqual(found);
});

it.each<[string, () => void, object]>([
  ['no SPF', () => dns.zones.set('news.tea-shop.com', { mx: ['mx.provider.com'] }), { spf: 'bad' }],
  ['two SPF records', () => dns.zones.set('news.tea-shop.com', { txt: ['v=spf1 -all', 'v=spf1 ~all'], mx: ['m.com'] }), { spf: 'bad' }],
  [
    'more look-ups than receivers make',
    () => dns.zones.set('_spf.provider.com', { txt: [`v=spf1 ${Array.from({ length: 10 }, (_, at) => `a:h${at}.com`).join(' ')} -all`] }),
    { spf: 'bad' },
  ],
  ['an SPF that includes itself', () => dns.zones.set('_spf.provider.com', { txt: ['v=spf1 include:_spf.provider.com -all'] }), {}],
  [
    'a DKIM key that is too short',
    () => dns.zones.set('google._domainkey.news.tea-shop.com', { txt: [`v=DKIM1; p=${keyOf(512)}`] }),
    { dkim: 'bad' },
  ],
  ['no DKIM key at the usual selectors', () => dns.zones.delete('google._domainkey.news.tea-shop.com'), { dkim: 'unknown' }],
  ['no DMARC', () => dns.zones.delete('_dmarc.tea-shop.com'), { dmarc: 'bad' }],
  ['a null MX', () => dns.zones.set('news.tea-shop.com', { txt: ['v=spf1 a -all'], mx: null }), { mx: 'bad' }],
  ['a server whose name leads elsewhere', () => dns.zones.set('out.provider.com', { a: ['203.0.113.10'] }), { ptr: 'bad' }],
  ['name servers at fault', () => dns.zones.set('_dmarc.news.tea-shop.com', { servfail: true }), { dmarc: 'unknown' }],
])('tells of %s', async (_, change, states) => {
  change();

  const { findings } = await check(await mailbox());

  expect(statesOf(findings)).toEqual({ ...ALL_FINE, ...states });
});

it('blames a selector that is known to be ours', async () => {
  const { findings, ready } = await check(await mailbox({ dkimSelector: 'ours', dkimKeySealed: Buffer.from('sealed') }));

  expect(statesOf(findings)).toMatchObject({ dkim: 'bad' });
  expect(ready).toBe(false);
});

it('is not for another workspace, nor for a member to ask', async () => {
  const id = (await makeMailbox(t.db, (await t.makeWorkspace()).workspaceId)).id;

  await as.get(`/mailboxes/${id}/readiness`).expect(404);
  await as.post(`/mailboxes/${id}/readiness`).expect(404);
  const member = t.as(await t.makeKey('member'));
  const ours = await mailbox();
  await member.get(`/mailboxes/${ours}/readiness`).expect(200);
  await member.post(`/mailboxes/${ours}/readiness`).expect(403);
});
