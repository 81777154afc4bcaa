import { addressGroup } from './address-group.js';

describe('addressGroup', () => {
  it.each([
    ['the same for IPv4 however it is written', '192.0.2.7', '::ffff:192.0.2.7', true],
    ['another for the neighbour', '192.0.2.7', '192.0.2.8', false],
    ['one for a whole /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['another for the next /64', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['what it got for what is no address', 'unix:', 'unix:', true],
  ])('is %s', (_, one, other, same) => {
    expect(addressGroup(one) === addressGroup(other)).toBe(same);
  });
});
