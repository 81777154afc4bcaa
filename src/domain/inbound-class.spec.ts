import type { RecipientStatus } from './delivery-status.js';
import type { InboundFacts } from './inbound-class.js';
import { classifyInbound } from './inbound-class.js';

const reply: InboundFacts = { headers: {}, subject: 'Re: An article for you', text: 'Sounds good. What would it be about?' };
const failed: RecipientStatus = { finalRecipient: 'jo@example.com', action: 'failed', status: '5.1.1', diagnostic: '' };
const status = (...recipients: RecipientStatus[]): InboundFacts => ({ ...reply, deliveryStatus: { recipients } });

describe('classifyInbound', () => {
  it.each([
    ['an answer', reply, 'human'],
    ['an answer that says Auto-Submitted: no', { ...reply, headers: { 'auto-submitted': 'no' } }, 'human'],
    ['an answer by way of a list', { ...reply, headers: { precedence: 'bulk', 'list-id': '<x>' } }, 'human'],
    ['an answer about automatic replies', { ...reply, subject: 'Re: Automatic reply systems' }, 'human'],
    ['an answer that asks not to be answered', { ...reply, headers: { 'x-auto-response-suppress': 'All' } }, 'human'],
    ['an answer by someone who was away', { ...reply, text: 'Sorry, I was out of the office. Yes, send it.' }, 'human'],
    ['an automatic answer', { ...reply, headers: { 'auto-submitted': 'auto-replied; owner-email="x"' } }, 'auto_reply'],
    ['a mail of a machine', { ...reply, headers: { 'auto-submitted': 'auto-generated' } }, 'auto_reply'],
    ['X-Autoreply', { ...reply, headers: { 'x-autoreply': 'yes' } }, 'auto_reply'],
    ['Precedence: auto_reply', { ...reply, headers: { precedence: 'auto_reply' } }, 'auto_reply'],
    ['the subject of Outlook in Spanish', { ...reply, subject: 'Respuesta automática: Artículo' }, 'auto_reply'],
    [
      'an absence that asks not to be answered',
      { ...reply, headers: { 'x-auto-response-suppress': 'All' }, text: 'I am out of the office.' },
      'auto_reply',
    ],
    ['a hard bounce', status(failed), 'bounce_hard'],
    ['a bounce that calls itself auto-replied', { ...status(failed), headers: { 'auto-submitted': 'auto-replied' } }, 'bounce_hard'],
    ['a soft bounce', status({ ...failed, status: '4.2.2' }), 'bounce_soft'],
    ['a delay', status({ ...failed, action: 'delayed', status: '4.4.1' }), 'delayed'],
    ['a block of the sender', status({ ...failed, status: '5.7.1' }), 'policy_block'],
    ['a receipt of delivery', status({ ...failed, action: 'delivered', status: '2.0.0' }), 'unclassified'],
    ['a receipt of reading', { ...reply, headers: { 'content-type': 'multipart/report; report-type=disposition-notification' } }, 'unclassified'],
    ['a note with an empty return path', { ...reply, headers: { 'return-path': '<>' } }, 'unclassified'],
    ['an abuse report', { ...reply, feedbackReport: { type: 'abuse' } }, 'complaint'],
    ['a report of not-spam', { ...reply, feedbackReport: { type: 'not-spam' } }, 'unclassified'],
    ['a report on failed authentication', { ...reply, feedbackReport: { type: 'auth-failure' } }, 'unclassified'],
  ] as const)('takes %s for what it is', (_, mail, expected) => {
    expect(classifyInbound(mail).class).toBe(expected);
  });

  it('judges each recipient of one report on its own, and names the worst', () => {
    const verdict = classifyInbound(status({ ...failed, finalRecipient: 'a@x.example', status: '4.2.2' }, failed, { ...failed, action: 'relayed' }));

    expect(verdict).toMatchObject({
      class: 'bounce_hard',
      because: 'failed 5.1.1',
      recipients: [
        { finalRecipient: 'a@x.example', class: 'bounce_soft' },
        { finalRecipient: 'jo@example.com', class: 'bounce_hard' },
      ],
    });
  });
});
