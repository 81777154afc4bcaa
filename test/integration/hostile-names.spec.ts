import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PageFetcher } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { corpusPath, corpusRows } from '../support/corpora.js';

const TOOLS = process.env['TOOLS_DIR'] ?? corpusPath('../tools');
/** The one address of the test's own that counts as public here. */
const OURS = '127.0.5.1';

function pythonRuns(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const able = existsSync(join(TOOLS, 'fakedns.py')) && existsSync(join(TOOLS, 'ssrf_canary.py')) && pythonRuns();
const describeTools = able ? describe : describe.skip;

describeTools(`names that lie${able ? '' : ' (skipped: needs python3 and the tools folder, set TOOLS_DIR)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'linkwright-names-'));
  const [dnsLog, canaryLog] = [join(folder, 'dns.log'), join(folder, 'canary.log')];
  let children: ChildProcess[] = [];
  let site: Server;
  let fetcher: PageFetcher;
  let sitePort: number;
  /** Listens at every address of the machine. */
  let canaryPort: number;
  let requests = 0;

  const run = (name: string, args: string[]): void => {
    children = [...children, spawn('python3', [join(TOOLS, name), ...args], { env: { PATH: process.env['PATH'], PUBIP: OURS }, stdio: 'ignore' })];
  };
  const log = (file: string): Record<string, unknown>[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      : [];
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!(await holds().catch(() => false))) {
      if (performance.now() > deadline) throw new Error('A tool did not start.');
      await pause(20); // between two looks; how long decides nothing
    }
  };
  const freePort = async (): Promise<number> => {
    const free = createTcpServer().listen(0, '0.0.0.0');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    return port;
  };
  /** Where the canary sits. */
  const at = (name: string, path = '/'): string => `http://${name}:${canaryPort}${path}`;
  const ours = (name: string, path = '/'): string => `http://${name}:${sitePort}${path}`;

  beforeAll(async () => {
    canaryPort = await freePort();
    const dnsPort = await freePort();
    site = createServer((request, response) => {
      requests += 1;
      const to = new URL(request.url ?? '/', 'http://x').searchParams.get('to');
      if (to === null) response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="https://target.test/">ours</a>');
      else response.writeHead(302, { location: to }).end();
    }).listen(0, OURS);
    await once(site, 'listening');
    sitePort = (site.address() as AddressInfo).port;
    run('ssrf_canary.py', [String(canaryPort), canaryLog]);
    run('fakedns.py', ['127.0.0.1', String(dnsPort), dnsLog]);
    const dnsServer = `127.0.0.1:${dnsPort}`;
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([dnsServer]);
    await until(async () => (await resolver.resolve4('a.pub.test'))[0] === OURS);
    // the canary sings when it is touched
    await until(async () => {
      const socket = connect(canaryPort, '127.0.0.1', () => socket.end('hello'));
      socket.on('error', () => undefined).resume();
      await once(socket, 'close');
      return log(canaryLog).length > 0;
    });
    fetcher = new PageFetcher({ allowCidrs: [`${OURS}/32`], forbiddenPorts: [], dnsServers: [dnsServer], userAgent: 'Linkwright test' });
  });

  beforeEach(() => {
    requests = 0;
  });

  afterAll(async () => {
    await fetcher.close();
    site.closeAllConnections();
    site.close();
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true });
  });

  const touched = (): number => log(canaryLog).filter(({ first }) => first !== 'hello').length;

  it('can be told from one that does not', async () => {
    expect(await fetcher.fetchPage(ours('www.pub.test'))).toMatchObject({ kind: 'page', fetchedFromIp: OURS });
  });

  it.each([
    'priv.test',
    'meta.test',
    'v6mapped.test',
    'v6loop.test',
    'mixed.test',
    'cname.test',
    'a-127-0-0-1.test',
    'a-10-0-0-1.test',
    'a-169-254-169-254.test',
    'a-100-64-0-1.test',
    'a-0-0-0-0.test',
  ])('lead nowhere: %s', async (name) => {
    const before = touched();

    expect(await fetcher.fetchPage(at(name))).toMatchObject({ kind: 'failure', code: 'TARGET_NOT_PUBLIC' });
    expect(await fetcher.fetchPage(ours('www.pub.test', `/?to=${encodeURIComponent(at(name))}`))).toMatchObject({
      code: 'TARGET_NOT_PUBLIC',
      chain: [{ status: 302 }],
    });
    expect(await fetcher.fetchFile(at(name, '/robots.txt'))).toMatchObject({ kind: 'failure', code: 'TARGET_NOT_PUBLIC' });
    expect(await fetcher.postJson(at(name), { headers: {}, body: '{}', timeoutMs: 2000 })).toMatchObject({
      kind: 'failure',
      code: 'TARGET_NOT_PUBLIC',
    });
    expect(touched()).toBe(before);
  });

  it('cannot change their answer between check and use, nor from one hop to the next', async () => {
    const before = touched();
    const name = `rebind-${OURS.replaceAll('.', '-')}-127-0-0-1-fetch.test`;

    const first = await fetcher.fetchPage(ours(name, `/?to=${encodeURIComponent(at(name, '/again'))}`));

    expect(first).toMatchObject({ kind: 'failure', code: 'TARGET_NOT_PUBLIC', chain: [{ status: 302 }] });
    expect(requests).toBe(1);
    expect(touched()).toBe(before);
  });

  it('are no way in for any address of the list', async () => {
    const before = touched();
    const rows = corpusRows<{ url: string }>('ssrf.jsonl');
    const here = rows.map(({ url }) =>
      url.replace(/^(https?:\/\/)([^/?#@]+)(.*)$/, (whole, scheme: string, host: string, rest: string) =>
        /:\d+$|[@\\]/.test(host) ? whole : `${scheme}${host}:${canaryPort}${rest}`,
      ),
    );

    const outcomes = await Promise.all(here.map(async (url) => [url, await fetcher.fetchPage(url)] as const));

    expect(rows.length).toBeGreaterThanOrEqual(250);
    expect(outcomes.filter(([, outcome]) => outcome.kind !== 'failure').map(([url]) => url)).toEqual([]);
    expect(touched()).toBe(before);
  });
});
