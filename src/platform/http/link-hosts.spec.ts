import { fastify } from 'fastify';
import { guardLinkHosts, LinkHosts } from './link-hosts.js';

const LINKS = 'links.example';

describe('LinkHosts', () => {
  it('are told to everybody who asks while they are read for the first time', async () => {
    const hosts = new LinkHosts();
    let reads = 0;
    hosts.readFrom(async () => {
      reads += 1;
      await Promise.resolve();
      return [LINKS];
    });

    const told = await Promise.all([hosts.all(), hosts.lately(), hosts.all()]);

    expect(told.map((one) => [...one])).toEqual([[LINKS], [LINKS], [LINKS]]);
    expect(reads).toBe(1);
  });

  it('are read again when they change while they are read', async () => {
    const hosts = new LinkHosts();
    let now: readonly string[] = [];
    hosts.readFrom(async () => {
      const seen = now;
      await Promise.resolve();
      return seen;
    });

    const before = hosts.all();
    now = [LINKS];
    hosts.forget();

    expect([...(await hosts.all())]).toEqual([LINKS]);
    expect([...(await before)]).toEqual([LINKS]);
  });

  it('stay as they were known while they cannot be read', async () => {
    const hosts = new LinkHosts();
    hosts.readFrom(() => Promise.resolve([LINKS]));
    await hosts.all();
    hosts.readFrom(() => Promise.reject(new Error('no database')));
    hosts.forget();

    expect([...(await hosts.all())]).toEqual([LINKS]);
  });
});

describe('the guard of hosts for links', () => {
  it('lets health be asked while they cannot be read, and makes others wait', async () => {
    const hosts = new LinkHosts();
    let tell: (found: readonly string[]) => void = () => undefined;
    hosts.readFrom(
      () =>
        new Promise((resolve) => {
          tell = resolve;
        }),
    );
    const server = fastify();
    guardLinkHosts(server, hosts, 'https://app.example');
    server.get('/healthz', () => 'ok');
    server.get('/other', () => 'ok');
    const ask = (url: string) => server.inject({ url, headers: { host: LINKS } });

    const other = ask('/other');
    expect((await ask('/healthz')).statusCode).toBe(200);
    tell([LINKS]);

    expect((await other).statusCode).toBe(421);
    expect((await ask('/healthz')).statusCode).toBe(421);
    await server.close();
  });
});
