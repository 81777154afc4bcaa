import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { MAX_MAIL_BYTES } from '../../mail/inbound/parse-inbound.js';
import { HttpProblem } from '../problems/http-problem.js';
import { locateJsonFault } from '../problems/json-fault.js';

export const JSON_LIMIT_BYTES = 1024 * 1024;
/** Forms are the two public pages, a handful of short fields each. */
const FORM_LIMIT_BYTES = 64 * 1024;

/** Forms arrive as plain fields; of a name given twice the last stands. */
export type FormFields = Record<string, string>;

/**
 * Teaches the application its four kinds of body. Which of them an address takes is said by @Accepts; all others, text/plain
 * too, are refused with 415.
 */
export function useBodyParsers(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: JSON_LIMIT_BYTES }, (_request, body, done) => {
    finish(done, () => parseJson(body));
  });
  app.useBodyParser('message/rfc822', { bodyLimit: MAX_MAIL_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  app.useBodyParser('application/x-www-form-urlencoded', { bodyLimit: FORM_LIMIT_BYTES }, (_request, body, done) => {
    finish(done, () => toFields(new URLSearchParams(decode(body))));
  });
  app.useBodyParser('multipart/form-data', { bodyLimit: FORM_LIMIT_BYTES }, (request, body, done) => {
    parseMultipart(body, request.headers['content-type'] ?? '').then(
      (fields) => {
        done(null, fields);
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  });
}

/**
 * @returns undefined for an empty body: a command without arguments needs none
 * @throws HttpProblem 400 `malformed_json` with offset, line and column
 */
export function parseJson(body: Buffer): unknown {
  const text = decode(body);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    const position = locateJsonFault(text);
    const found = position.offset < text.length ? 'this character cannot stand here' : 'the text ends too early';
    throw new HttpProblem(400, 'malformed_json', `The body is not JSON: line ${position.line}, column ${position.column}: ${found}.`, {
      facts: { ...position },
    });
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** RFC 8259 section 8.1: UTF-8 and nothing else. Replacing bad bytes would silently change what the caller sent. */
function decode(body: Buffer): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new HttpProblem(400, 'malformed_text', 'The body is not UTF-8.');
  }
}

/** RFC 8058 section 3.2 lets a mail client send its one field as multipart. Files are left out: no page of ours takes one. */
async function parseMultipart(body: Buffer, contentType: string): Promise<FormFields> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- meant for large uploads; this is a field or two, in memory already
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    return toFields(form);
  } catch {
    throw new HttpProblem(400, 'malformed_form', 'The body is not multipart/form-data with the boundary that Content-Type names.');
  }
}

function toFields(entries: Iterable<[string, unknown]>): FormFields {
  const fields = Object.create(null) as FormFields; // a field may be called __proto__
  for (const [name, value] of entries) {
    if (typeof value === 'string') fields[name] = value;
  }
  return fields;
}

function finish(done: (error: Error | null, body?: unknown) => void, parse: () => unknown): void {
  try {
    done(null, parse());
  } catch (error) {
    done(error as Error);
  }
}
