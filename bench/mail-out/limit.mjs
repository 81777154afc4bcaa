// The least that moves the same bytes: mails composed beforehand, one socket, commands pipelined (RFC 2920).
import { once } from 'node:events';
import { connect } from 'node:net';
import MailComposer from 'nodemailer/lib/mail-composer';
import { measure } from '../measure.mjs';
import { MAILS, optionsOf, senderOf } from './mails.mjs';

const ready = [];
for (const mail of MAILS) {
  const raw = await new MailComposer({ ...optionsOf(mail), newline: '\r\n' }).compile().build();
  const stuffed = raw
    .toString('latin1')
    .replace(/^\./gm, '..')
    .replace(/(?:\r\n)?$/, '\r\n.\r\n');
  ready.push({ envelope: `MAIL FROM:<${senderOf(mail.mailbox)}>\r\nRCPT TO:<${mail.to}>\r\nDATA\r\n`, stuffed });
}

await measure(async () => {
  const socket = connect({ host: '127.0.0.1', port: Number(process.env.BENCH_SMTP_PORT), noDelay: true });
  let [sent, stored] = [0, 0];
  socket.setEncoding('latin1').on('data', (text) => {
    stored += text.split('2.0.0 stored').length - 1;
    if (!text.includes('354 ')) return;
    const { stuffed } = ready[sent];
    sent += 1;
    socket.write(stuffed + (ready[sent]?.envelope ?? 'QUIT\r\n'), 'latin1');
  });
  socket.write(`EHLO shop.example\r\n${ready[0].envelope}`);
  await once(socket, 'close');
  return stored;
});
