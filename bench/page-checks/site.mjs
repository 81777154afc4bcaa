// The websites: one an address of the loopback range (Linux has it whole), so that politeness towards a host slows nobody. A process of its own.
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { loadPages } from './pages.mjs';

let served = 0;
const pages = loadPages();
const origins = await Promise.all(
  pages.map((html, page) => {
    const body = gzipSync(html);
    const address = `127.0.1.${page + 1}`;
    const server = createServer((_, response) => {
      served += 1;
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(0, address, () => resolve(`http://${address}:${server.address().port}`));
    });
  }),
);

process.on('message', (question) => {
  process.send(served);
  if (question === 'reset') served = 0;
});
process.on('disconnect', () => process.exit(0));
const meanBytes = Math.round(pages.reduce((sum, html) => sum + Buffer.byteLength(html), 0) / pages.length);
process.send({ origins, meanBytes });
