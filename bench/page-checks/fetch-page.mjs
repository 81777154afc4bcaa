import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, request } from 'undici';

const dispatcher = new Agent();
const inflate = promisify(gunzip);

/** The bytes of a page, on a connection of its own, as the links of a real list stand on sites of their own. */
export async function fetchPage(url) {
  const { statusCode, body } = await request(url, { dispatcher, reset: true, headers: { 'accept-encoding': 'gzip' } });
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}.`);
  return inflate(await body.arrayBuffer());
}
