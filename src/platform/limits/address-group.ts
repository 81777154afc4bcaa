import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that one customer of a provider has for themselves; counting whole addresses would let them take ever new ones. */
const IPV6_PREFIX_BYTES = 8;

/** What counts as one caller of those without credentials: an IPv4 address, the first 64 bits of an IPv6 one. */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address); // unwraps ::ffff:1.2.3.4
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_PREFIX_BYTES)).toString('hex');
}
