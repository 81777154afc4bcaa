import { ValidateBy } from 'class-validator';
import ipaddr from 'ipaddr.js';

/** Address ranges such as 10.0.0.0/8 or fd00::/8. */
export function CidrList(): PropertyDecorator {
  return ValidateBy({
    name: 'cidrList',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.every((part) => typeof part === 'string' && ipaddr.isValidCIDR(part)),
      defaultMessage: () => 'must be address ranges such as 10.0.0.0/8, separated by commas',
    },
  });
}
