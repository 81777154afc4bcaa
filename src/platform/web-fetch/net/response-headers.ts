import { isUtf8 } from 'node:buffer';
import type { Dispatcher } from 'undici';
import { KEPT_HEADERS, type KeptHeaders } from '../../../domain/page-facts.js';

type Headers = Dispatcher.ResponseData['headers'];

export function valuesOf(header: string | string[] | undefined): readonly string[] {
  return header === undefined ? [] : [header].flat();
}

/** Those that count as evidence. */
export function keptHeaders(headers: Headers): KeptHeaders {
  return Object.fromEntries(KEPT_HEADERS.map((name) => [name, valuesOf(headers[name])] as const).filter(([, values]) => values.length > 0));
}

/** Where a redirect leads. Servers send `Location: /größe` in UTF-8, which HTTP reads as Latin-1. */
export function locationOf(headers: Headers): string | undefined {
  const value = valuesOf(headers['location'])[0];
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
