import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

const MAX_NAME = 300;

/** How the secure connection was made, and with whom. */
export interface TlsFacts {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validTo: string;
}

/** What is known of the connection that an answer came over. */
export interface ConnectionFacts {
  readonly fetchedFromIp?: string;
  readonly httpVersion: '1.1' | '2';
  readonly tls?: TlsFacts;
}

export function connectionFacts(socket: Socket): ConnectionFacts {
  const ip = socket.remoteAddress;
  const known = { ...(ip !== undefined && { fetchedFromIp: ip }) };
  if (!(socket instanceof TLSSocket)) return { ...known, httpVersion: '1.1' };
  const certificate = socket.getPeerCertificate();
  const tls = {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validTo: certificate.valid_to,
  };
  return { ...known, httpVersion: socket.alpnProtocol === 'h2' ? '2' : '1.1', tls };
}

/** Organisation and common name, as far as the certificate has them. */
function nameOf(party: PeerCertificate['subject'] | undefined): string {
  const parts = [party?.O, party?.CN].flatMap((part) => part ?? []);
  return parts.join(', ').slice(0, MAX_NAME);
}
