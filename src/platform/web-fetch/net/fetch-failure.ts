import type { FetchFailureCode } from '../../../domain/page-facts.js';
import { HostAtRest, NameNotResolved, TargetNotPublic, TookTooLong } from './fetch-refusal.js';

/** Codes of OpenSSL's verdict on a certificate or handshake, as Node passes them on. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/;
const TIMEOUT_CODES: readonly string[] = ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/** What went wrong, as a reason code and in words that name no address. */
export function failureOf(error: unknown): { readonly code: FetchFailureCode; readonly detail: string } {
  if (error instanceof TargetNotPublic) return { code: 'TARGET_NOT_PUBLIC', detail: error.message };
  if (error instanceof NameNotResolved) return { code: 'DNS_FAIL', detail: error.message };
  if (error instanceof HostAtRest) return { code: 'HTTP_429', detail: error.message };
  if (error instanceof TookTooLong) return { code: 'TIMEOUT', detail: error.message };
  const code = codeOf(error);
  if (TIMEOUT_CODES.includes(code)) return { code: 'TIMEOUT', detail: 'The server did not answer in time.' };
  if (TLS_CODE.test(code)) return { code: 'TLS_FAIL', detail: `No secure connection: ${code}.` };
  return { code: 'CONNECT_FAIL', detail: code === '' ? 'The answer could not be read.' : `The connection failed: ${code}.` };
}

/** The server broke off in the way that only HTTP/2 has: a GET may be tried again over HTTP/1.1. */
export function isOfHttp2(error: unknown): boolean {
  if (/^ERR_HTTP2/.test(codeOf(error))) return true;
  return error instanceof Error && /HTTP\/2|GOAWAY/.test(error.message);
}

/** The first code in the error, its causes, or, where several addresses failed, the first of those. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, cause, errors } = error as { readonly code?: unknown; readonly cause?: unknown; readonly errors?: unknown };
  if (typeof code === 'string') return code;
  return codeOf(cause) || (Array.isArray(errors) ? codeOf(errors[0]) : '');
}
