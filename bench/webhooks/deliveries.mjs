import { randomBytes } from 'node:crypto';

/** Enough that the start of the compiler does not count. */
export const UNITS = Number(process.env.BENCH_UNITS ?? 40_000);
export const ENDPOINTS = 100;
/** Of endpoint 0 in the workload that hangs: one in a hundred. */
export const HEALTHY_UNITS = UNITS - Math.ceil(UNITS / ENDPOINTS);

/** One secret for all: what it costs to open is not measured here. */
export const SECRET_BYTES = Buffer.from('linkwright-bench-secret-32-bytes');

export const hookOf = (n) => `/hook-${n % ENDPOINTS}`;

const uuid = (kind, n) => `01900000-0000-7${String(kind).padStart(3, '0')}-8000-${String(n).padStart(12, '0')}`;
export const WORKSPACE = uuid(1, 0);
export const endpointId = (n) => uuid(2, n);
export const deliveryId = (n) => uuid(3, n);
export const eventId = (n) => uuid(4, n);

/** As large as an envelope of `backlink.live` is. */
export const bodyOf = (n) =>
  JSON.stringify({
    ...{ id: `evt_${eventId(n)}`, type: 'backlink.live', timestamp: '2026-11-02T10:00:00.000Z', workspaceId: WORKSPACE },
    data: {
      object: {
        type: 'backlink',
        id: uuid(5, n),
        sourceUrl: `https://tea-blog-${n}.example/kettles`,
        targetUrl: 'https://shop.example/',
        state: 'live',
      },
      ...{ previous: { state: 'verifying' }, projectId: uuid(6, 0), opportunityId: uuid(7, n) },
    },
  });

export const newKey = () => randomBytes(32).toString('base64');
