import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

export interface AddressPolicy {
  /** Inner ranges that may be reached all the same, as CIDR (FETCH_ALLOW_CIDRS). */
  readonly allowCidrs: readonly string[];
  /** Ports of the product and its database: closed on every inner address, allowed ranges included. */
  readonly forbiddenPorts: readonly number[];
}

const ranges = (...cidrs: string[]): readonly Range[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));

/** Where clouds hand out credentials and settings. No setting opens these. */
const METADATA = ranges(
  '169.254.169.0/24', // AWS, Google, Azure, DigitalOcean, Oracle and most others
  '169.254.170.0/24', // AWS ECS and EKS
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure's host, on a public address
  '192.0.0.192/32', // Oracle classic
  'fd00:ec2::/32', // AWS
  'fd20:ce::/32', // Google
);

/** Not for the public internet, or a wrapping of IPv4 that could carry an inner address past the check. */
const INNER = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96', // IPv4-compatible, loopback, unspecified
  '::ffff:0:0/96', // IPv4-mapped
  '::ffff:0:0:0/96', // IPv4-translated, RFC 2765
  '64:ff9b::/96', // NAT64
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23', // Teredo, benchmarks, ORCHID and other protocol use
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
);

/** All of IPv6 that is given out for the public internet (IANA). */
const PUBLIC_IPV6 = ranges('2000::/3');

/** Decides which addresses the product may connect to on behalf of what a user or a page names (standards 74). */
export class AddressGuard {
  private readonly allowed: readonly Range[];

  /** @throws Error when `allowCidrs` holds something that is no CIDR range. */
  constructor(private readonly policy: AddressPolicy) {
    this.allowed = ranges(...policy.allowCidrs);
  }

  /** @param address  an IP as the resolver or a parsed URL gives it; anything else is refused */
  permits(address: string, port: number): boolean {
    const parsed = parse(address);
    if (!parsed || [parsed, ...carried(parsed)].some((each) => within(each, METADATA))) return false;
    if (isPublic(parsed)) return true;
    return within(parsed, this.allowed) && !this.policy.forbiddenPorts.includes(port);
  }

  /** Is it an inner address that the settings open? */
  opens(address: string): boolean {
    const parsed = parse(address);
    return parsed !== undefined && !isPublic(parsed) && within(parsed, this.allowed);
  }
}

function parse(address: string): Address | undefined {
  // a zone ("%eth0") names an interface of this machine
  return address.includes('%') || !ipaddr.isValid(address) ? undefined : ipaddr.parse(address);
}

function isPublic(address: Address): boolean {
  if (address.kind() === 'ipv6' && !within(address, PUBLIC_IPV6)) return false;
  return !within(address, INNER);
}

function within(address: Address, list: readonly Range[]): boolean {
  return list.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as [ipaddr.IPv4, number] & [ipaddr.IPv6, number]));
}

/** The IPv4 addresses that an IPv6 one may carry: in its last 32 bits (mapped, compatible, NAT64) or after 2002: (6to4). */
function carried(address: Address): readonly Address[] {
  const bytes = address.toByteArray();
  if (bytes.length === 4) return [];
  return [ipaddr.fromByteArray(bytes.slice(12)), ...(bytes[0] === 0x20 && bytes[1] === 0x02 ? [ipaddr.fromByteArray(bytes.slice(2, 6))] : [])];
}
