import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface LoopbackDns {
  /** `127.0.0.1:port`, for `dnsServers`. */
  readonly address: string;
  /** Names asked for A records, in order. */
  readonly asked: string[];
  close(): void;
}

/** A DNS server on loopback that answers A questions by the given rule and has nothing for the rest; no answer is NXDOMAIN. */
export async function startLoopbackDns(answer: (name: string, timesAsked: number) => readonly string[]): Promise<LoopbackDns> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = questionOf(query);
    const isA = query.readUInt16BE(end) === 1;
    const addresses = answer(name, asked.filter((each) => each === name).length);
    if (isA) asked.push(name);
    const records = isA ? addresses : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(records.length, 6);
    header.fill(0, 8, 12);
    const answers = records.map((ip) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ip.split('.').map(Number)]));
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  return { address: `127.0.0.1:${port}`, asked, close: () => socket.close() };
}

function questionOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: labels.join('.'), end: at + 1 };
}
