import { hasAllThree, judgeSender, type SenderFacts } from './domain-readiness.js';
import { dkimKeyOf, isDmarc, isSpf, readDmarc, readSpf } from './sender-records.js';

const ready: SenderFacts = {
  domain: 'shop.example',
  spf: { is: 'found', value: ['v=spf1 include:_spf.mail.example -all'] },
  spfLookups: 3,
  dkim: { is: 'found', value: { selector: 's1', bits: 2048 } },
  dmarc: { is: 'found', value: { policy: 'none', strictDkim: false, strictSpf: false } },
  mx: { is: 'found', value: 'takes_mail' },
  ptr: { is: 'found', value: true },
};
const stateOf = (facts: SenderFacts, check: string) => judgeSender(facts).find((one) => one.check === check);

describe('judgeSender', () => {
  it('finds nothing to mend where all is there, and names the line of every finding', () => {
    const findings = judgeSender(ready);

    expect(findings.map(({ state }) => state)).toEqual(Array(6).fill('ok'));
    for (const { source } of findings) expect(source).toMatch(/^standards \d+/);
    expect(hasAllThree(findings)).toBe(true);
  });

  it.each<[string, string, Partial<SenderFacts>, RegExp]>([
    ['no SPF', 'spf', { spf: { is: 'absent' } }, /no SPF/],
    ['two SPF records', 'spf', { spf: { is: 'found', value: ['v=spf1 -all', 'v=spf1 ~all'] } }, /more than one/],
    ['an SPF that lets everybody send', 'spf', { spf: { is: 'found', value: ['v=spf1 +all'] } }, /everybody/],
    ['eleven look-ups', 'spf', { spfLookups: 11 }, /11 look-ups/],
    ['no DKIM', 'dkim', { dkim: { is: 'absent' } }, /No DKIM/],
    ['a key of 512 bits', 'dkim', { dkim: { is: 'found', value: { selector: 's1', bits: 512 } } }, /512 bits/],
    ['a key taken back', 'dkim', { dkim: { is: 'found', value: { selector: 's1', bits: null } } }, /taken back/],
    ['no DMARC', 'dmarc', { dmarc: { is: 'absent' } }, /DMARC record/],
    ['a DMARC without a policy', 'dmarc', { dmarc: { is: 'found', value: { policy: null, strictDkim: false, strictSpf: false } } }, /no policy/],
    ['no MX', 'mx', { mx: { is: 'absent' } }, /No mail server/],
    ['a null MX', 'mx', { mx: { is: 'found', value: 'takes_none' } }, /RFC 7505/],
    ['no way back', 'ptr', { ptr: { is: 'found', value: false } }, /no name/],
    ['neither SPF nor DKIM', 'alignment', { spf: { is: 'absent' }, dkim: { is: 'absent' } }, /nothing is aligned/],
  ])('calls %s bad', (_, check, facts, detail) => {
    const finding = stateOf({ ...ready, ...facts }, check);

    expect(finding?.state).toBe('bad');
    expect(finding?.detail).toMatch(detail);
  });

  it('says what to publish', () => {
    expect(stateOf({ ...ready, dmarc: { is: 'absent' } }, 'dmarc')?.publish).toEqual({
      name: '_dmarc.shop.example',
      type: 'TXT',
      value: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example',
    });
  });

  it('takes a look-up that failed for no fault, and for no proof either', () => {
    const unknown = { is: 'unknown' } as const;
    const findings = judgeSender({ ...ready, spf: unknown, dkim: unknown, dmarc: unknown, mx: unknown, ptr: unknown });

    expect(findings.map(({ state }) => state)).toEqual(Array(6).fill('unknown'));
    expect(hasAllThree(findings)).toBe(false);
  });
});

describe('a record', () => {
  it('of SPF is read with all that it makes receivers look up', () => {
    expect(readSpf('v=spf1 ip4:203.0.113.0/24 a mx:mail.shop.example/28 include:_spf.mail.example exists:%{i}.x.example ~all')).toEqual({
      all: '~',
      lookups: [
        { kind: 'other', name: '' },
        { kind: 'other', name: 'mail.shop.example' },
        { kind: 'include', name: '_spf.mail.example' },
        { kind: 'other', name: '%{i}.x.example' },
      ],
    });
    expect(readSpf('v=spf1 redirect=_spf.Mail.example')).toEqual({ all: null, lookups: [{ kind: 'redirect', name: '_spf.mail.example' }] });
    expect([isSpf('v=spf1'), isSpf('v=spf10 -all'), isSpf('spf1')]).toEqual([true, false, false]);
  });

  it('of DMARC is read in any case and spacing', () => {
    expect(readDmarc('v=DMARC1 ; P=Reject; adkim = s')).toEqual({ policy: 'reject', strictDkim: true, strictSpf: false });
    expect(readDmarc('v=DMARC1; p=nothing').policy).toBeNull();
    expect([isDmarc('v=DMARC1; p=none'), isDmarc('v=DMARC10; p=none')]).toEqual([true, false]);
  });

  it('of DKIM gives its key, or that it was taken back', () => {
    expect(dkimKeyOf('v=DKIM1; k=rsa; p=MIGf MA0=')).toBe('MIGfMA0=');
    expect(dkimKeyOf('p=')).toBeNull();
    expect(dkimKeyOf('v=spf1 -all')).toBeUndefined();
  });
});
