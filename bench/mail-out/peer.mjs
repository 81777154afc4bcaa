// A bare nodemailer pool: as many connections an account as the product opens, the same mails, no database.
import { createTransport } from 'nodemailer';
import { measure } from '../measure.mjs';
import { CONNECTIONS, MAILBOXES, MAILS, optionsOf } from './mails.mjs';

await measure(async () => {
  const pools = Array.from({ length: MAILBOXES }, () =>
    createTransport({
      pool: true,
      host: '127.0.0.1',
      port: Number(process.env.BENCH_SMTP_PORT),
      name: 'shop.example',
      ignoreTLS: true,
      maxConnections: CONNECTIONS,
      maxMessages: Infinity,
    }),
  );
  const sent = await Promise.all(MAILS.map((mail) => pools[mail.mailbox].sendMail(optionsOf(mail))));
  for (const pool of pools) pool.close();
  return sent.filter(({ response }) => response.startsWith('250')).length;
});
