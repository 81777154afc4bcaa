import { readConfig } from '../config/app-config.js';
import { ownPorts, userAgentOf } from './web-fetch.module.js';

const config = (env: Record<string, string>) => readConfig({ SECRET_KEY: `${'A'.repeat(43)}=`, ...env });

describe('the fetcher of an installation', () => {
  it.each([
    ['the default ports', {}, [3000]],
    ['a port in the address', { PORT: '8080', DATABASE_URL: 'postgres://db.example:6432/links' }, [8080, 6432]],
    ['no port in the address', { DATABASE_URL: 'postgres://db.example/links' }, [3000, 5432]],
    [
      'three databases',
      { DATABASE_URL: 'postgres://a:6432/x', DATABASE_DIRECT_URL: 'postgres://a:5432/x', DATABASE_READ_URL: 'postgres://b:5432/x' },
      [3000, 6432, 5432],
    ],
  ])('keeps away from itself and its databases: %s', (_, env, ports) => {
    expect(ownPorts(config(env))).toEqual(ports);
  });

  it('says who it is and where it is reached', () => {
    expect(userAgentOf(config({ PUBLIC_URL: 'https://links.example/' }))).toBe('Linkwright (+https://links.example)');
  });
});
