import { Reflector } from '@nestjs/core';

interface ThrottleRule {
  /** Of THROTTLE_PER_MINUTE: how many a minute. */
  readonly share: number;
  /**
   * Who is counted together. A signed link cannot be guessed, so the page behind it has only to be kept from being hammered; and
   * mail providers make everybody's opt-outs from a few addresses of their own, where one may never stand in the way of another.
   */
  readonly per: 'address' | 'address and path';
}

/** Routes that try out passwords and tokens, or work for people without credentials. */
export const THROTTLES = {
  login: { share: 1, per: 'address' },
  setup: { share: 1, per: 'address' },
  'password-reset': { share: 1 / 3, per: 'address' },
  invitation: { share: 1, per: 'address' },
  'report-page': { share: 10, per: 'address' },
  unsubscribe: { share: 1, per: 'address and path' },
} as const satisfies Record<string, ThrottleRule>;
export type ThrottleName = keyof typeof THROTTLES;

/** The route answers 429 to an address that calls it too often, beside the limits that hold for every call. */
export const Throttled = Reflector.createDecorator<ThrottleName | undefined>();
