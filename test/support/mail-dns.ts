import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a name server of tests knows of a name. Null is a null MX (RFC 7505); `servfail` answers with a fault. */
export interface MailZone {
  readonly a?: readonly string[];
  readonly txt?: readonly string[];
  readonly mx?: readonly string[] | null;
  readonly ptr?: readonly string[];
  readonly servfail?: true;
}

export interface MailDns {
  /** `127.0.0.1:port`, for DNS_SERVERS. */
  readonly address: string;
  /** What was asked, in order: `MX tea-blog.com`. */
  readonly asked: string[];
  /** Changed by tests as they go; a name that is not in it does not exist. */
  readonly zones: Map<string, MailZone>;
  close(): void;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA' };
const NXDOMAIN = 0x8183;
const SERVFAIL = 0x8182;
const FINE = 0x8180;

/** A DNS server on loopback for the records of mail: A, MX, TXT and PTR. */
export async function startMailDns(zones: Readonly<Record<string, MailZone>> = {}): Promise<MailDns> {
  const socket = createSocket('udp4');
  const known = new Map(Object.entries(zones));
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = questionOf(query);
    const type = TYPES[query.readUInt16BE(end)] ?? '';
    asked.push(`${type} ${name}`);
    const zone = known.get(name);
    const records = zone && !zone.servfail ? recordsOf(zone, type) : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(zone ? (zone.servfail ? SERVFAIL : FINE) : NXDOMAIN, 2);
    header.writeUInt16BE(records.length, 6);
    header.fill(0, 8, 12);
    const answers = records.map((data) => {
      const head = Buffer.from([0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
      query.copy(head, 2, end, end + 2);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, asked, zones: known, close: () => socket.close() };
}

function recordsOf(zone: MailZone, type: string): Buffer[] {
  switch (type) {
    case 'A':
      return (zone.a ?? []).map((ip) => Buffer.from(ip.split('.').map(Number)));
    case 'TXT':
      return (zone.txt ?? []).map((text) =>
        Buffer.concat((text.match(/[^]{1,255}/g) ?? []).map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)]))),
      );
    case 'MX':
      return (zone.mx === null ? [''] : (zone.mx ?? [])).map((host, at) =>
        Buffer.concat([Buffer.from([0, host === '' ? 0 : 10 + at]), labels(host)]),
      );
    case 'PTR':
      return (zone.ptr ?? []).map(labels);
    default:
      return [];
  }
}

function labels(name: string): Buffer {
  const parts = name === '' ? [] : name.split('.');
  return Buffer.concat([...parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])), Buffer.from([0])]);
}

function questionOf(query: Buffer): { name: string; end: number } {
  const found: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    found.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: found.join('.'), end: at + 1 };
}
