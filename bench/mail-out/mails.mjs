import { textToHtml } from '../../dist/src/domain/text-to-html.js';
import { PUBLIC_URL } from '../support/product.mjs';

export const UNITS = Number(process.env.BENCH_UNITS ?? 4000);
/** Half as many as the product serves at a time. */
export const MAILBOXES = 32;
/** What the product opens for one mailbox. */
export const CONNECTIONS = 2;

const PITCH =
  'I read your article about brewing at home twice, the part on water most of all: few people write that the kettle matters as much as the leaf. ' +
  'We have just published a guide with measurements of twelve kettles, and I believe it answers the question that three of your readers ask below your ' +
  'article. It is free, has no sign-up and no advertisements.\n\nWould you consider naming it where you write about temperatures? The address is ' +
  'https://shop.example/guides/kettles - and if it does not fit, I am glad about a word on what is missing.\n\n';

const SIGNATURE = 'Kind regards\nAnn of Tea\n\nTea shop, 1 Leaf Lane, Teatown';
/** What the mails are rendered from. */
export const TEMPLATE = { subject: 'Your article on kettles, {{site}}', text: `Hello {{firstName}},\n\n${PITCH}${SIGNATURE}` };

/** The mails of a round, the same for every contestant. */
export const MAILS = Array.from({ length: UNITS }, (_, n) => ({
  n,
  mailbox: n % MAILBOXES,
  to: `editor-${n}@tea-blog-${n}.example`,
  subject: `Your article on kettles, tea-blog-${n}.example`,
  text: `Hello Editor ${n},\n\n${PITCH}${SIGNATURE}`,
}));

export const senderOf = (mailbox) => `ann-${mailbox}@shop.example`;

/** For nodemailer: what the product's own mails hold. */
export function optionsOf({ n, mailbox, to, subject, text }) {
  return {
    from: { name: 'Ann of Tea', address: senderOf(mailbox) },
    to,
    subject,
    text,
    html: textToHtml(text),
    date: new Date(),
    messageId: `<01900000-0000-7000-8000-${String(n).padStart(12, '0')}@shop.example>`,
    headers: {
      'List-Unsubscribe': { prepared: true, value: `<${PUBLIC_URL}/u/${'x'.repeat(86)}>` },
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
}
