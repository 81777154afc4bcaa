// The smallest SMTP server that takes mail: counts messages and bytes, keeps nothing. A process of its own, so that its work is nobody's.
import { createServer } from 'node:net';

const END = Buffer.from('\r\n.\r\n');
const SIGNATURE = Buffer.from('DKIM-Signature:');
let stored = { mails: 0, bytes: 0, signed: 0 };

const ANSWERS = {
  EHLO: '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n',
  DATA: '354 go on\r\n',
  QUIT: '221 bye\r\n',
};

const server = createServer((socket) => {
  let rest = Buffer.alloc(0);
  let inMail = false;
  socket.setNoDelay(true).on('error', () => undefined);
  socket.write('220 sink\r\n');
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let answers = '';
    let left = false;
    for (;;) {
      const end = rest.indexOf(inMail ? END : '\r\n');
      if (end < 0) break;
      if (inMail) {
        stored.mails += 1;
        stored.bytes += end + 2;
        if (rest.subarray(0, SIGNATURE.length).equals(SIGNATURE)) stored.signed += 1;
        answers += '250 2.0.0 stored\r\n';
        rest = rest.subarray(end + END.length);
        inMail = false;
        continue;
      }
      const verb = rest.toString('latin1', 0, 4).toUpperCase();
      answers += ANSWERS[verb] ?? '250 ok\r\n';
      inMail = verb === 'DATA';
      rest = rest.subarray(end + 2);
      left = verb === 'QUIT';
    }
    if (left) socket.end(answers);
    else if (answers !== '') socket.write(answers);
  });
});

process.on('message', (question) => {
  process.send(stored);
  if (question === 'reset') stored = { mails: 0, bytes: 0, signed: 0 };
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
