import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Answers that are data: a browser that shows one as a page runs and loads nothing. */
const DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages of our own: scripts, styles and calls from and to this server alone, and no form that posts elsewhere. */
const PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Swagger UI carries styles in its page and in its elements, which nobody but its makers writes. */
const DOCS = PAGES.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

/** Nothing of ours needs a device, a payment or a sensor. */
const PERMISSIONS = [
  ...['accelerometer', 'autoplay', 'camera', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope', 'hid'],
  ...['magnetometer', 'microphone', 'midi', 'payment', 'picture-in-picture', 'publickey-credentials-get', 'screen-wake-lock', 'serial', 'usb'],
]
  .map((name) => `${name}=()`)
  .join(', ');

/** What a browser may do with an answer from this address. Pages with a token in their address bring a stricter policy of their own. */
export function contentSecurityPolicyOf(path: string): string {
  if (path === '/docs' || path.startsWith('/docs/')) return DOCS;
  return isData(path) ? DATA : PAGES;
}

function isData(path: string): boolean {
  return ['/api/', '/r/', '/u/'].some((area) => path.startsWith(area)) || ['/healthz', '/readyz', '/metrics', '/openapi.json'].includes(path);
}

/** Private, or of the moment: no proxy and no browser keeps it. */
function isPrivate(path: string): boolean {
  return isData(path) && path !== '/openapi.json';
}

/** Headers that hold whatever the route says. HSTS only where people come by https: on plain http browsers would be locked out. */
export async function useSecurityHeaders(app: NestFastifyApplication, publicUrl: string): Promise<void> {
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    const [path = ''] = request.url.split('?');
    void reply.headers({
      'content-security-policy': contentSecurityPolicyOf(path),
      'permissions-policy': PERMISSIONS,
      ...(isPrivate(path) && { 'cache-control': 'no-store' }),
    });
    done();
  });
  await app.register(helmet, {
    contentSecurityPolicy: false, // by address, above
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 31_536_000, includeSubDomains: false },
    referrerPolicy: { policy: 'same-origin' }, // with no-referrer a browser hides our own origin from us when a form is posted
    frameguard: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}
