import { AddressGuard } from './address-guard.js';

const closed = new AddressGuard({ allowCidrs: [], forbiddenPorts: [] });
const opened = new AddressGuard({ allowCidrs: ['0.0.0.0/0', '::/0'], forbiddenPorts: [3000, 5432] });

describe('AddressGuard', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
  ])('lets %s through', (address) => {
    expect(closed.permits(address, 443)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    '3fff::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(closed.permits(address, 443)).toBe(false);
  });

  it('opens exactly the ranges that the settings name', () => {
    const guard = new AddressGuard({ allowCidrs: ['127.0.0.0/30', 'fd00:1::/32'], forbiddenPorts: [] });

    expect(['127.0.0.1', '127.0.0.4', '10.0.0.1', 'fd00:1::5', 'fd00:2::5'].map((address) => guard.permits(address, 80))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '2002:a9fe:a9fe::',
  ])('refuses the metadata address %s even when every range is open', (address) => {
    expect(opened.permits(address, 80)).toBe(false);
  });

  it('keeps the ports of the product closed inside, and only there', () => {
    expect(opened.permits('127.0.0.1', 80)).toBe(true);
    expect(opened.permits('127.0.0.1', 5432)).toBe(false);
    expect(opened.permits('10.1.2.3', 3000)).toBe(false);
    expect(opened.permits('8.8.8.8', 3000)).toBe(true);
  });

  it('says which inner addresses the settings open', () => {
    expect([opened.opens('127.0.0.1'), opened.opens('8.8.8.8'), closed.opens('127.0.0.1')]).toEqual([true, false, false]);
  });

  it('does not start with a range that is none', () => {
    expect(() => new AddressGuard({ allowCidrs: ['localhost'], forbiddenPorts: [] })).toThrow();
  });
});
