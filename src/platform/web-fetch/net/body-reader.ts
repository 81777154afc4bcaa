import type { Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** zstd lets a page ask for a window of gigabytes; browsers stop at 8 MB (RFC 8878 section 3.1.1.1.2). */
const ZSTD_WINDOW_LOG = 23;

// zstd came with Node 22.15; older ones do without
const zstdKnown = typeof zlib.createZstdDecompress === 'function';

/** Not deflate: half of the servers mean another format by it. */
export const ACCEPT_ENCODING = zstdKnown ? 'gzip, br, zstd' : 'gzip, br';

/** Each step of decompression multiplies; real servers use one. */
const MAX_ENCODINGS = 2;

export interface ReadBody {
  readonly bytes: Buffer;
  /** The limit was reached, or the connection broke off: there was more. */
  readonly truncated: boolean;
}

/**
 * Reads a response body up to `maxBytes` after decompression and stops there, so that a small answer cannot unfold into memory.
 *
 * What came before a connection broke is kept, as a browser does.
 * @throws Error when nothing could be read at all
 */
export async function readBody(source: Readable, encodings: string, maxBytes: number): Promise<ReadBody> {
  const { last, broken } = decompressed(source, encodings, maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of last as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) break;
    }
  } catch (error) {
    if (size === 0) throw error;
    broken.early = true;
  } finally {
    source.destroy();
    last.destroy();
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: size > maxBytes || broken.early };
}

/** `Content-Encoding: gzip, br` was applied left to right, so it is undone right to left. */
function decompressed(source: Readable, encodings: string, maxBytes: number): { readonly last: Readable; readonly broken: { early: boolean } } {
  const broken = { early: false };
  const names = encodings.toLowerCase().split(',').slice(-MAX_ENCODINGS).reverse();
  const steps = names.map((name) => decoderFor(name.trim())).filter((step) => step !== undefined);
  const last = steps.reduce<Readable>((from, step) => {
    from.on('error', () => {
      broken.early = true;
      step.end(); // not destroy: what was decompressed so far is wanted
    });
    return from.pipe(step);
  }, source);
  let raw = 0;
  if (steps.length > 0) {
    source.on('data', (chunk: Buffer) => {
      raw += chunk.length;
      if (raw > maxBytes) source.destroy(new Error('Too much for what it unfolds to.'));
    });
  }
  return { last, broken };
}

function decoderFor(encoding: string): Transform | undefined {
  const lenient = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip(lenient);
    case 'deflate':
      return zlib.createInflate(lenient);
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return zstdKnown
        ? zlib.createZstdDecompress({
            params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
            finishFlush: zlib.constants.ZSTD_e_flush,
          })
        : undefined;
    default:
      // "identity", "utf-8" and other mistakes: browsers take the body as it is
      return undefined;
  }
}
