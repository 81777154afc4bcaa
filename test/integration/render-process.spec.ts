import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';
import { CHROMIUM, describeRendering, RENDER_TOKEN, RenderProcess, statusOf } from '../support/render-process.js';

/** The one address of this machine that the pages of these tests may stand at. */
const OURS = '127.0.6.1';
const WORDS = 'Some honest words about tea. '.repeat(100);

/** What the kernel tells of a process; nothing of one that has just ended. */
function seen(pid: number) {
  const read = (file: string): string[] => readFileSync(`/proc/${pid}/${file}`, 'latin1').split('\0');
  try {
    return {
      pid,
      args: read('cmdline').flatMap((arg) => arg.split(' ')),
      names: read('environ').map((line) => line.split('=')[0]),
      status: statusOf(pid),
    };
  } catch {
    return undefined;
  }
}

/** In how many namespaces a process has an id. */
function depthOf(status: ReadonlyMap<string, string>): number {
  return status.get('NSpid')?.split('\t').length ?? 0;
}

describeRendering('the process that renders pages', () => {
  const pages = new Map<string, string | RequestListener>();
  let site: Server;
  let port: number;
  let dns: LoopbackDns;
  let renderer: RenderProcess;
  /** At every other address of the machine, at the port of the site and at one of its own: nothing may come here. */
  let canaries: TcpServer[];
  let udpCanary: UdpSocket;
  let caught: string[] = [];
  const answers = new Map<string, (timesAsked: number) => string[]>();
  const origin = (name = OURS): string => `http://${name}:${port}`;

  /** A page whose scripts try something and write down how it went. */
  const trying = (script: string): string =>
    `<!doctype html><body>${WORDS}<p id=said></p><script>
      const say = (text) => document.getElementById('said').append(text + ';');
      const tried = (name, promise) => promise.then(() => say(name + ' got through'), () => say(name + ' refused'));
      ${script}</script>`;
  const rendered = async (url: string) => {
    const answer = await renderer.render(url);
    if (answer.kind !== 'rendered') throw new Error(`Not rendered: ${answer.reason} ${answer.detail}`);
    return answer;
  };

  beforeAll(async () => {
    site = createServer((request, response) => {
      const page = pages.get(request.url ?? '');
      if (typeof page === 'function') page(request, response);
      else response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
    }).listen(0, OURS);
    await once(site, 'listening');
    port = (site.address() as AddressInfo).port;
    canaries = await Promise.all(
      [
        { host: '127.0.0.1', port },
        { host: '::1', port },
        { host: OURS, port: 0 },
      ].map(async (at) => {
        const canary = createTcpServer((socket) => {
          caught.push(`tcp ${at.host}`);
          socket.destroy();
        }).listen(at);
        await once(canary, 'listening');
        return canary;
      }),
    );
    udpCanary = createSocket('udp4', () => caught.push('udp'));
    udpCanary.bind(port, '127.0.0.1');
    await once(udpCanary, 'listening');
    dns = await startLoopbackDns((name, times) => answers.get(name)?.(times) ?? []);
    const forbidden = (canaries[2]!.address() as AddressInfo).port;
    renderer = await RenderProcess.start({
      FETCH_ALLOW_CIDRS: `${OURS}/32,169.254.0.0/16`,
      DNS_SERVERS: dns.address,
      RENDER_FORBIDDEN_PORTS: String(forbidden),
    });
  });

  afterAll(async () => {
    await renderer.stop();
    dns.close();
    udpCanary.close();
    site.closeAllConnections();
    for (const server of [site, ...canaries]) server.close();
  });

  beforeEach(() => {
    caught = [];
  });

  it('tells what scripts made of a page, with status, headers and the way there', async () => {
    pages.set('/data', (_request, response) => response.end('{"href":"https://shop.example/guide"}'));
    pages.set('/spa', (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', 'x-robots-tag': 'noindex' })
        .end(
          trying(`fetch('/data').then((r) => r.json()).then(({ href }) => { document.body.innerHTML += '<a href="' + href + '">the guide</a>'; })`),
        ),
    );
    pages.set('/moved', (_request, response) => response.writeHead(302, { location: '/spa' }).end());

    expect(await rendered(`${origin()}/moved`)).toMatchObject({
      html: expect.stringContaining('<a href="https://shop.example/guide">the guide</a>'),
      finalUrl: `${origin()}/spa`,
      status: 200,
      headers: { 'x-robots-tag': ['noindex'] },
      chain: [
        { url: `${origin()}/moved`, status: 302 },
        { url: `${origin()}/spa`, status: 200 },
      ],
      complete: true,
    });
  });

  it('does not call a page complete whose data did not come', async () => {
    pages.set('/poor', trying(`fetch('/no-such-data')`));

    expect(await rendered(`${origin()}/poor`)).toMatchObject({ complete: false });
  });

  it('runs the browser in its sandbox, as a user that owns nothing, without a secret in any environment', async () => {
    let release = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      pages.set('/looked-at', (_request, response) => {
        release = () => response.end('<p>done');
        resolve();
      });
    });
    const shown = renderer.render(`${origin()}/looked-at`);
    await asked;

    const found = [renderer.pid, ...renderer.browserPids].flatMap((pid) => seen(pid) ?? []);
    release();
    await shown;
    const shows = found.filter(({ args }) => args.includes('--type=renderer'));
    expect(found.length).toBeGreaterThan(3);
    expect(found.flatMap(({ args }) => args)).not.toContain('--no-sandbox');
    for (const { pid, status, names } of found) {
      expect(Number(status.get('Uid')?.split('\t')[0])).toBeGreaterThan(0);
      expect(names).not.toContain('SECRET_KEY');
      expect(names).not.toContain('DATABASE_URL');
      if (pid !== renderer.pid) expect(names).not.toContain('RENDER_TOKEN');
    }
    // system calls filtered, and process ids in a namespace of their own
    expect(shows.length).toBeGreaterThan(0);
    for (const { status } of shows) {
      expect(status.get('Seccomp')).toBe('2');
      expect(depthOf(status)).toBeGreaterThan(depthOf(statusOf(process.pid)));
    }
  });

  it('does not start with secrets, and says which', () => {
    const env = { ROLES: 'render', RENDER_CHROMIUM: CHROMIUM, RENDER_TOKEN, SECRET_KEY: `${'A'.repeat(43)}=`, DATABASE_URL: 'postgres://a/b' };
    const { status, stderr } = spawnSync(process.execPath, ['dist/server/main.js'], { env, encoding: 'utf8', timeout: 20_000 });

    expect(status).toBe(1);
    expect(stderr).toContain('SECRET_KEY must not be given to a process with ROLES=render');
    expect(stderr).toContain('DATABASE_URL must not be given to a process with ROLES=render');
  });

  it('answers nobody without the token, and takes http(s) addresses only', async () => {
    expect((await renderer.post(origin(), 'a token that somebody guessed wrong')).status).toBe(401);
    expect((await renderer.post('file:///etc/passwd')).status).toBe(400);
  });

  it('lets no script reach the machine, in whatever way it tries', async () => {
    const own = (canaries[2]!.address() as AddressInfo).port;
    const hosts = ['127.0.0.1', '[::1]', 'localhost', '0.0.0.0', '127.1', '2130706433', '[::ffff:127.0.0.1]'].map((host) => `${host}:${port}`);
    const targets = JSON.stringify([...hosts, `${OURS}:${own}`]);
    pages.set('/there', (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/redirected` }).end());
    pages.set('/worker.js', (_request, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(''));
    pages.set(
      '/hostile',
      trying(`for (const at of ${targets}) {
        tried('fetch', fetch('http://' + at + '/', { mode: 'no-cors' }));
        tried('tls', fetch('https://' + at + '/', { mode: 'no-cors' }));
        const asked = new XMLHttpRequest(); asked.open('GET', 'http://' + at + '/'); asked.onerror = () => say('xhr refused'); asked.onload = () => say('xhr got through'); asked.send();
        const socket = new WebSocket('ws://' + at + '/'); socket.onerror = () => say('socket refused'); socket.onopen = () => say('socket got through');
        new Image().src = 'http://' + at + '/image';
        navigator.sendBeacon('http://' + at + '/beacon', 'x');
        new EventSource('http://' + at + '/events');
        for (const [tag, name] of [['iframe', 'src'], ['script', 'src'], ['link', 'href']]) {
          const made = document.createElement(tag); made[name] = 'http://' + at + '/' + tag; if (tag === 'link') made.rel = 'stylesheet'; document.body.append(made);
        }
        for (const rel of ['dns-prefetch', 'preconnect', 'prefetch', 'preload']) {
          const hint = document.createElement('link'); hint.rel = rel; hint.href = 'http://' + at + '/'; hint.as = 'fetch'; document.head.append(hint);
        }
      }
      tried('redirect', fetch('/there', { mode: 'no-cors' }));
      tried('metadata', fetch('http://169.254.169.254/latest/meta-data/', { mode: 'no-cors' }));
      tried('name of the metadata', fetch('http://metadata.test/', { mode: 'no-cors' }));
      const inner = document.createElement('iframe'); document.body.append(inner);
      say('rtc ' + typeof window.RTCPeerConnection + ' ' + typeof inner.contentWindow.RTCPeerConnection);
      say('transport ' + typeof window.WebTransport);
      const Peer = inner.contentWindow.RTCPeerConnection;
      if (Peer) { const peer = new Peer({ iceServers: [{ urls: 'stun:127.0.0.1:${port}' }] }); peer.createDataChannel('x'); peer.createOffer().then((offer) => peer.setLocalDescription(offer)); }
      tried('service worker', navigator.serviceWorker ? navigator.serviceWorker.register('/worker.js').then((made) => { if (!made) throw new Error('blocked'); }) : Promise.reject());`),
    );
    answers.set('metadata.test', () => ['169.254.169.254']);
    answers.set('page.test', () => [OURS]);

    const { html } = await rendered(`${origin('page.test')}/hostile`);
    const said = /<p id="said">(.*?)<\/p>/.exec(html)?.[1] ?? '';

    expect(said).toContain('fetch refused');
    expect(said).toContain('xhr refused');
    expect(said).toContain('redirect refused');
    expect(said).toContain('metadata refused');
    expect(said).toContain('rtc undefined undefined');
    expect(said).not.toContain('got through');
    await pause(500); // for what a browser sends late
    expect(caught).toEqual([]);
  });

  it('goes on with the first answer for a name that changes its mind', async () => {
    answers.set('rebind.test', (times) => [times === 0 ? OURS : '127.0.0.1']);
    pages.set('/again', (_request, response) => response.setHeader('connection', 'close').end('again'));
    pages.set('/rebind', (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', connection: 'close' })
        .end(trying(`for (let i = 0; i < 5; i++) tried('again', fetch('/again?' + i))`)),
    );

    await rendered(`${origin('rebind.test')}/rebind`);
    expect(caught).toEqual([]);
    // and to the page after it, which asks anew, the name is closed
    expect(await renderer.render(`${origin('rebind.test')}/rebind`)).toMatchObject({ kind: 'failed' });
    expect(caught).toEqual([]);
  });

  it('refuses to show an inner page, and one that leads off to another host', async () => {
    pages.set('/leads', trying(`location.href = 'http://elsewhere.test:${port}/there'`));
    pages.set('/redirects', (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end());

    expect(await renderer.render(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'failed' });
    expect(await renderer.render(`${origin()}/redirects`)).toMatchObject({ kind: 'failed' });
    await renderer.render(`${origin()}/leads`);
    expect(dns.asked).not.toContain('elsewhere.test');
    expect(caught).toEqual([]);
  });

  it('outlives a browser that is killed in the middle of a page', async () => {
    let asked = (): void => undefined;
    const reached = new Promise<void>((resolve) => (asked = resolve));
    pages.set('/slow', () => {
      asked();
    });
    const lost = renderer.render(`${origin()}/slow`);
    await reached;
    for (const pid of renderer.browserPids) process.kill(pid, 'SIGKILL');

    expect(await lost).toMatchObject({ kind: 'failed', reason: 'broken' });
    pages.set('/next', trying(`say('still here')`));
    expect((await rendered(`${origin()}/next`)).html).toContain('still here');
  });

  it('says that it is busy instead of letting others wait', async () => {
    let release = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      pages.set('/held', (_request, response) => {
        release = () => response.end('<p>at last');
        resolve();
      });
    });
    const first = renderer.render(`${origin()}/held`);
    await asked;

    expect(await renderer.render(`${origin()}/plain`)).toEqual({ kind: 'failed', reason: 'busy' });
    release();
    expect(await first).toMatchObject({ kind: 'rendered' });
  });
});
