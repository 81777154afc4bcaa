import type { AppConfig } from '../config/app-config.js';

/** Names us honestly, with an address where we can be reached (standards 73). */
export function userAgentOf(config: AppConfig): string {
  return `Linkwright (+${config.publicUrl})`;
}
