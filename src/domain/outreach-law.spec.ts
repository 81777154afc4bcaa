import { lawObjection, lawOf, OUTREACH_LAW } from './outreach-law.js';

const person = { country: 'US', lawfulBasis: null, consentOverridden: false } as const;

describe('lawObjection', () => {
  it.each([
    ['the United States', { country: 'US' }],
    ['a country that is not known', { country: null }],
    ['a country that nobody has listed', { country: 'JP' }],
    ['Portugal with a legitimate interest', { country: 'PT', lawfulBasis: 'legitimate_interest' }],
    ['Germany with consent', { country: 'DE', lawfulBasis: 'consent' }],
    ['Germany under a contract', { country: 'DE', lawfulBasis: 'contract' }],
    ['Germany when somebody answers for it', { country: 'DE', consentOverridden: true }],
    ['Canada with a legitimate interest', { country: 'CA', lawfulBasis: 'legitimate_interest' }],
  ] as const)('lets a mail go to %s', (_, facts) => {
    expect(lawObjection({ ...person, ...facts })).toBeUndefined();
  });

  it.each([
    ['Germany without a basis', { country: 'DE' }, 'UWG section 7'],
    ['Germany with no more than an interest of ours', { country: 'DE', lawfulBasis: 'legitimate_interest' }, 'standards 99'],
    ['Portugal without a basis', { country: 'PT' }, 'standards 27'],
    ['the United Kingdom without a basis', { country: 'GB' }, 'standards 100'],
    ['Canada without a basis', { country: 'CA' }, 'standards 101'],
    ['Australia without a basis', { country: 'AU' }, 'standards 102'],
  ] as const)('holds a mail to %s, and says by what', (_, facts, source) => {
    const objection = lawObjection({ ...person, ...facts });

    expect(objection?.code).toBe('consent_required');
    expect(objection?.detail).toContain(source);
  });
});

it('names the source of every row', () => {
  for (const [country, { source }] of Object.entries(OUTREACH_LAW)) {
    expect([country, source]).toEqual([expect.stringMatching(/^[A-Z]{2}$/), expect.stringMatching(/^standards \d+/)]);
  }
  expect(lawOf('DE')?.rule).toBe('consent_only');
});
