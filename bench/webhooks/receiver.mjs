// The smallest HTTP server that takes posts: notes when each webhook-id came first, keeps nothing else. A process of its own, so that its
// work is nobody's. A post to HANG_PATH is answered after three seconds.
import { createServer } from 'node:net';

const HANG_PATH = process.env.BENCH_HANG_PATH;
const HANG_MS = 3000;
const ANSWER = 'HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n';

let arrivals = new Map();

const server = createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true).on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (chunk) => {
    rest += chunk;
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = rest.slice(0, end).toLowerCase();
      const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
      if (rest.length < end + 4 + length) return;
      rest = rest.slice(end + 4 + length);
      const hangs = HANG_PATH !== undefined && head.startsWith(`post ${HANG_PATH} `);
      if (hangs) setTimeout(() => socket.writable && socket.write(ANSWER), HANG_MS);
      else {
        const id = /\r\nwebhook-id: *(\S+)/.exec(head)?.[1] ?? '';
        if (!arrivals.has(id)) arrivals.set(id, Date.now());
        socket.write(ANSWER);
      }
    }
  });
});

process.on('message', (question) => {
  if (question === 'arrivals') process.send([...arrivals]);
  else process.send({ count: arrivals.size });
  if (question === 'reset') arrivals = new Map();
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
