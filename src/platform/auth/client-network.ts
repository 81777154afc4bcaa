import ipaddr from 'ipaddr.js';

/** Of an IPv6 address what one customer of a provider holds (RFC 6177): they may take a new address for every request. */
const IPV6_PREFIX_BYTES = 8;

/** The network that a caller's address stands for when tries are counted: IPv4 as it is, IPv6 by its first 64 bits. */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${Buffer.from(parsed.toByteArray().slice(0, IPV6_PREFIX_BYTES)).toString('hex')}/64`;
}
